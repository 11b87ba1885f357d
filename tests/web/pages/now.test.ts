import { describe, expect, test } from 'bun:test';
import type { Incident } from '../../../src/domain/incident.ts';
import type { EndpointVerdict, State } from '../../../src/domain/verdict.ts';
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

type World = Parameters<typeof openWeb>[0];

const firstLine = async (world: World) => (await readPage(await openWeb(world).ask('/'))).h1;

/** Models by name; of each, providers by name with their states. */
function world(models: Readonly<Record<string, Readonly<Record<string, State>>>>): World {
  return {
    incidents: [],
    models: Object.entries(models).map(([name, states]) => {
      const modelId = `acme/${name}`;
      const endpoints = Object.entries(states).map(([provider, state]) => inState(state, { modelId, provider }));
      return aModelVerdict({ modelId, endpoints });
    }),
  };
}

function inState(state: State, overrides: Partial<EndpointVerdict>): EndpointVerdict {
  const usual = anEndpointVerdict(overrides);
  return { ...usual, state: { ...usual.state, state } };
}

describe('the first line says what is going on', () => {
  test.each<[string, Parameters<typeof world>[0]]>([
    ['All 2 providers are answering.', { A: { amber: 'healthy', cobalt: 'healthy' } }],
    ['The only provider is answering.', { A: { amber: 'healthy' } }],
    ['All 2 providers are answering. amber is slow on A.', { A: { amber: 'slow', cobalt: 'healthy' } }],
    ['amber is down. The other provider is answering.', { A: { amber: 'down', cobalt: 'healthy' } }],
    [
      'amber is down on 1 of 2 models. The other 2 providers are answering.',
      { A: { amber: 'down', cobalt: 'healthy', drift: 'healthy' }, B: { amber: 'healthy' } },
    ],
    [
      'amber is down on 1 of 2 models, cobalt on 1 of 1 model. The other provider is answering.',
      { A: { amber: 'down', cobalt: 'down', drift: 'healthy' }, B: { amber: 'healthy' } },
    ],
    [
      'Nobody answers for A. amber is down on 1 of 2 models, cobalt on 1 of 1 model.',
      { A: { amber: 'down', cobalt: 'down' }, B: { amber: 'healthy' } },
    ],
    [
      '4 providers are down on at least one model. The other provider is answering.',
      { A: { amber: 'down', cobalt: 'down', drift: 'down', ember: 'down', fathom: 'healthy' } },
    ],
    ['No provider is answering.', { A: { amber: 'down', cobalt: 'limited' } }],
    ['1 of 2 providers is answering.', { A: { amber: 'limited', cobalt: 'healthy' } }],
    ['There is too little recent data to say who is answering.', { A: { amber: 'no_data', cobalt: 'delisted' } }],
  ])('%s', async (sentence, models) => {
    expect(await firstLine(world(models))).toBe(sentence);
  });

  test('who answers now, and often did not, is named', async () => {
    const availability = { ...anEndpointVerdict().availability, firstTry: aRate(60, 100) };
    const endpoints = [anEndpointVerdict({ modelId: 'acme/A', availability })];

    expect(await firstLine({ incidents: [], models: [aModelVerdict({ modelId: 'acme/A', endpoints })] })).toBe(
      'The only provider is answering. swiftcloud fails often on A.',
    );
  });

  test('before the first round: when it starts, and that nothing is known', async () => {
    const page = await readPage(await openWeb({ models: [], health: { lastCycle: null } }).ask('/'));

    expect(page.h1).toBe('No probes yet.');
    expect(page.text).toContain('The first round starts in 40 s and takes about 2 minutes.');
    expect(page.text).toContain('No data');
  });

  test('during the first round: how far it is', async () => {
    const lastCycle = { dueAtMs: 0, beganAtMs: 0, endedAtMs: null };
    const health = { lastCycle, targets: 12, probesWaiting: 4, probesRunning: 3 };
    const page = await readPage(await openWeb({ models: [], health }).ask('/'));

    expect(page.text).toContain('5 of 12 targets were asked');
  });

  test('what is down is followed by the incident that proves it', async () => {
    const page = await readPage(await openWeb().ask('/'));

    expect(page.text).toContain('swiftcloud is down for acme/Thinker-7B: 4 of 4 attempts failed. It has lasted since');
    expect(page.links).toContain('/incidents/0123456789abcdef0123456789abcdef');
  });
});

describe('what is old is said to be', () => {
  test('two intervals without an attempt', async () => {
    const web = openWeb();
    await web.clock.advance(3 * 3_600_000);
    const page = await readPage(await web.ask('/'));

    expect(page.html.replace(/<[^>]*>/g, '')).toContain('Last answer 3 h ago');
    expect(page.elements.find(({ attributes }) => attributes['data-is'])?.attributes['data-is']).toBe('stale');
    expect(page.text).toContain('We have not asked anybody for 3 h 1 min. What follows is as of 11:59 UTC.');
  });

  test('otherwise nothing is', async () => {
    expect((await readPage(await openWeb().ask('/'))).text).not.toContain('We have not asked');
  });
});

describe('the board', () => {
  const cellsOf = async (endpoint: EndpointVerdict, path = '/') => {
    const web = openWeb({ incidents: [], models: [aModelVerdict({ endpoints: [endpoint] })] });
    const { html } = await readPage(await web.ask(path));
    return html
      .match(/<td>(<a [^>]*>)?<span class="cell [\s\S]*?<\/td>/g)!
      .map((cell) => cell.replace(/<[^>]*>/g, '').trim());
  };

  test.each([
    ['/', '250'],
    ['/?metric=first_token', '218 ms'],
    ['/?metric=uptime', '97.91%'],
    ['/?metric=price', '–'],
  ])('%s shows %s', async (path, shown) => {
    expect(await cellsOf(anEndpointVerdict({ provider: 'amber' }), path)).toEqual([shown]);
  });

  test('a price is three parts in and one out', async () => {
    const endpoint = anEndpointVerdict({ priceInputUsdPerMtok: 0.2, priceOutputUsdPerMtok: 1, provider: 'amber' });
    expect(await cellsOf(endpoint, '/?metric=price')).toEqual(['$0.40']);
  });

  test.each<[State, string]>([
    ['down', 'Down'],
    ['limited', 'Limits us'],
    ['our_account', 'Our account'],
    ['refuses_us', 'Refuses us'],
    ['no_data', 'No data'],
    ['delisted', '·not offered'],
    ['slow', 'Slow250'],
  ])('%s is said in words: %s', async (state, word) => {
    expect(await cellsOf(inState(state, { provider: 'amber' }))).toEqual([word]);
  });

  test('with too few replies their number stands instead of a value', async () => {
    const few = { ...anEndpointVerdict().decodeTps, n: 4, p50: null };
    expect(await cellsOf(anEndpointVerdict({ decodeTps: few, provider: 'amber' }))).toEqual(['n = 4']);
  });

  test('where nobody can be recommended it says why, and who is least bad', async () => {
    const availability = { ...anEndpointVerdict().availability, firstTry: aRate(1, 4) };
    const modelId = 'acme/A';
    const endpoints = [
      inState('down', { modelId, provider: 'amber' }),
      inState('down', { modelId, provider: 'cobalt', availability }),
      aSilentEndpoint({ modelId, provider: 'drift' }),
    ];
    const recommendations = [aRecommendation({ provider: null, reasons: ['No provider is answering.'] })];
    const web = openWeb({ models: [aModelVerdict({ modelId, endpoints, recommendations })] });

    expect((await readPage(await web.ask('/'))).text).toContain(
      'No provider is answering. Least bad: amber, 97.91% uptime.',
    );
  });

  test('a window other than a day is a board of its own, the same for all who look', async () => {
    const web = openWeb();
    await web.ask('/?window=7d');

    expect(web.knowledge.asked).toContain('board over 168 h');
  });

  test('an hour is offered only where it holds enough replies', async () => {
    const [rare, often] = [openWeb(), openWeb({ health: { intervalMs: 300_000 } })];

    expect((await readPage(await rare.ask('/'))).links).not.toContain('/?window=1h');
    expect((await readPage(await often.ask('/'))).links).toContain('/?window=1h');
  });

  test('what else is chosen stays in the address', async () => {
    const page = await readPage(await openWeb().ask('/?metric=price&window=7d'));

    expect(page.links).toContain('/?metric=uptime&window=7d');
    expect(page.links).toContain('/?metric=price');
  });

  test('a choice that does not exist is refused in words', async () => {
    const response = await openWeb().ask('/?metric=beauty');

    expect(response.status).toBe(400);
    expect((await readPage(response)).text).toContain('Metric must be one of speed, first_token, price, uptime.');
  });
});

describe('what is going on, line by line', () => {
  const event = async (incident: Partial<Incident>) => {
    const page = await readPage(await openWeb({ incidents: [anIncident({ kind: 'slow', ...incident })] }).ask('/'));
    return page.text.slice(page.text.indexOf('Happen'));
  };
  const endpoint = { scope: 'endpoint', modelId: 'acme/Mini', provider: 'amber' } as const;
  const figures = { ratio: 1.43, low: 1.39, high: 1.47 };

  test.each<[string, Partial<Incident>]>([
    ['amber is down on Mini', { kind: 'outage', ...endpoint }],
    ['amber was down on Mini', { kind: 'outage', ...endpoint, endedAtMs: 1 }],
    ['amber is down on 1 of its models', { kind: 'outage', scope: 'provider', modelId: null, provider: 'amber' }],
    ['Mini is down at 1 provider', { kind: 'outage', scope: 'model', modelId: 'acme/Mini', provider: null }],
    ['The router is down', { kind: 'outage', scope: 'router', modelId: null, provider: null }],
    ['We may be offline', { kind: 'outage', scope: 'us', modelId: null, provider: null }],
    ['amber is slow on Mini Slow · first token +43%', { ...endpoint, cause: 'ttft_ms', figures }],
    [
      'amber changed on Mini Change · price −20%',
      { kind: 'change', ...endpoint, cause: 'price', figures: { ratio: 0.8 } },
    ],
    ['amber may serve something other than Mini', { kind: 'different_model', ...endpoint }],
    ['amber advertises tool calls that fail on Mini', { kind: 'feature_fails', ...endpoint, cause: 'tool_call' }],
    ['Our account , not them: we are refused', { kind: 'account', scope: 'us', modelId: null, provider: null }],
    [
      'amber refuses a token that others accept',
      { kind: 'account', scope: 'provider', modelId: null, provider: 'amber' },
    ],
  ])('%s', async (words, incident) => {
    expect(await event(incident)).toContain(words);
  });

  test('where several places ask, from where it was seen', async () => {
    const seen = { ...endpoint, location: 'us-1', cause: 'ttft_ms', figures };
    const told = await event({ ...seen, says: 'From us-1: first token went up.' });
    expect(told).toContain('amber is slow on Mini Slow · from us-1 · first token +43%');
    expect(await event({ ...seen, says: 'First token went up.' })).not.toContain('us-1');
  });

  test('what is told there in full stays on its own page', async () => {
    expect(await event({ ...endpoint, says: 'First token of acme/Mini went up.' })).not.toContain('went up');
  });
});

test('a change of speed is drawn beside what it is', async () => {
  const { elements } = await readPage(await openWeb().ask('/'));
  const names = elements.map(({ attributes }) => attributes['aria-label']);

  expect(names).toContain('First token of swiftcloud, day by day: +43%');
});

test('only changes of speed are told as slower or faster, the largest first', async () => {
  const change = (metric: 'ttftMs' | 'completionTokens', ratio: number) => ({
    ...anEndpointVerdict().changes[0]!,
    metric,
    ratio,
  });
  const endpoints = [
    anEndpointVerdict({ provider: 'amber', changes: [change('ttftMs', 1.2)] }),
    anEndpointVerdict({ provider: 'cobalt', changes: [change('ttftMs', 3.4), change('completionTokens', 9)] }),
  ];
  const web = openWeb({ models: [aModelVerdict({ endpoints })], incidents: [anIncident({ endedAtMs: 1 })] });
  const { text } = await readPage(await web.ask('/'));

  const told = text.slice(text.indexOf('Got slower, got faster'));
  expect(told.match(/×3\.4|\+20%|×9\.0/g)).toEqual(['×3.4', '+20%']);
});
