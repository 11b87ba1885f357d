import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import type { Endpoint, FoundIncident } from '../../src/domain/incident.ts';
import type { Sample } from '../../src/domain/sample.ts';
import type { FeatureVerdict, ModelFlag } from '../../src/domain/verdict.ts';
import { type Evidence, findIncidents, LOOK_BACK_DAYS } from '../../src/verdict/find-incidents.ts';
import {
  aSample,
  CYCLES_PER_DAY,
  everyPair,
  INTERVAL_MS,
  LOCATION,
  type SampleWorld,
  samplesOf,
  type Trouble,
  WORLD_BEGAN_MS,
} from '../support/sample-world.ts';

const ENDPOINT: Endpoint = { modelId: 'acme/Model-0', provider: 'provider-0' };
const cycleOf = (atMs: number | null) => (atMs === null ? null : (atMs - WORLD_BEGAN_MS) / INTERVAL_MS);
const dueAt = (cycle: number) => WORLD_BEGAN_MS + cycle * INTERVAL_MS;

function find(samples: readonly Sample[], rest: Partial<Evidence> = {}): readonly FoundIncident[] {
  return findIncidents({
    samples,
    flags: [],
    features: [],
    known: [],
    location: LOCATION,
    nowMs: samples.at(-1)!.dueAtMs,
    intervalMs: INTERVAL_MS,
    judgedUntilMs: null,
    ...rest,
  });
}

function aWorld(overrides: Partial<SampleWorld> = {}): SampleWorld {
  return { seed: 'incidents', cycles: 1600, endpoints: [ENDPOINT], failureRates: [0], ...overrides };
}

describe('a slowdown', () => {
  const slower = { ...ENDPOINT, times: 3, from: 1000, to: 1200 };

  test('is told with its size, and ends when the old level is back', () => {
    const [incident, ...others] = find(samplesOf(aWorld({ changes: [{ ...slower, metric: 'ttftMs' }] })));
    expect(others).toEqual([]);
    expect(incident).toMatchObject({
      kind: 'slow',
      scope: 'endpoint',
      ...ENDPOINT,
      cause: 'ttftMs',
      endReason: 'recovered',
    });
    expect(cycleOf(incident!.startedAtMs)).toBeWithin(994, 1007);
    expect(cycleOf(incident!.endedAtMs)).toBeWithin(1190, 1210);
    expect(incident!.says).toMatch(
      /^First token of acme\/Model-0 at provider-0 went up \d+% \(\d+–\d+%\), from \d+ ms to \d+ ms\.$/,
    );
    expect(incident!.figures.ratio).toBeWithin(2.2, 4);
    expect(incident!.evidence).toHaveLength(50);
  });

  test('of first token and tokens at once is one incident', () => {
    const changes = [
      { ...slower, metric: 'ttftMs' as const },
      { ...slower, metric: 'tpotMs' as const },
    ];
    expect(find(samplesOf(aWorld({ changes }))).map(({ kind }) => kind)).toEqual(['slow']);
  });

  test('that stays for two weeks is what is usual', () => {
    const changes = [{ ...slower, metric: 'ttftMs' as const, from: 700, to: 1600 }];
    const [incident] = find(samplesOf(aWorld({ changes })));
    expect(incident).toMatchObject({ kind: 'slow', endReason: 'new_normal' });
    expect(incident!.endedAtMs! - incident!.startedAtMs).toBe(14 * 86_400_000);
  });
});

test('a lasting change of price is told exactly, and one cycle of another price is not', () => {
  const samples = Array.from({ length: 200 }, (_, cycle) =>
    aSample({ dueAtMs: dueAt(cycle), priceOutputUsdPerMtok: cycle === 50 ? 9 : cycle >= 150 ? 2.5 : 1.5 }),
  );
  const incidents = find(samples);
  expect(incidents).toMatchObject([
    {
      kind: 'change',
      cause: 'priceUsdPerMtok',
      startedAtMs: dueAt(150),
      noticedAtMs: dueAt(151),
      endedAtMs: null,
      figures: { ratio: 1.5, low: 1.5, high: 1.5, from: 2, to: 3 },
    },
  ]);
  expect(incidents[0]!.says).toBe(
    'The price of acme/Thinker-7B at swiftcloud went up 50%, from $2 to $3 for a million tokens in and a million out.',
  );
});

const FLAG: ModelFlag = {
  kind: 'prompt_tokens',
  says: 'It counts 35 prompt tokens where 4 others count 30.',
  atMs: dueAt(1000),
  weight: 'strong',
  rule: 'Is it the same model?',
  n: 100,
  sinceMs: dueAt(900),
  untilMs: dueAt(1599),
};

describe('another model', () => {
  test('is told from strong flags, and shorter answers from then on belong to it', () => {
    const changes = [{ ...ENDPOINT, metric: 'completionTokens' as const, times: 0.4, from: 1000, to: 1600 }];
    const samples = samplesOf(aWorld({ changes }));
    expect(find(samples).map(({ kind, cause }) => [kind, cause])).toEqual([['change', 'completionTokens']]);
    const [incident, ...others] = find(samples, { flags: [{ ...ENDPOINT, flags: [FLAG] }] });
    expect(others).toEqual([]);
    expect(incident).toMatchObject({ kind: 'different_model', cause: 'prompt_tokens', startedAtMs: dueAt(1000) });
    expect(incident!.says).toContain(FLAG.says);
    expect(incident!.says).not.toMatch(/fraud/i);
  });

  test('makes tokens come otherwise, which is no change beside it; that they come more slowly is told', () => {
    const kindsWith = (times: number) => {
      const changes = [{ ...ENDPOINT, metric: 'tpotMs' as const, times, from: 1000, to: 1600 }];
      return find(samplesOf(aWorld({ changes })), { flags: [{ ...ENDPOINT, flags: [FLAG] }] }).map(({ kind }) => kind);
    };
    expect(kindsWith(0.5)).toEqual(['different_model']);
    expect(kindsWith(2).toSorted()).toEqual(['different_model', 'slow']);
  });

  test('is not told from weak ones, and is over when the strong ones are gone', () => {
    const samples = samplesOf(aWorld({ cycles: 100 }));
    expect(find(samples, { flags: [{ ...ENDPOINT, flags: [{ ...FLAG, weight: 'weak' }] }] })).toEqual([]);
    const known = find(samples, { flags: [{ ...ENDPOINT, flags: [{ ...FLAG, atMs: dueAt(20) }] }] });
    const [over] = find(samples, { known });
    expect(over).toMatchObject({ incidentId: known[0]!.incidentId, startedAtMs: dueAt(20), endReason: 'recovered' });
  });
});

test('an advertised feature that never works is told with its attempts', () => {
  const feature: FeatureVerdict = {
    feature: 'tool_call',
    advertised: true,
    verdict: 'fails',
    works: 0,
    n: 4,
    rule: 'Features',
    sinceMs: dueAt(0),
    untilMs: dueAt(191),
  };
  const probes = [1, 49, 97, 145].map((cycle) => {
    const who = { modelId: ENDPOINT.modelId, providerName: ENDPOINT.provider };
    const what = { probeKind: 'feature', feature: 'tool_call', featureWorks: false } as const;
    return aSample({ ...who, ...what, dueAtMs: dueAt(cycle), attemptId: `f${cycle}` });
  });
  const samples = [...samplesOf(aWorld({ cycles: 192 })), ...probes].sort((a, b) => a.dueAtMs - b.dueAtMs);
  expect(find(samples, { features: [{ ...ENDPOINT, features: [feature] }] })).toMatchObject([
    {
      kind: 'feature_fails',
      cause: 'tool_call',
      startedAtMs: dueAt(1),
      says: 'provider-0 advertises tool calls for acme/Model-0, and 4 of 4 tries failed.',
      evidence: ['f1', 'f49', 'f97', 'f145'],
    },
  ]);
  const silent = { ...feature, advertised: null };
  expect(find(samples, { features: [{ ...ENDPOINT, features: [silent] }] })).toEqual([]);
});

describe('what is known', () => {
  const outage: Trouble = {
    scope: 'endpoint',
    from: 200,
    to: 2000,
    outcome: 'target_error',
    errorClass: 'http_5xx',
    ...ENDPOINT,
  };

  test('keeps its id and start when its beginning has left the window', () => {
    const samples = samplesOf(aWorld({ cycles: 400, troubles: [outage], confirms: false }));
    const known = find(samples.slice(0, 210));
    const [incident, ...others] = find(samples.slice(300), { known, judgedUntilMs: samples[398]!.dueAtMs });
    expect(others).toEqual([]);
    expect(incident).toMatchObject({ incidentId: known[0]!.incidentId, startedAtMs: dueAt(200), endedAtMs: null });
  });

  test('is not made anew by a window that begins in the middle of it', () => {
    const samples = samplesOf(aWorld({ cycles: 400, troubles: [outage], confirms: false }));
    expect(find(samples.slice(300), { judgedUntilMs: samples[398]!.dueAtMs })).toEqual([]);
  });
});

test('judging after every few cycles ends with the same incidents as judging once', () => {
  const endpoints = everyPair(2, 3);
  const scopes = ['endpoint', 'provider', 'model', 'router'] as const;
  const troubles = fc.array(
    fc.record({
      scope: fc.constantFrom(...scopes),
      from: fc.integer({ min: 100, max: 1500 }),
      lasts: fc.integer({ min: 2, max: 60 }),
      who: fc.integer({ min: 0, max: 5 }),
    }),
    { maxLength: 4 },
  );
  const slow = fc.record({ from: fc.integer({ min: 300, max: 1300 }), lasts: fc.integer({ min: 100, max: 900 }) });
  fc.assert(
    fc.property(troubles, slow, fc.nat(), (drawn, slowdown, seed) => {
      const samples = samplesOf({
        seed: `${seed}`,
        cycles: 1600,
        endpoints,
        failureRates: endpoints.map((_, i) => 0.01 * i),
        troubles: drawn.map(({ scope, from, lasts, who }): Trouble => {
          const { modelId, provider } = endpoints[who]!;
          const whom = scope === 'endpoint' ? { modelId, provider } : scope === 'provider' ? { provider } : { modelId };
          return { scope, from, to: from + lasts, outcome: 'target_error', errorClass: 'http_5xx', ...whom };
        }),
        changes: [
          { ...endpoints[3]!, metric: 'ttftMs', times: 2.5, from: slowdown.from, to: slowdown.from + slowdown.lasts },
        ],
      });
      const stored = new Map<string, FoundIncident>();
      for (let cycle = 100; cycle < 1600 + 150; cycle += 150) {
        const nowMs = dueAt(Math.min(cycle, 1599));
        const sinceMs = nowMs - LOOK_BACK_DAYS * CYCLES_PER_DAY * INTERVAL_MS;
        const found = find(
          samples.filter(({ dueAtMs }) => dueAtMs >= sinceMs && dueAtMs <= nowMs),
          {
            known: [...stored.values()].filter(({ endedAtMs }) => endedAtMs === null || endedAtMs >= sinceMs),
            judgedUntilMs: cycle === 100 ? null : nowMs - 150 * INTERVAL_MS,
          },
        );
        for (const incident of found) stored.set(incident.incidentId, incident);
      }
      const outline = ({ incidentId, kind, scope, endpoints, startedAtMs, endReason }: FoundIncident) => ({
        incidentId,
        kind,
        scope,
        endpoints,
        startedAtMs,
        endReason,
      });
      const byId = (a: FoundIncident, b: FoundIncident) => (a.incidentId < b.incidentId ? -1 : 1);
      expect([...stored.values()].sort(byId).map(outline)).toEqual([...find(samples)].sort(byId).map(outline));
    }),
    { numRuns: 8, seed: 5 },
  );
});
