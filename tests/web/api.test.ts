import { describe, expect, test } from 'bun:test';
import { COLUMN_NAMES, dataName } from '../../src/domain/record.ts';
import { aRecord } from '../support/builders.ts';
import {
  aModelVerdict,
  anEndpointVerdict,
  anIncident,
  aRate,
  aRecommendation,
  aSilentEndpoint,
} from '../support/verdict-builders.ts';
import { openWeb } from './rig.ts';

const problemAt = async (path: string, web = openWeb()) => {
  const response = await web.ask(path);
  return { status: response.status, ...((await response.json()) as { detail: string; errors?: unknown }) };
};

describe('the names of data', () => {
  test('are those of the records; moments are ISO 8601 UTC', async () => {
    const { endpoints, since, ranks } = await openWeb().json('/api/v1/models/acme/Thinker-7B');

    expect(since).toBe('2026-07-25T12:00:00.000Z');
    expect(endpoints[0]).toMatchObject({
      provider_model_id: 'acme-thinker-7b',
      tpot_ms: { p50: 4 },
      state: { began_at: '2026-07-31T12:00:00.000Z', last_at: '2026-08-01T11:59:00.000Z' },
      availability: { first_try: { successes: 47, trials: 48 } },
      changes: [{ metric: 'ttft_ms', at: '2026-07-31T12:00:00.000Z' }],
    });
    expect(ranks.ttft_ms[1]).toMatchObject({ provider: 'cobalt', behind_first: { ratio: 1.1 } });
  });

  test('what is unknown is null, never zero', async () => {
    const web = openWeb({ models: [aModelVerdict({ endpoints: [aSilentEndpoint()], recommendations: [] })] });
    const { models } = await web.json('/api/v1/now');

    expect(models[0].recommended).toBeNull();
    expect(models[0].endpoints[0]).toMatchObject({
      state: { state: 'no_data', began_at: null, last_at: null, slowdown: null },
      availability: { first_try: { rate: null, interval: null } },
      ttft_ms: { n: 0, p50: null },
      price_output_usd_per_mtok: null,
    });
  });

  test('rates of nothing are of nothing', async () => {
    const none = { ...anEndpointVerdict().availability, firstTry: aRate(0, 0) };
    const web = openWeb({ models: [aModelVerdict({ endpoints: [anEndpointVerdict({ availability: none })] })] });

    expect((await web.json('/api/v1/providers')).providers[0].first_try).toEqual({
      successes: 0,
      trials: 0,
      rate: null,
      interval: null,
    });
  });

  test('one attempt has every column of the dataset, and its bodies', async () => {
    const attempt = await openWeb().json('/api/v1/attempts/a1');

    expect(Object.keys(attempt)).toEqual(COLUMN_NAMES.map(dataName));
    expect(attempt.answer_text).toBe('1771.2');
  });
});

describe('lists', () => {
  test('providers are told over all their models, with their open incidents', async () => {
    const down = { ...anEndpointVerdict().state, state: 'down' } as const;
    const second = aModelVerdict({
      modelId: 'acme/Mini',
      endpoints: [anEndpointVerdict({ modelId: 'acme/Mini', state: down })],
    });
    const web = openWeb({ models: [aModelVerdict(), second] });

    const { providers } = await web.json('/api/v1/providers');

    expect(providers.map(({ provider }: { provider: string }) => provider)).toEqual(['cobalt', 'swiftcloud']);
    expect(providers[1]).toMatchObject({
      models: 2,
      states: { healthy: 1, down: 1 },
      first_try: { successes: 94, trials: 96 },
      open_incidents: 1,
    });
  });

  test('targets can be asked for by model, provider and state', async () => {
    const web = openWeb();

    expect((await web.json('/api/v1/targets?provider=cobalt')).targets).toHaveLength(1);
    expect((await web.json('/api/v1/targets?state=down')).targets).toEqual([]);
    expect((await web.json('/api/v1/targets?model=acme/Thinker-7B&limit=1')).targets).toHaveLength(1);
  });

  test('attempts come page by page, each once, newest first', async () => {
    const records = Array.from({ length: 5 }, (_, i) =>
      aRecord({
        attemptId: `a${i}`,
        cycleTimestampIso: i < 3 ? '2026-08-01T11:30:00.000Z' : '2026-08-01T11:00:00.000Z',
      }),
    );
    const web = openWeb({ records });

    const seen: string[] = [];
    let cursor = '';
    do {
      const page = await web.json(`/api/v1/attempts?limit=2${cursor && `&cursor=${cursor}`}`);
      seen.push(...page.attempts.map(({ attempt_id }: { attempt_id: string }) => attempt_id));
      cursor = page.next;
    } while (cursor !== null);

    expect(seen).toEqual(['a2', 'a1', 'a0', 'a4', 'a3']);
  });

  test('a page of attempts has no large texts', async () => {
    const { attempts } = await openWeb().json('/api/v1/attempts?outcome=ok&model=acme/Thinker-7B');

    expect(attempts[0]).toMatchObject({ attempt_id: 'a1', outcome: 'ok' });
    expect(Object.keys(attempts[0])).not.toContain('response_body_raw');
    expect(Object.keys(attempts[0])).not.toContain('chunk_at_ms');
  });

  test('incidents can be asked for by what they are', async () => {
    const over = anIncident({
      incidentId: 'i2',
      kind: 'slow',
      endedAtMs: Date.parse('2026-08-01T11:00:00Z'),
      endReason: 'recovered',
    });
    const web = openWeb({ incidents: [anIncident(), over] });

    expect((await web.json('/api/v1/incidents')).incidents).toHaveLength(2);
    expect((await web.json('/api/v1/incidents?open=true')).incidents).toHaveLength(1);
    expect((await web.json('/api/v1/incidents?kind=slow')).incidents[0]).toMatchObject({
      incident_id: 'i2',
      ended_at: '2026-08-01T11:00:00.000Z',
      cause: 'http_5xx',
    });
  });

  test('the audit of all models is of the board, that of one model of a window', async () => {
    const web = openWeb();

    expect((await web.json('/api/v1/audit')).models[0].providers[0]).toMatchObject({
      claims: [{ claim: 'ttft', ratio: 1.3 }],
    });
    expect((await web.json('/api/v1/audit?model=acme/Thinker-7B&since=48h')).models).toHaveLength(1);
    expect(web.knowledge.asked).toEqual(['board', 'model acme/Thinker-7B over 48 h']);
  });
});

describe('questions', () => {
  test('a comparison is asked for as it was given', async () => {
    const web = openWeb();

    const answer = await web.json(
      '/api/v1/compare?model=acme/Thinker-7B&a=swiftcloud&b=cobalt&metric=tpot_ms&since=2026-07-30',
    );

    expect(answer).toMatchObject({
      metric: 'tpot_ms',
      a: { provider: 'swiftcloud' },
      difference: { median: 31 },
      better: 'a',
    });
    expect(web.knowledge.asked).toEqual(['compare swiftcloud with cobalt by tpotMs']);
  });

  test('a recommendation is asked for under needs', async () => {
    const web = openWeb();

    const answer = await web.json(
      '/api/v1/recommend?model=acme/Thinker-7B&goal=fastest_start&tools=true&context_length=32000',
    );

    expect(answer).toMatchObject({ goal: 'fastest_start', provider: 'swiftcloud', as_good: ['cobalt'] });
    expect(web.knowledge.asked).toEqual([
      'recommend acme/Thinker-7B for fastest_start under {"tools":true,"structuredOutput":false,"contextLength":32000}',
    ]);
  });

  test('a history has at most the points asked for, whatever comes', async () => {
    const web = openWeb();
    web.knowledge.points = Array.from({ length: 30 }, (_, i) => ({ ...web.knowledge.points[0]!, atMs: i }));

    const { points } = await web.json('/api/v1/history?model=acme/Thinker-7B&provider=cobalt&metric=e2e_ms&points=7');

    expect(points).toHaveLength(7);
    expect(web.knowledge.asked).toEqual(['history of cobalt by e2eMs in 7 points']);
  });

  test.each([
    ['/api/v1/models/acme/Unknown', 404],
    ['/api/v1/providers/nobody', 404],
    ['/api/v1/compare?model=acme/Unknown&a=x&b=y', 404],
    ['/api/v1/checks?model=acme/Unknown&provider=x', 404],
    ['/api/v1/recommend?model=acme/Unknown', 404],
    ['/api/v1/attempts/none', 404],
    ['/api/v1/incidents/none', 404],
    ['/badge/acme/Thinker-7B/nobody.svg', 404],
    ['/providers/nobody/incidents.atom', 404],
  ])('%s is not known', async (path, status) => {
    expect(await problemAt(path)).toMatchObject({ status, title: 'Not Found' });
  });

  test.each([
    ['/api/v1/compare?model=acme/x&a=p', 'b', 'is required: the name of a provider'],
    ['/api/v1/compare?model=acme/x&a=p&b=p', 'b', 'must be another provider than a'],
    ['/api/v1/compare?model=x&a=p&b=q', 'model', 'must be a model as org/name'],
    [
      '/api/v1/recommend?model=acme/x&goal=best',
      'goal',
      'must be one of balanced, fastest_start, fastest_output, cheapest, most_reliable',
    ],
    ['/api/v1/recommend?model=acme/x&tools=yes', 'tools', 'must be true or false'],
    [
      '/api/v1/recommend?model=acme/x&context_length=128k',
      'context_length',
      'must be a whole number of tokens from 1 to 100000000',
    ],
    [
      '/api/v1/models/acme/x?since=yesterday',
      'since',
      'must be a length before now as 90m, 24h or 7d, or a moment in UTC as 2026-08-01 or 2026-08-01T12:00Z',
    ],
    [
      '/api/v1/models/acme/x?since=2026-02-31',
      'since',
      'must be a length before now as 90m, 24h or 7d, or a moment in UTC as 2026-08-01 or 2026-08-01T12:00Z',
    ],
    ['/api/v1/models/acme/x?since=0d', 'since', 'must lie before until, and before now'],
    ['/api/v1/models/acme/x?since=31d', 'since', 'must lie at most 30 days before until'],
    ['/api/v1/history?model=acme/x&provider=p&points=501', 'points', 'must be a whole number of points from 1 to 500'],
    [
      '/api/v1/history?model=acme/x&provider=p&metric=cost_usd',
      'metric',
      'must be one of ttft_ms, ttfat_ms, tpot_ms, e2e_ms',
    ],
    ['/api/v1/attempts?limit=101', 'limit', 'must be a whole number of rows from 1 to 100'],
    ['/api/v1/attempts?cursor=x', 'cursor', 'must be what an answer gave as next'],
    ['/api/v1/audit?since=7d', 'since', 'needs a model'],
    ['/api/v1/now?model=acme/x', 'query', 'has a parameter that is not known here; there are location'],
    ['/api/v1/targets?limit=1&limit=2', 'limit', 'has a parameter twice'],
    ['/api/v1/models/acme/x?org=y', 'org', 'is a part of the path'],
    ['/badge/acme/x/p.svg?metric=beauty', 'metric', 'must be one of uptime, first_token, speed, state, correct'],
  ])('%s: %s is named with what is allowed', async (path, parameter, detail) => {
    expect(await problemAt(path)).toMatchObject({
      status: 400,
      type: 'about:blank',
      title: 'Bad Request',
      errors: [{ parameter, detail }],
    });
  });

  test('every wrong parameter is named at once', async () => {
    const { errors } = await problemAt('/api/v1/compare?model=x&metric=y');

    expect((errors as { parameter: string }[]).map(({ parameter }) => parameter)).toEqual([
      'model',
      'a',
      'b',
      'metric',
    ]);
  });
});

describe('a recommendation within a board', () => {
  test('is the balanced one', async () => {
    const recommendations = [
      aRecommendation({ goal: 'cheapest', provider: 'halcyon' }),
      aRecommendation({ provider: 'cobalt' }),
    ];
    const web = openWeb({ models: [aModelVerdict({ recommendations })] });

    expect((await web.json('/api/v1/models')).models[0]).toMatchObject({ recommended: 'cobalt', providers: 2 });
  });
});

describe('places', () => {
  const ofTwoPlaces = () => {
    const web = openWeb({
      incidents: [anIncident({ location: 'eu' }), anIncident({ incidentId: 'of-us', location: 'us' })],
      records: ['eu', 'us'].map((location) =>
        aRecord({ location, attemptId: location, cycleTimestampIso: '2026-05-01T00:00:00.000Z' }),
      ),
    });
    Object.assign(web.knowledge, { places: ['eu', 'us'], here: 'eu' });
    return web;
  };

  test('are listed, and which one answers are of where none is asked for', async () => {
    expect(await ofTwoPlaces().json('/api/v1/locations')).toMatchObject({
      location: 'eu',
      locations: [{ location: 'eu', samples: 48 }, { location: 'us' }],
    });
  });

  test('one is asked by its name; another is refused with those that are known', async () => {
    const web = ofTwoPlaces();
    const path = '/api/v1/models/acme/Thinker-7B?location=';
    expect((await web.ask(`${path}us`)).status).toBe(200);
    expect(await problemAt(`${path}mars`, web)).toMatchObject({
      status: 400,
      errors: [{ parameter: 'location', detail: 'must be a place that is known here: eu and us' }],
    });
  });

  test('filter attempts and incidents, also those that no verdict looks at any more', async () => {
    const web = ofTwoPlaces();
    const { incidents } = await web.json('/api/v1/incidents?location=us');
    const { attempts } = await web.json('/api/v1/attempts?since=400d&location=us');
    expect(incidents.map((one: { incident_id: string }) => one.incident_id)).toEqual(['of-us']);
    expect(attempts.map((one: { attempt_id: string }) => one.attempt_id)).toEqual(['us']);
    expect((await web.json('/api/v1/incidents?location=mars')).incidents).toEqual([]);
  });

  test('are compared for one endpoint; with itself a place is not', async () => {
    const web = openWeb();
    const path = '/api/v1/compare-places?model=acme/Thinker-7B&provider=cobalt&a=local&b=';
    expect(await web.json(`${path}us`)).toMatchObject({ model_id: 'acme/Thinker-7B', provider: 'cobalt', b: 'us' });
    expect(await problemAt(`${path}local`, web)).toMatchObject({
      errors: [{ detail: 'must be another place than a' }],
    });
  });

  test('stand above a page where there are several, the one it is of marked', async () => {
    const page = async (web: ReturnType<typeof openWeb>, path: string) => (await web.ask(path)).text();
    expect(await page(openWeb(), '/providers')).not.toContain('Seen from');
    const html = await page(ofTwoPlaces(), '/providers?location=us');
    expect(html).toContain('<a href="/providers?location=us" aria-current="true">us</a>');
    expect(html).toContain('<a href="/providers?location=eu">eu</a>');
  });
});
