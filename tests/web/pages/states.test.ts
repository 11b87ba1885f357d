import { describe, expect, test } from 'bun:test';
import { memoryAttempts } from '../../support/memory-knowledge.ts';
import {
  aModelVerdict,
  anEndpointVerdict,
  anIncident,
  aRate,
  aRecommendation,
  aSilentEndpoint,
} from '../../support/verdict-builders.ts';
import { openWeb } from '../rig.ts';
import { readPage } from './read-page.ts';

const MODEL = '/models/acme/Thinker-7B';
const ENDPOINT = `${MODEL}/swiftcloud`;
const INCIDENT = '/incidents/0123456789abcdef0123456789abcdef';

type Web = ReturnType<typeof openWeb>;
const read = async (web: Web, path: string) => readPage(await web.ask(path));
const fails = () => {
  throw new Error('cannot open /srv/keeper/tracker.db');
};

describe('a part that cannot be read does not take the page with it', () => {
  function oldHistoryFails({ knowledge, parts }: Web): void {
    for (const name of ['history', 'histories'] as const) {
      const usual = knowledge[name].bind(knowledge) as (...asked: unknown[]) => unknown;
      const ask = async (...asked: unknown[]) => {
        const { sinceMs } = asked[2] as { readonly sinceMs: number };
        return parts.clock.nowMs() - sinceMs > 30 * 86_400_000 ? fails() : usual(...asked);
      };
      Object.assign(knowledge, { [name]: ask });
    }
  }

  function reliabilityFails({ knowledge }: Web): void {
    knowledge.reliability = async () => fails();
  }

  function incidentsFail({ incidents }: Web): void {
    incidents.incidents = fails;
  }

  const OLD = 'history before 4 Jul. Recent data is complete';
  const DAYS = 'the reliability of ninety days. All else is complete';

  test.each<[string, string, (web: Web) => void]>([
    [MODEL, OLD, oldHistoryFails],
    [ENDPOINT, OLD, oldHistoryFails],
    [`${ENDPOINT}?since=90d`, OLD, oldHistoryFails],
    ['/', DAYS, reliabilityFails],
    ['/providers', DAYS, reliabilityFails],
    ['/providers/swiftcloud', DAYS, reliabilityFails],
    ['/', 'what happened. All else is complete', incidentsFail],
    ['/providers', 'what happened. All else is complete', incidentsFail],
    ['/providers/swiftcloud', 'what happened. All else is complete', incidentsFail],
    ['/incidents', 'what happened. The other pages are complete', incidentsFail],
    [ENDPOINT, 'what happened here. Figures and charts are complete', incidentsFail],
  ])('%s says: could not read %s', async (path, what, fail) => {
    const web = openWeb();
    fail(web);
    const response = await web.ask(path);
    const page = await readPage(response);

    expect(response.status).toBe(200);
    expect(page.text.replaceAll(' .', '.')).toContain(`Could not read ${what}. We try again within a minute.`);
    expect(page.html).not.toContain('keeper');
  });

  test.each([
    [ENDPOINT, 'the latest attempts. The verdict and its checks are complete'],
    [INCIDENT, 'the attempts that prove it. What is said of it is complete'],
  ])('%s without attempts says: could not read %s', async (path, what) => {
    const attempts = { ...memoryAttempts([]), attempts: fails, attempt: fails };
    const page = await read(openWeb({ parts: { attempts } }), path);

    expect(page.text.replaceAll(' .', '.')).toContain(`Could not read ${what}.`);
    expect(page.text).not.toContain('None in the last 24 hours');
    expect(page.text).not.toContain('older than we keep');
  });

  test('what could not be read is not said to be nothing', async () => {
    const web = openWeb();
    reliabilityFails(web);
    incidentsFail(web);
    const { text } = await read(web, '/');

    expect(text).not.toContain('No data yet');
    expect(text).not.toContain('Nothing has happened');
  });

  test.each(['/incidents', '/providers/swiftcloud', '/providers'])(
    '%s counts no incident it cannot read',
    async (path) => {
      const web = openWeb();
      incidentsFail(web);
      const { text } = await read(web, path);

      expect(text).not.toMatch(/Nothing is wrong|Nothing happened|Open incidents 0|none/);
    },
  );
});

describe('before the first round', () => {
  const firstRun = () => openWeb({ models: [], incidents: [], health: { lastCycle: null } });

  test('Now has its real layout, with nothing in it that looks like a figure', async () => {
    const { text, elements } = await read(firstRun(), '/');

    expect(text).toContain('Endpoints healthy – / – Probes, 24 h – Failed, 24 h –');
    expect(text).toContain('Reliability, 90 days All providers No data yet.');
    expect(elements.some(({ attributes }) => attributes.class === 'cell hollow')).toBe(true);
  });

  test('of what is not judged yet none is called unhealthy', async () => {
    const { text } = await read(openWeb({ models: [aModelVerdict({ endpoints: [aSilentEndpoint()] })] }), '/');

    expect(text).toContain('Endpoints healthy – / 1');
  });

  test.each([
    [{ nextCycleAtMs: 0 }, 'The first round is about to start and takes about 2 minutes.'],
    [{ cycleMs: null }, 'The first round starts in 40 s.'],
    [{ cycleMs: 20_000 }, 'The first round starts in 40 s and takes about half a minute.'],
  ])('%p: %s', async (health, sentence) => {
    const web = openWeb({ models: [], health: { lastCycle: null, ...health } });

    expect((await read(web, '/')).text).toContain(sentence);
  });

  test.each([
    ['/models', 'No model was looked at yet.'],
    ['/providers', 'No provider was asked yet.'],
    ['/incidents', 'Nothing is wrong right now.'],
  ])('%s says so: %s', async (path, sentence) => {
    expect((await read(firstRun(), path)).h1).toBe(sentence);
  });

  test('every page shows a hollow mark in its header', async () => {
    const { elements, html } = await read(firstRun(), '/incidents');
    expect(elements.find(({ attributes }) => attributes['data-is'])?.attributes['data-is']).toBe('none');
    expect(html).toContain('No probes yet');
  });
});

describe('where we have asked nobody for two intervals', () => {
  test.each([
    ['/', 'What follows is as of 11:59 UTC.'],
    ['/models', 'What follows is as of 11:59 UTC.'],
    ['/providers', 'What follows is as of 11:59 UTC.'],
    ['/providers/swiftcloud', 'What follows is as of 11:59 UTC.'],
    [MODEL, 'Best balance as of 11:59 UTC Use swiftcloud'],
    [ENDPOINT, 'Is it down, or just me? As of 11:59 UTC.'],
  ])('%s says: %s', async (path, note) => {
    const web = openWeb();
    await web.clock.advance(2 * 3_600_000);
    const { text, html } = await read(web, path);

    expect(text).toContain(note);
    expect(html.replace(/<[^>]*>/g, '')).toContain('Last answer 2 h ago');
  });
});

describe('where nobody fits the needs', () => {
  const endpoints = (['cobalt', 'halcyon'] as const).map((provider, at) =>
    anEndpointVerdict({ provider, contextLength: [32_768, 65_536][at]! }),
  );
  const says = 'No provider offers tool calls and 128k context for this model. Closest: halcyon (64k context)';
  type Fits = (needs: { readonly tools: boolean; readonly contextLength: number | null }) => boolean;
  const picky = (fits: Fits) => {
    const web = openWeb({ models: [aModelVerdict({ endpoints })] });
    web.knowledge.recommend = (_, goal, needs) =>
      aRecommendation({ goal, provider: fits(needs) ? 'halcyon' : null, reasons: [says], order: [], avoid: [] });
    return web;
  };
  const asked = 'tools=true&context_length=131072';

  test.each<[string, string, Fits]>([
    ['with 64k context', '?tools=true&context_length=65536', ({ contextLength }) => contextLength === 65_536],
    ['without a least context', '?tools=true', ({ contextLength }) => contextLength === null],
    ['without tools', '?context_length=131072', ({ tools }) => !tools],
    ['without these needs', '', ({ tools, contextLength }) => !tools && contextLength === null],
  ])('the page of a model says so, and one link loosens them: %s', async (words, query, fits) => {
    const { text, links } = await read(
      picky((needs) => fits(needs) && !(needs.tools && needs.contextLength === 131_072)),
      `${MODEL}?${asked}`,
    );

    expect(text).toContain(`Nobody, for now ${says} halcyon fits ${words}`);
    expect(links).toContain(`${MODEL}${query}`);
  });

  test('Now says so in the row of the model', async () => {
    expect(
      (
        await read(
          picky(() => false),
          `/?${asked}`,
        )
      ).text,
    ).toContain(`Nobody ${says}`);
  });

  test('what matters and what is needed stays in every link and form of Now', async () => {
    const { links, html } = await read(openWeb(), '/?tools=true&goal=cheapest&metric=price');

    expect(links).toContain('/?metric=uptime&goal=cheapest&tools=true');
    expect(links).toContain('/?metric=price&tools=true');
    expect(links).toContain('/?metric=price&goal=cheapest');
    expect(html).toContain('<input type="hidden" name="tools" value="true"/>');
  });
});

test('with too little data there is its n, and neither interval nor rank', async () => {
  const usual = anEndpointVerdict({ provider: 'ember' });
  const few = { n: 4, p10: null, p50: null, p90: null, p95: null, p99: null };
  const availability = { ...usual.availability, firstTry: aRate(4, 4) };
  const ember = { ...usual, ttftMs: few, decodeTps: few, availability };
  const web = openWeb({ models: [aModelVerdict({ endpoints: [ember, anEndpointVerdict()] })] });
  const model = await read(web, MODEL);

  expect(model.text).toContain('– ember – n = 4 – n = 4');
  expect(model.html).not.toContain('First token of ember: median');
  expect((await read(web, `${MODEL}/ember`)).text).toContain('Answered 100% n = 4');
  expect((await read(web, '/')).text).toContain('n = 4');
});

test('of those of whom too little is known nobody is called the least bad', async () => {
  const usual = anEndpointVerdict({ provider: 'ember' });
  const ember = { ...usual, state: { ...usual.state, state: 'no_data' as const } };
  const page = await read(openWeb({ models: [aModelVerdict({ endpoints: [ember] })], incidents: [] }), '/');

  expect(page.h1).toBe('There is too little recent data to say who is answering.');
  expect(page.text).not.toContain('Least bad');
});

test('where nobody answers Now says who is least bad', async () => {
  const down = (provider: string, successes: number) => {
    const usual = anEndpointVerdict({ provider });
    return {
      ...usual,
      state: { ...usual.state, state: 'down' as const },
      availability: { ...usual.availability, firstTry: aRate(successes, 48) },
    };
  };
  const models = [aModelVerdict({ endpoints: [down('amber', 40), down('cobalt', 12)] })];
  const page = await read(openWeb({ models, incidents: [anIncident()] }), '/');

  expect(page.h1).toBe('No provider is answering.');
  expect(page.text).toContain('Least bad: amber on Thinker-7B , which answered 83.33% of first attempts.');
});
