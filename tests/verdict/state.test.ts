import { describe, expect, test } from 'bun:test';
import type { Sample } from '../../src/domain/sample.ts';
import { type StateContext, stateOf } from '../../src/verdict/state.ts';
import { aSample, INTERVAL_MS, samplesOf, WORLD_BEGAN_MS } from '../support/sample-world.ts';

const CYCLES = 900;
const ENDPOINT = { modelId: 'acme/Model-0', provider: 'provider-0' };
const NOW_MS = WORLD_BEGAN_MS + (CYCLES - 1) * INTERVAL_MS + 60_000;
const dueAt = (cycle: number) => WORLD_BEGAN_MS + cycle * INTERVAL_MS;

function history(rest: Partial<Parameters<typeof samplesOf>[0]> = {}): Sample[] {
  return samplesOf({
    seed: 'state',
    cycles: CYCLES,
    endpoints: [ENDPOINT],
    failureRates: [0.01],
    confirms: false,
    ...rest,
  });
}

const state = (samples: readonly Sample[], context: Partial<StateContext> = {}) =>
  stateOf(samples, { nowMs: NOW_MS, intervalMs: INTERVAL_MS, others: [], isDelisted: false, ...context });

/** The last cycles meet this instead. */
function endingWith(count: number, overrides: Partial<Sample>): Sample[] {
  const samples = history({ failureRates: [0] });
  const whose = { modelId: ENDPOINT.modelId, providerName: ENDPOINT.provider };
  const last = Array.from({ length: count }, (_, i) =>
    aSample({ ...whose, dueAtMs: dueAt(CYCLES - count + i), ...overrides }),
  );
  return [...samples.slice(0, -count), ...last];
}

describe('a target', () => {
  test('is known as well as before when the interval has just become shorter', () => {
    const verdict = state(history({ failureRates: [0] }), { intervalMs: 60_000, nowMs: dueAt(CYCLES - 1) + 30_000 });
    expect(verdict).toMatchObject({ state: 'healthy', n: 6, matching: 6 });
  });

  test('that answers is healthy, and close to its usual speed', () => {
    const verdict = state(history({ failureRates: [0] }));
    expect(verdict).toMatchObject({ state: 'healthy', n: 6, matching: 6, lastAtMs: dueAt(CYCLES - 1) });
    expect(verdict.slowdown).toBeWithin(0.4, 2.5);
  });

  test('that failed in its last two cycles and usually answers is down since the first', () => {
    const verdict = state(endingWith(2, { outcome: 'target_error', errorClass: 'http_5xx' }));
    expect(verdict).toMatchObject({ state: 'down', beganAtMs: dueAt(CYCLES - 2), matching: 2 });
  });

  test('that fails every fifth time is not down for failing twice', () => {
    const samples = history({ failureRates: [0.2] }).slice(0, -2);
    const whose = { modelId: ENDPOINT.modelId, providerName: ENDPOINT.provider };
    for (const cycle of [CYCLES - 2, CYCLES - 1])
      samples.push(aSample({ ...whose, dueAtMs: dueAt(cycle), outcome: 'target_error', errorClass: 'http_5xx' }));
    expect(state(samples).state).toBe('healthy');
  });

  test('is not down for trouble of the router or of ours', () => {
    for (const outcome of ['router_error', 'prober_error'] as const)
      expect(state(endingWith(8, { outcome })).state).toBe('no_data');
  });

  test('that takes three times as long as usual is slow', () => {
    const changes = [{ ...ENDPOINT, metric: 'ttftMs' as const, times: 3, from: CYCLES - 48, to: CYCLES }];
    const verdict = state(history({ changes }));
    expect(verdict.state).toBe('slow');
    expect(verdict.beganAtMs! - dueAt(CYCLES - 48)).toBeWithin(-6 * INTERVAL_MS, 7 * INTERVAL_MS);
    expect(verdict.slowdown).toBeGreaterThan(1.5);
  });

  test('that limits us is limited', () => {
    const verdict = state(endingWith(4, { outcome: 'rate_limited', errorClass: 'http_429' }));
    expect(verdict).toMatchObject({ state: 'limited', beganAtMs: dueAt(CYCLES - 4), matching: 4 });
  });

  test('that refuses a token which others accept refuses us; otherwise it is our account', () => {
    const refused = endingWith(3, { outcome: 'account_error', errorClass: 'forbidden' });
    const others = [aSample({ providerName: 'provider-1', dueAtMs: dueAt(CYCLES - 1) })];
    expect(state(refused, { others }).state).toBe('refuses_us');
    expect(
      state(refused, { others: others.map((other) => ({ ...other, outcome: 'account_error' as const })) }).state,
    ).toBe('our_account');
  });

  test('that is listed no more is delisted', () => {
    expect(state(history(), { isDelisted: true }).state).toBe('delisted');
  });

  test('of which nothing was heard for two intervals has no data', () => {
    expect(state(history().slice(0, -2)).state).toBe('no_data');
    expect(state([])).toMatchObject({ state: 'no_data', n: 0, lastAtMs: null, slowdown: null });
  });

  test('that was asked twice has no data yet, and n says so', () => {
    expect(state(history().slice(-2))).toMatchObject({ state: 'no_data', n: 2 });
  });
});
