import type { Incident } from '../../src/domain/incident.ts';
import { OUTCOMES } from '../../src/domain/outcome.ts';
import { wilsonInterval } from '../../src/domain/statistics.ts';
import type {
  Comparison,
  EndpointVerdict,
  FourChecks,
  ModelVerdict,
  Rate,
  Recommendation,
  Spread,
} from '../../src/domain/verdict.ts';
import type { Health } from '../../src/ports.ts';
import { aFoundIncident } from './builders.ts';

const UNTIL_MS = Date.parse('2026-08-01T12:00:00.000Z');
const SINCE_MS = UNTIL_MS - 24 * 3600 * 1000;

const basis = (rule: string, n = 48) => ({ rule, n, sinceMs: SINCE_MS, untilMs: UNTIL_MS });

export function aRate(successes = 47, trials = 48): Rate {
  const rate = trials === 0 ? null : successes / trials;
  return { successes, trials, rate, interval: wilsonInterval(successes, trials) };
}

function aSpread(p50 = 200, n = 48): Spread {
  return { n, p10: p50 * 0.8, p50, p90: p50 * 1.5, p95: p50 * 2, p99: null };
}

const NO_SPREAD: Spread = { n: 0, p10: null, p50: null, p90: null, p95: null, p99: null };

/** A healthy target with one of everything that may be said of one. */
export function anEndpointVerdict(overrides: Partial<EndpointVerdict> = {}): EndpointVerdict {
  return {
    modelId: 'acme/Thinker-7B',
    provider: 'swiftcloud',
    providerModelId: 'acme-thinker-7b',
    location: 'local',
    state: {
      ...basis('State'),
      state: 'healthy',
      beganAtMs: SINCE_MS,
      matching: 4,
      slowdown: 1.02,
      lastAtMs: UNTIL_MS - 60_000,
    },
    availability: {
      ...basis('Availability'),
      firstTry: aRate(),
      afterRetries: aRate(48, 48),
      strict: aRate(46, 49),
      coverage: aRate(48, 48),
      byOutcome: Object.fromEntries(OUTCOMES.map((outcome) => [outcome, outcome === 'ok' ? 47 : 0])) as Record<
        (typeof OUTCOMES)[number],
        number
      >,
      byClass: [{ errorClass: 'http_5xx', count: 1 }],
    },
    ttftMs: aSpread(218),
    ttfatMs: aSpread(260),
    tpotMs: aSpread(4),
    decodeTps: aSpread(250),
    e2eMs: aSpread(1400),
    completionTokens: aSpread(300),
    costUsd: aSpread(0.0004),
    correct: aRate(47, 47),
    priceInputUsdPerMtok: 0.5,
    priceOutputUsdPerMtok: null,
    contextLength: 131_072,
    features: [{ ...basis('Features', 7), feature: 'tool_call', advertised: true, verdict: 'sometimes', works: 5 }],
    flags: [{ ...basis('Same model'), kind: 'prompt_tokens', says: 'It counts 9 more.', atMs: null, weight: 'strong' }],
    changes: [{ metric: 'ttftMs', atMs: SINCE_MS, ratio: 1.43, low: 1.39, high: 1.47, before: 300, since: 48 }],
    claims: [{ ...basis('Claims'), claim: 'ttft', ratio: 1.3, low: 1.2, high: 1.4 }],
    ...overrides,
  };
}

/** A target that nobody has heard from. */
export function aSilentEndpoint(overrides: Partial<EndpointVerdict> = {}): EndpointVerdict {
  const usual = anEndpointVerdict();
  return anEndpointVerdict({
    state: { ...usual.state, n: 0, state: 'no_data', beganAtMs: null, matching: 0, slowdown: null, lastAtMs: null },
    availability: { ...usual.availability, n: 0, firstTry: aRate(0, 0), afterRetries: aRate(0, 0), byClass: [] },
    ttftMs: NO_SPREAD,
    decodeTps: NO_SPREAD,
    correct: aRate(0, 0),
    ...overrides,
  });
}

export function aRecommendation(overrides: Partial<Recommendation> = {}): Recommendation {
  return {
    ...basis('Recommendation'),
    goal: 'balanced',
    provider: 'swiftcloud',
    reasons: ['It starts soonest.'],
    runnerUp: 'cobalt',
    asGood: ['cobalt'],
    avoid: [{ provider: 'halcyon', why: 'It is down.' }],
    order: [{ provider: 'swiftcloud', from: 1, to: 2, score: 0.8 }],
    ...overrides,
  };
}

export function aModelVerdict(overrides: Partial<ModelVerdict> = {}): ModelVerdict {
  const modelId = overrides.modelId ?? 'acme/Thinker-7B';
  const behindFirst = { pairs: 40, ratio: 1.1, low: 1.02, high: 1.2 };
  return {
    modelId,
    sinceMs: SINCE_MS,
    untilMs: UNTIL_MS,
    endpoints: [anEndpointVerdict({ modelId, provider: 'cobalt' }), anEndpointVerdict({ modelId })],
    ranks: {
      ttftMs: [
        { provider: 'swiftcloud', from: 1, to: 1, behindFirst: null },
        { provider: 'cobalt', from: 2, to: 2, behindFirst },
      ],
      tpotMs: [],
      e2eMs: [],
    },
    recommendations: [aRecommendation()],
    policies: [
      {
        ...basis('Policies'),
        policy: 'fastest',
        pickedBest: aRate(30, 48),
        regretMedian: 12.5,
        regretMean: null,
        unit: 'ms',
      },
    ],
    ...overrides,
  };
}

/** It is down, and nothing else is. */
export function someChecks(overrides: Partial<FourChecks> = {}): FourChecks {
  return {
    ...basis('Outages and how far they reach', 12),
    endpoint: { ok: 0, failed: 3, other: 0 },
    providersOtherModels: { ok: 3, failed: 0, other: 0 },
    modelElsewhere: { ok: 5, failed: 0, other: 1 },
    control: { ok: 12, failed: 0, other: 0 },
    location: 'local',
    elsewhere: [],
    finding: 'down',
    says: "It's down. Not just you.",
    ...overrides,
  };
}

export function aComparison(overrides: Partial<Comparison> = {}): Comparison {
  const modelId = 'acme/Thinker-7B';
  return {
    ...basis('Comparison'),
    metric: 'ttftMs',
    a: { modelId, provider: 'swiftcloud' },
    b: { modelId, provider: 'cobalt' },
    ratio: { pairs: 48, ratio: 1.14, low: 1.11, high: 1.17 },
    difference: { median: 31, low: 24, high: 38 },
    better: 'a',
    ...overrides,
  };
}

export function anIncident(overrides: Partial<Incident> = {}): Incident {
  return {
    ...aFoundIncident({
      incidentId: '0123456789abcdef0123456789abcdef',
      startedAtMs: Date.parse('2026-08-01T10:00:00.000Z'),
      noticedAtMs: Date.parse('2026-08-01T10:30:00.000Z'),
      says: 'swiftcloud is down for acme/Thinker-7B: 4 of 4 attempts failed.',
      figures: { failures: 4, n: 4 },
      evidence: ['a1', 'a2'],
    }),
    acknowledged: null,
    silenced: null,
    ...overrides,
  };
}

export function aHealth(overrides: Partial<Health> = {}): Health {
  return {
    startedAtMs: UNTIL_MS - 3_600_000,
    intervalMs: 1_800_000,
    lastCycle: { dueAtMs: UNTIL_MS - 60_000, beganAtMs: UNTIL_MS - 59_000, endedAtMs: UNTIL_MS - 10_000 },
    nextCycleAtMs: UNTIL_MS + 40_000,
    cycleMs: 120_000,
    probesWaiting: 0,
    probesRunning: 0,
    targets: 2,
    leastRecentlyAskedAtMs: UNTIL_MS - 60_000,
    neverAsked: 0,
    backlog: { records: 12, oldestAtMs: UNTIL_MS - 3_600_000 },
    pushFailures: 0,
    workerLagMs: 1.5,
    instrumentErrorP99Ms: 1.2,
    spentUsdToday: 0.25,
    budgetUsdPerDay: null,
    isStoreWritable: true,
    fleet: null,
    ...overrides,
  };
}
