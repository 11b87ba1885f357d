import { describe, expect, test } from 'bun:test';
import type { State } from '../../../src/domain/verdict.ts';
import {
  changeSentence,
  claimSentence,
  comparisonSentence,
  featureSentences,
  flagSentences,
  incidentSentence,
  policySentence,
  recommendationSentences,
  staleSentence,
  standing,
  stateSentence,
} from '../../../src/observe/report/sentences.ts';
import {
  aComparison,
  aModelVerdict,
  anEndpointVerdict,
  anIncident,
  aRate,
  aRecommendation,
} from '../../support/verdict-builders.ts';

const NOW_MS = Date.parse('2026-08-01T12:00:00.000Z');
const MINUTE_MS = 60_000;
const usual = anEndpointVerdict();
const inState = (state: State, provider = 'cobalt') =>
  anEndpointVerdict({
    provider,
    state: { ...usual.state, state, n: 4, matching: 3, slowdown: 1.8, beganAtMs: NOW_MS - 35 * MINUTE_MS },
  });

describe('what is going on', () => {
  test('all is well', () => {
    expect(standing([aModelVerdict()]).text).toBe('All 2 endpoints answer as usual.');
  });

  test('who is not well, the gravest first; the model is named where there are several', () => {
    const endpoints = [inState('slow', 'amber'), inState('down'), inState('no_data', 'slate'), usual];
    const one = aModelVerdict({ endpoints });
    const other = aModelVerdict({ modelId: 'acme/B', endpoints: [inState('limited')] });

    expect(standing([one])).toEqual({
      text: 'Of 4 endpoints, 1 is healthy. 1 is down: cobalt. 1 is slow: amber. 1 has no data: slate.',
      tone: 'bad',
    });
    expect(standing([one, other]).text).toContain('1 is down: cobalt (acme/Thinker-7B).');
  });

  test.each<[State, string]>([
    ['down', '✕ cobalt has been down for 35 min (3 of its last 4 probes).'],
    ['slow', '▲ cobalt has been slow, its first token at 1.8 times its usual, for 35 min (3 of its last 4 probes).'],
    ['limited', '▲ cobalt has been limiting us, which is not counted against it, for 35 min (3 of its last 4 probes).'],
    ['delisted', '○ cobalt has been off the list of live providers for 35 min (3 of its last 4 probes).'],
  ])('%s says whose fault it is, since when, and on what that rests', (state, words) => {
    expect(stateSentence(inState(state), NOW_MS).text).toBe(words);
  });

  test('old knowledge is told as old', () => {
    expect(staleSentence([aModelVerdict()], 30 * MINUTE_MS, NOW_MS)).toBeNull();
    expect(staleSentence([aModelVerdict()], 30 * MINUTE_MS, NOW_MS + 90 * MINUTE_MS)?.text).toBe(
      '▲ The last answer is of 1 Aug 11:59 UTC; what follows is as of then.',
    );
  });
});

describe('an incident', () => {
  test('that lasts is told with its start', () => {
    expect(incidentSentence(anIncident({ says: 'cobalt is down' }), NOW_MS)).toEqual({
      text: '✕ Since 1 Aug 10:00 UTC: cobalt is down.',
      tone: 'bad',
    });
  });

  test('that is over is told with its end, its length and what people said of it', () => {
    const over = { endedAtMs: NOW_MS, endReason: 'new_normal', kind: 'change', says: 'Dearer.' } as const;
    const acknowledged = { atMs: NOW_MS, reason: 'their new price list' };

    expect(incidentSentence(anIncident({ ...over, acknowledged }), NOW_MS).text).toBe(
      '○ 1 Aug 10:00–12:00 UTC (2 h): Dearer. It stayed so, and is what is usual now. Acknowledged: their new price list.',
    );
  });
});

describe('a recommendation', () => {
  const texts = (overrides: Parameters<typeof aRecommendation>[0]) =>
    recommendationSentences(aRecommendation(overrides)).map(({ text }) => text);

  test('says whom to use and why, who is as good, whom to avoid and why', () => {
    expect(texts({ reasons: ['It starts soonest', 'It costs least.'], asGood: ['cobalt', 'amber'] })).toEqual([
      'Use swiftcloud. It starts soonest. It costs least.',
      'Runner-up: cobalt, as good within noise.',
      'Also as good within noise: amber.',
      'Avoid halcyon: it is down.',
    ]);
  });

  test('of nobody says why, and who is least bad', () => {
    const nobody = { provider: null, runnerUp: null, asGood: [], avoid: [] };

    expect(texts({ ...nobody, reasons: ['Too little data (n = 3)'], order: [] })).toEqual([
      'Nobody can be recommended. Too little data (n = 3).',
    ]);
    expect(texts({ ...nobody, reasons: ['Nobody answers.'] })).toEqual([
      'Nobody can be recommended. Nobody answers. Least bad: swiftcloud.',
    ]);
  });
});

describe('what is seen of an endpoint', () => {
  test('a change has its size, its direction and its n', () => {
    const [change] = usual.changes;
    expect(changeSentence('cobalt', change!, NOW_MS)).toEqual({
      text: 'cobalt: first token up 43% (39–47) since 31 Jul 12:00 UTC; n = 300 before, 48 since.',
      tone: 'warning',
    });
    const fewer = { ...change!, metric: 'availability', ratio: 0.8, low: 0.75, high: 0.85 } as const;
    expect(changeSentence('cobalt', fewer, NOW_MS)).toMatchObject({
      text: expect.stringContaining('availability down 20% (15–25)'),
      tone: 'warning',
    });
  });

  test('features that work are not told, those that fail are', () => {
    const [feature] = usual.features;
    const features = [
      feature!,
      { ...feature!, feature: 'seed', verdict: 'works', works: 7 },
      { ...feature!, feature: 'json_schema', advertised: null, verdict: 'fails', works: 0 },
    ] as const;

    expect(featureSentences(anEndpointVerdict({ features })).map(({ text }) => text)).toEqual([
      'swiftcloud: tool calls advertised, and worked only sometimes (5 of 7).',
      'swiftcloud: replies by a JSON schema never worked (0 of 7).',
    ]);
  });

  test('a flag says what was seen and no more', () => {
    const flags = [{ ...usual.flags[0]!, atMs: NOW_MS - 20 * MINUTE_MS }];
    expect(flagSentences(anEndpointVerdict({ flags }), NOW_MS)).toEqual([
      { text: 'swiftcloud: It counts 9 more (n = 48, for 20 min).', tone: 'warning' },
    ]);
  });

  test.each([
    [
      { ratio: 1.3, low: 1.2, high: 1.4 },
      'its first token takes 30% longer (20–40) than what the router publishes; 48 pairs.',
    ],
    [
      { ratio: 4, low: 3.5, high: 4.5 },
      'its first token takes 4.0 times (3.5–4.5) what the router publishes; 48 pairs.',
    ],
    [
      { ratio: 1.02, low: 0.95, high: 1.1 },
      'its first token takes what the router publishes, within noise (48 pairs).',
    ],
  ])('a claim is held against what we measured: %p', (figures, words) => {
    expect(claimSentence('cobalt', { ...usual.claims[0]!, ...figures })?.text).toBe(`cobalt: ${words}`);
  });

  test('a claim with too few pairs is not told', () => {
    expect(claimSentence('cobalt', { ...usual.claims[0]!, ratio: null })).toBeNull();
  });

  test('the choice of the router is judged with what it cost', () => {
    const [policy] = aModelVerdict().policies;
    expect(policySentence(policy!).text).toBe(
      ':fastest picked the best in 62.5% (48.3–74.7) of 48 cycles. Its pick took 13 ms more than the best in the median.',
    );
    expect(policySentence({ ...policy!, pickedBest: aRate(0, 0), n: 0 }).text).toBe(
      ':fastest cannot be judged yet (n = 0).',
    );
  });
});

describe('two providers', () => {
  test.each([
    [{}, 'swiftcloud starts 31 ms sooner than cobalt (24–38; 48 pairs).'],
    [
      { better: 'b', difference: { median: -31, low: -38, high: -24 } } as const,
      'cobalt starts 31 ms sooner than swiftcloud (24–38; 48 pairs).',
    ],
    [
      { metric: 'e2eMs', difference: { median: 1100, low: 900, high: 1300 } } as const,
      'swiftcloud finishes 1.1 s sooner than cobalt (900 ms–1.3 s; 48 pairs).',
    ],
    [
      { metric: 'costUsd', difference: { median: 0.002, low: 0.001, high: 0.003 } } as const,
      'swiftcloud costs $0.002 less for a reply than cobalt ($0.001–$0.003; 48 pairs).',
    ],
    [
      { metric: 'availability', difference: { median: -0.08, low: -0.1, high: -0.05 } } as const,
      'swiftcloud is available 8.0% more of the time than cobalt (5.0–10.0; 48 pairs).',
    ],
    [
      { metric: 'priceUsdPerMtok', difference: { median: 0.5, low: 0.5, high: 0.5 } } as const,
      'swiftcloud costs $0.50 less per million tokens than cobalt (48 pairs).',
    ],
    [
      { difference: { median: -1, low: -9, high: 4 } } as const,
      'swiftcloud is better than cobalt by first token: cobalt takes 14% more (11–17) than swiftcloud (48 pairs).',
    ],
    [
      { better: null },
      'first token: no difference between swiftcloud and cobalt that we can tell from noise (48 pairs).',
    ],
    [
      { ratio: null, difference: null, better: null, n: 3 },
      'Too few cycles in which both swiftcloud and cobalt answered to compare them (3 pairs).',
    ],
  ])('%p', (overrides, words) => {
    expect(comparisonSentence(aComparison(overrides))).toBe(words);
  });
});
