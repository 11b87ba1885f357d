import { expect, test } from 'bun:test';
import { seededRandom } from '../../src/lib/random.ts';
import { changePointsOf } from '../../src/verdict/changes.ts';
import { aSample, INTERVAL_MS, samplesOf, WORLD_BEGAN_MS } from '../support/sample-world.ts';

const ENDPOINT = { modelId: 'acme/Model-0', provider: 'provider-0' };
const dueAt = (cycle: number) => WORLD_BEGAN_MS + cycle * INTERVAL_MS;

test('a change has its date, its size with an interval, and how much it rests on', () => {
  const changes = [{ ...ENDPOINT, metric: 'ttftMs' as const, times: 1.6, from: 1000, to: 1336 }];
  const points = changePointsOf(
    samplesOf({ seed: 'sizes', cycles: 1336, endpoints: [ENDPOINT], failureRates: [0], changes }),
  );
  expect(points.map(({ metric }) => metric)).toEqual(['ttftMs']);
  const { atMs, ratio, low, high, before, since } = points[0]!;
  expect(Math.abs(atMs - dueAt(1000))).toBeLessThan(24 * INTERVAL_MS);
  expect(low).toBeLessThan(1.6);
  expect(high).toBeGreaterThan(1.6);
  expect(ratio).toBeWithin(low, high);
  expect(before + since).toBe(1336);
});

test('a target that fails every fourth time instead of every hundredth has become less available', () => {
  const random = seededRandom('availability');
  const samples = Array.from({ length: 1400 }, (_, cycle) => {
    const fails = random() < (cycle < 1000 ? 0.01 : 0.25);
    return aSample({
      dueAtMs: dueAt(cycle),
      ...(fails && { outcome: 'target_error', errorClass: 'http_5xx', ttftMs: null }),
    });
  });
  const points = changePointsOf(samples);
  expect(points.map(({ metric }) => metric)).toEqual(['availability']);
  expect(Math.abs(points[0]!.atMs - dueAt(1000))).toBeLessThan(48 * INTERVAL_MS);
  expect(points[0]!.ratio).toBeWithin(0.65, 0.9);
});

test('an outage is not told a second time as a change of availability', () => {
  const trouble = { scope: 'router', from: 1000, to: 1100, outcome: 'target_error', errorClass: 'http_5xx' } as const;
  const samples = samplesOf({
    seed: 'out',
    cycles: 1400,
    endpoints: [ENDPOINT],
    failureRates: [0],
    troubles: [trouble],
  });
  expect(changePointsOf(samples).filter(({ metric }) => metric === 'availability')).toEqual([]);
});

test('another question begins another series', () => {
  const samples = Array.from({ length: 1400 }, (_, cycle) => {
    const isNew = cycle >= 700;
    return aSample({ dueAtMs: dueAt(cycle), questionId: isNew ? 'b' : 'a', completionTokens: isNew ? 90 : 600 });
  });
  expect(changePointsOf(samples)).toEqual([]);
});

test('a price that becomes something after it was nothing has a ratio all the same', () => {
  const samples = Array.from({ length: 20 }, (_, cycle) => {
    const price = cycle < 10 ? 0 : 0.5;
    return aSample({ dueAtMs: dueAt(cycle), priceInputUsdPerMtok: price, priceOutputUsdPerMtok: price });
  });
  expect(changePointsOf(samples)).toMatchObject([{ metric: 'priceUsdPerMtok', atMs: dueAt(10), ratio: 1000 }]);
});
