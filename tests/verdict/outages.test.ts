import { describe, expect, test } from 'bun:test';
import type { FoundIncident } from '../../src/domain/incident.ts';
import { OutageFinder } from '../../src/verdict/outages.ts';
import {
  aSample,
  everyPair,
  INTERVAL_MS,
  LOCATION,
  type SampleWorld,
  samplesOf,
  type Trouble,
  WORLD_BEGAN_MS,
} from '../support/sample-world.ts';

const ENDPOINTS = everyPair(3, 3);
const FROM = 200;
const DOWN = { from: FROM, to: FROM + 2, outcome: 'target_error', errorClass: 'http_5xx' } as const;

function found(
  troubles: readonly Trouble[],
  world: Partial<SampleWorld> = {},
  intervalMs = INTERVAL_MS,
): readonly FoundIncident[] {
  const samples = samplesOf({
    seed: 'outages',
    cycles: 260,
    endpoints: ENDPOINTS,
    failureRates: ENDPOINTS.map((_, i) => (i === 4 ? 0.2 : (i % 4) * 0.01)),
    troubles,
    ...world,
  });
  const finder = new OutageFinder({ location: LOCATION, intervalMs });
  for (const sample of samples) finder.see(sample);
  return finder.finish(samples.at(-1)!.dueAtMs);
}

const cycleOf = (atMs: number | null) => (atMs === null ? null : (atMs - WORLD_BEGAN_MS) / INTERVAL_MS);

const outlineOf = ({ kind, scope, provider, modelId, startedAtMs, endedAtMs, endReason, cause }: FoundIncident) => ({
  kind,
  scope,
  provider,
  modelId,
  from: cycleOf(startedAtMs),
  to: cycleOf(endedAtMs),
  endReason,
  cause,
});

const COMMON = { from: FROM, to: FROM + 2, endReason: 'recovered', cause: 'http_5xx' } as const;

describe('an outage of two cycles', () => {
  test('of one endpoint is told of that endpoint', () => {
    const [modelId, provider] = ['acme/Model-0', 'provider-0'];
    const incidents = found([{ ...DOWN, scope: 'endpoint', modelId, provider }]);
    expect(incidents.map(outlineOf)).toEqual([{ kind: 'outage', scope: 'endpoint', provider, modelId, ...COMMON }]);
    expect(incidents[0]!.says).toBe('acme/Model-0 at provider-0 was down. 30 of 30 requests failed (HTTP 5xx).');
    expect(incidents[0]!.evidence[0]).toBe(`${FROM}/0/0`);
  });

  test('of everything a provider has is one incident', () => {
    const incidents = found([{ ...DOWN, scope: 'provider', provider: 'provider-2' }]);
    expect(incidents.map(outlineOf)).toEqual([
      { kind: 'outage', scope: 'provider', provider: 'provider-2', modelId: null, ...COMMON },
    ]);
    expect(incidents[0]!.endpoints).toHaveLength(3);
  });

  test('of a model at all its providers is of the model', () => {
    const incidents = found([{ ...DOWN, scope: 'model', modelId: 'acme/Model-2' }]);
    expect(incidents.map(outlineOf)).toEqual([
      { kind: 'outage', scope: 'model', provider: null, modelId: 'acme/Model-2', ...COMMON },
    ]);
  });

  test('of everything is of the router, whatever it looks like from here', () => {
    const cases = [
      { outcome: 'target_error', errorClass: 'http_5xx' },
      { outcome: 'router_error', errorClass: 'dns' },
    ] as const;
    for (const how of cases) {
      const incidents = found([{ ...DOWN, ...how, scope: 'router' }]);
      expect(incidents.map(outlineOf)).toEqual([
        { kind: 'outage', scope: 'router', provider: null, modelId: null, ...COMMON, cause: how.errorClass },
      ]);
    }
  });

  test('in which our own control requests fail too is ours, and nobody else is blamed', () => {
    const incidents = found([{ ...DOWN, scope: 'us', outcome: 'prober_error', errorClass: 'no_connectivity' }]);
    expect(incidents.map(outlineOf)).toEqual([
      { kind: 'outage', scope: 'us', provider: null, modelId: null, ...COMMON, cause: 'no_connectivity' },
    ]);
  });

  test('is found without confirm probes where the target usually answers', () => {
    const world = { confirms: false, failureRates: ENDPOINTS.map(() => 0) };
    const incidents = found([{ ...DOWN, scope: 'endpoint', modelId: 'acme/Model-1', provider: 'provider-1' }], world);
    expect(incidents.map(outlineOf)).toMatchObject([{ scope: 'endpoint', from: FROM, to: FROM + 2 }]);
    expect(cycleOf(incidents[0]!.noticedAtMs)).toBe(FROM + 1);
  });

  test('is found without confirm probes where several fail together that often fail alone', () => {
    const world = { confirms: false, failureRates: ENDPOINTS.map(() => 0.03) };
    const incidents = found([{ ...DOWN, scope: 'provider', provider: 'provider-1' }], world);
    expect(incidents.map(outlineOf)).toMatchObject([{ scope: 'provider', from: FROM, to: FROM + 2 }]);
  });
});

test('a target that fails every fifth time is not down for that', () => {
  expect(found([], { failureRates: ENDPOINTS.map(() => 0.2), cycles: 480 })).toEqual([]);
});

test('a mishap beside the outage of another provider is not told with it', () => {
  const finder = new OutageFinder({ location: LOCATION, intervalMs: INTERVAL_MS });
  const ask = (providerName: string, dueAtMs: number, probeKind: 'standard' | 'confirm', fails: boolean) => {
    const outcome = fails ? { outcome: 'target_error' as const, errorClass: 'http_5xx' as const } : {};
    finder.see(aSample({ providerName, dueAtMs, probeKind, ...outcome }));
  };
  for (let cycle = 0; cycle < 260; cycle++) {
    const dueAtMs = WORLD_BEGAN_MS + cycle * INTERVAL_MS;
    ask('down', dueAtMs, 'standard', cycle >= 250);
    ask('usual', dueAtMs, 'standard', cycle % 50 === 0);
    ask('well', dueAtMs, 'standard', false);
    for (let nth = 1; cycle === 250 && nth < 5; nth++) {
      ask('down', dueAtMs + nth * 120_000, 'confirm', true);
      if (nth < 3) ask('usual', dueAtMs + nth * 120_000, 'confirm', nth === 1);
    }
  }
  expect(finder.finish(WORLD_BEGAN_MS + 259 * INTERVAL_MS).map(({ provider }) => provider)).toEqual(['down']);
});

test('rate limits are no incident', () => {
  const limited = { from: FROM, to: FROM + 40, outcome: 'rate_limited', errorClass: 'http_429' } as const;
  expect(found([{ ...limited, scope: 'provider', provider: 'provider-0' }])).toEqual([]);
});

describe('a refused token', () => {
  const refused = { from: FROM, to: FROM + 10, outcome: 'account_error', errorClass: 'bad_token' } as const;

  test('is trouble of our account where everybody refuses it', () => {
    expect(found([{ ...refused, scope: 'us' }]).map(outlineOf)).toEqual([
      { kind: 'account', scope: 'us', provider: null, modelId: null, ...COMMON, to: FROM + 10, cause: 'bad_token' },
    ]);
  });

  test('is told of the provider that alone refuses it', () => {
    const [incident] = found([{ ...refused, scope: 'provider', provider: 'provider-1' }]);
    expect(outlineOf(incident!)).toMatchObject({ kind: 'account', scope: 'provider', provider: 'provider-1' });
    expect(incident!.says).toStartWith('provider-1 refused a token that others accepted.');
  });
});

test('an endpoint that stays down when its provider is back has an incident of its own', () => {
  const incidents = found([
    { ...DOWN, scope: 'provider', provider: 'provider-0' },
    { ...DOWN, to: FROM + 30, scope: 'endpoint', modelId: 'acme/Model-1', provider: 'provider-0' },
  ]);
  expect(incidents.map(outlineOf)).toMatchObject([
    { scope: 'provider', from: FROM, to: FROM + 2 },
    { scope: 'endpoint', modelId: 'acme/Model-1', from: FROM, to: FROM + 30 },
  ]);
});

test('an endpoint that comes back a cycle late is no incident of its own, though the interval was shortened since', () => {
  const troubles = [
    { ...DOWN, scope: 'provider', provider: 'provider-0' },
    { ...DOWN, to: FROM + 3, scope: 'endpoint', modelId: 'acme/Model-1', provider: 'provider-0' },
  ] as const;
  for (const intervalMs of [INTERVAL_MS, 20_000]) {
    expect(found(troubles, {}, intervalMs).map(outlineOf)).toMatchObject([{ scope: 'provider', from: FROM }]);
  }
});

test('a target that is asked no more after it failed is over for lack of data', () => {
  const finder = new OutageFinder({ location: LOCATION, intervalMs: INTERVAL_MS });
  for (let cycle = 0; cycle < 60; cycle++) {
    const fails = cycle >= 55;
    const outcome = fails ? { outcome: 'target_error' as const, errorClass: 'http_5xx' as const } : {};
    finder.see(aSample({ dueAtMs: WORLD_BEGAN_MS + cycle * INTERVAL_MS, ...outcome }));
  }
  const [incident] = finder.finish(WORLD_BEGAN_MS + (59 + 48) * INTERVAL_MS);
  expect(outlineOf(incident!)).toMatchObject({ from: 55, to: 59, endReason: 'no_data' });
});
