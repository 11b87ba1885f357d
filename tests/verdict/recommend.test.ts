import { describe, expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { latencySeries } from '../../bench/verdict-world.ts';
import {
  BALANCED_WEIGHTS,
  COST_OF_A_FAILURE,
  LEAST_AVAILABILITY,
  LEAST_PRICE,
  LEAST_SAMPLES,
} from '../../src/domain/rules.ts';
import type { Sample } from '../../src/domain/sample.ts';
import {
  type EndpointVerdict,
  type FeatureVerdict,
  type Goal,
  type ModelFlag,
  type Needs,
  NO_NEEDS,
  type State,
} from '../../src/domain/verdict.ts';
import { HeadToHead } from '../../src/verdict/head-to-head.ts';
import { type Known, modelVerdict, samplesByProvider } from '../../src/verdict/model-verdict.ts';
import { CLOSE, recommend } from '../../src/verdict/recommend.ts';
import { ALWAYS, cyclesOf } from '../support/a-sample.ts';

interface Provider {
  readonly ttftMs?: number;
  readonly usd?: number;
  readonly cycles?: number;
  readonly contextLength?: number;
  /** One first try in so many fails. */
  readonly failsOneIn?: number;
  readonly state?: State;
  readonly slowdown?: number;
  readonly features?: readonly FeatureVerdict[];
  readonly flags?: readonly ModelFlag[];
}

const basis = { rule: 'A rule', n: 7, ...ALWAYS };

const toolCalls = (verdict: FeatureVerdict['verdict'], works: number): FeatureVerdict => ({
  ...{ ...basis, feature: 'tool_call', advertised: true },
  ...{ verdict, works, n: verdict === 'unknown' ? 0 : 7 },
});

const strongFlag: ModelFlag = {
  ...{
    ...basis,
    kind: 'prompt_tokens',
    says: 'Counts 41 prompt tokens where others count 30',
    atMs: null,
    weight: 'strong',
  },
};

const knownOf = ({ state = 'healthy', slowdown = 1, features = [], flags = [] }: Provider): Known => ({
  state: { ...basis, state, beganAtMs: null, matching: 5, slowdown, lastAtMs: null },
  ...{ features, flags, changes: [] },
});

function samplesOf(name: string, of: Provider): readonly Sample[] {
  const { ttftMs = 300, usd = 1, cycles = 336, contextLength = 131_072, failsOneIn = 0 } = of;
  const series = latencySeries({ seed: `recommend ${name}`, cycles, levelMs: ttftMs });
  return cyclesOf(cycles, (cycle) => ({
    ...{ providerName: name, contextLength, priceInputUsdPerMtok: usd, priceOutputUsdPerMtok: usd },
    ...{ ttftMs: series[cycle]!, e2eMs: 20 * series[cycle]!, tpotMs: series[cycle]! / 30 },
    ...(failsOneIn > 0 && cycle % failsOneIn === 0
      ? ({ outcome: 'target_error', errorClass: 'http_5xx' } as const)
      : {}),
  }));
}

function recommended(
  providers: Readonly<Record<string, Provider>>,
  goal: Goal = 'fastest_start',
  needs: Needs = NO_NEEDS,
) {
  const samples = Object.entries(providers).flatMap(([name, of]) => samplesOf(name, of));
  const { endpoints } = modelVerdict('acme/Thinker-7B', samples, ALWAYS, (name) => knownOf(providers[name]!));
  const headToHead = new HeadToHead(samplesByProvider(samples, ALWAYS));
  return recommend({ endpoints, headToHead, goal, needs, window: ALWAYS });
}

describe('a recommendation', () => {
  test('names the fastest, the next best, and why', () => {
    const found = recommended({ amber: { ttftMs: 600 }, basalt: { ttftMs: 200 }, cobalt: { ttftMs: 400 } });
    expect(found).toMatchObject({ provider: 'basalt', runnerUp: 'cobalt', asGood: [], avoid: [] });
    expect(found.order.map(({ provider, from, to }) => [provider, from, to])).toEqual([
      ['basalt', 1, 1],
      ['cobalt', 2, 2],
      ['amber', 3, 3],
    ]);
    expect(found.reasons[0]).toMatch(/^First token \d+% sooner than cobalt \(\d+–\d+%, n = 336\)$/);
    expect(found.reasons).toContain('Answered 100.0% of 336 first tries (at least 98.8%)');
  });

  test('leaves to the price what noise cannot decide', () => {
    const found = recommended({ amber: { usd: 2 }, basalt: { usd: 1 } });
    expect(found).toMatchObject({ provider: 'basalt', asGood: ['amber'] });
    expect(found.reasons[0]).toBe('First token as soon as amber, within noise (n = 336)');
    expect(found.reasons).toContain('A usual reply costs 50% less than at amber');
  });

  test('of the cheapest goes by price alone', () => {
    const found = recommended({ amber: { usd: 0.9, ttftMs: 900 }, basalt: { usd: 1 } }, 'cheapest');
    expect(found).toMatchObject({ provider: 'amber', runnerUp: 'basalt' });
    expect(found.reasons[0]).toBe('A usual reply costs 10% less than at basalt');
  });

  test('of the most reliable goes by who answers', () => {
    const found = recommended({ amber: { failsOneIn: 25 }, basalt: { ttftMs: 900 } }, 'most_reliable');
    expect(found).toMatchObject({ provider: 'basalt', asGood: [] });
  });

  test('that is balanced weighs speed, price and failures against each other', () => {
    const slightlySlower = recommended({ amber: { ttftMs: 300, usd: 4 }, basalt: { ttftMs: 400, usd: 1 } }, 'balanced');
    const farSlower = recommended({ amber: { ttftMs: 300, usd: 4 }, basalt: { ttftMs: 3000, usd: 1 } }, 'balanced');
    expect([slightlySlower.provider, farSlower.provider]).toEqual(['basalt', 'amber']);
  });

  test.each(['down', 'refuses_us', 'delisted', 'no_data', 'our_account', 'limited'] as const)(
    'is never for a provider whose state is %s',
    (state) => {
      const found = recommended({ amber: { ttftMs: 100, state }, basalt: {} });
      expect(found.provider).toBe('basalt');
      expect(found.order.map(({ provider }) => provider)).toEqual(['basalt']);
    },
  );

  test('tells whom to avoid: who is down, fails too often, or shows another model', () => {
    const found = recommended({
      amber: { state: 'down' },
      basalt: { failsOneIn: 4 },
      cobalt: { flags: [strongFlag] },
      dune: {},
    });
    expect(found.provider).toBe('dune');
    expect(found.avoid).toEqual([
      { provider: 'amber', why: 'Down now' },
      { provider: 'basalt', why: 'Fails too often: answered 75.0% of 336 first tries' },
      { provider: 'cobalt', why: 'Counts 41 prompt tokens where others count 30' },
    ]);
  });

  test('counts how much slower a slow one is at the moment, and says so', () => {
    const slow = { ttftMs: 250, state: 'slow', slowdown: 3 } as const;
    expect(recommended({ amber: slow, basalt: { ttftMs: 400 } }).provider).toBe('basalt');
    expect(recommended({ amber: slow }).reasons).toContain('Slow now: first token takes 3.0 times its usual');
  });

  test('is not made of too little data', () => {
    const found = recommended({ amber: { cycles: LEAST_SAMPLES - 1 }, basalt: { cycles: 4 } });
    expect(found).toMatchObject({ provider: null, order: [] });
    expect(found.reasons).toEqual(['Too little data: 12 measured replies are needed (amber: n = 11)']);
  });

  test('passes over one of whom too little is known', () => {
    expect(recommended({ amber: { ttftMs: 50, cycles: 5 }, basalt: {} }).provider).toBe('basalt');
  });

  test('names the least bad where nobody answers', () => {
    const found = recommended({ amber: { state: 'down', failsOneIn: 3 }, basalt: { state: 'down', failsOneIn: 10 } });
    expect(found).toMatchObject({ provider: null, runnerUp: null });
    expect(found.reasons).toEqual([
      'No provider is answering. Least bad: basalt (down now, answered 89.8% of 336 first tries)',
    ]);
  });

  test('of a model without endpoints says that there is no data', () => {
    expect(recommended({}).reasons).toEqual(['No data yet']);
  });
});

describe('needs', () => {
  const tools: Needs = { ...NO_NEEDS, tools: true };

  test('are met by a feature that works, or is advertised and was not tried', () => {
    expect(recommended({ amber: { features: [toolCalls('works', 7)] } }, 'balanced', tools).reasons).toContain(
      'Tool calls work (7 of 7)',
    );
    expect(recommended({ amber: { features: [toolCalls('unknown', 0)] } }, 'balanced', tools).provider).toBe('amber');
  });

  test('are not met by a feature that is advertised and fails: whoever says so is to be avoided', () => {
    const lie = { ttftMs: 100, features: [toolCalls('fails', 0)] };
    const found = recommended({ amber: lie, basalt: { features: [toolCalls('works', 7)] } }, 'balanced', tools);
    expect(found.provider).toBe('basalt');
    expect(found.avoid).toEqual([{ provider: 'amber', why: 'Advertises tool calls, but they fail (0 of 7 worked)' }]);
  });

  test('are not met by a feature that works only sometimes, or of which nothing is known', () => {
    const found = recommended({ amber: { features: [toolCalls('sometimes', 4)] }, basalt: {} }, 'balanced', tools);
    expect(found.provider).toBeNull();
  });

  test('that nobody meets are named, with whoever comes closest', () => {
    const needs = { ...NO_NEEDS, contextLength: 131_072 };
    const found = recommended(
      { amber: { contextLength: 65_536 }, basalt: { contextLength: 32_768 } },
      'balanced',
      needs,
    );
    expect(found.reasons).toEqual(['No provider offers 128k context for this model. Closest: amber (64k context)']);
  });
});

test('the specification tells the weights that the code has', () => {
  const spec = readFileSync(new URL('../../spec.md', import.meta.url), 'utf8');
  const { firstToken, wholeReply, price, reliability } = BALANCED_WEIGHTS;
  expect(firstToken + wholeReply + price + reliability).toBe(1);
  const told = [
    `first token ${firstToken}, whole reply ${wholeReply}, price ${price}, reliability ${reliability}`,
    `ln(1 + ${COST_OF_A_FAILURE} × (1 − lower bound of availability))`,
    `at least $${LEAST_PRICE}`,
    `fewer than ${LEAST_SAMPLES} first tries`,
    `upper bound of availability is below ${LEAST_AVAILABILITY * 100} %`,
    `within ${Math.round(100 * Math.expm1(CLOSE))} % of the best`,
  ];
  expect(told.filter((words) => !spec.includes(words))).toEqual([]);
});

test('an endpoint in a model verdict has what its samples show', () => {
  const samples = samplesOf('amber', { ttftMs: 300 });
  const { endpoints, ranks, recommendations, policies } = modelVerdict('acme/Thinker-7B', samples, ALWAYS, () =>
    knownOf({}),
  );
  const [amber] = endpoints as readonly [EndpointVerdict];
  expect(amber).toMatchObject({ provider: 'amber', providerModelId: 'acme-thinker-7b', priceOutputUsdPerMtok: 1 });
  expect(amber.ttftMs.n).toBe(336);
  expect(amber.decodeTps.p50).toBeGreaterThan(80);
  expect(amber.correct.rate).toBe(1);
  expect(ranks.ttftMs).toEqual([{ provider: 'amber', from: 1, to: 1, behindFirst: null }]);
  expect(recommendations.map(({ provider }) => provider)).toEqual(Array(5).fill('amber'));
  expect(policies.map(({ n }) => n)).toEqual([0, 0]);
});
