import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { latencySeries } from '../../bench/verdict-world.ts';
import { hodgesLehmann } from '../../src/verdict/hodges-lehmann.ts';
import { locationOf } from '../../src/verdict/location.ts';
import { CYCLE_MS } from '../support/a-sample.ts';

const moments = (n: number) => Float64Array.from({ length: n }, (_, i) => i * CYCLE_MS);
const locate = (values: Float64Array) => locationOf(values, moments(values.length))!;
const someValues = fc.array(fc.double({ min: -3, max: 3, noNaN: true }), { minLength: 12, maxLength: 120 });

/** By its definition, every pair written down. */
function medianOfPairMeans(values: readonly number[]): { readonly low: number; readonly high: number } {
  const means = values.flatMap((a, i) => values.slice(i).map((b) => (a + b) / 2)).sort((a, b) => a - b);
  return { low: means[Math.ceil(means.length / 2) - 1]!, high: means[Math.floor(means.length / 2)]! };
}

describe('the estimate', () => {
  test('is the median of the means of all pairs', () => {
    fc.assert(
      fc.property(someValues, (values) => {
        const { low, high } = medianOfPairMeans(values);
        const estimate = hodgesLehmann(Float64Array.from(values).sort());
        expect(estimate).toBeGreaterThanOrEqual(low - 1e-5);
        expect(estimate).toBeLessThanOrEqual(high + 1e-5);
      }),
    );
  });

  test('hardly moves when one value runs away', () => {
    const values = Float64Array.from({ length: 50 }, (_, i) => i / 50);
    const before = locate(values).estimate;
    values[49] = 1e6;
    expect(locate(values).estimate - before).toBeLessThan(0.03);
  });
});

describe('the interval', () => {
  test('of fewer than twelve values is unknown', () => {
    expect(locationOf(new Float64Array(11), moments(11))).toBeNull();
  });

  test('of values that are all alike is that value', () => {
    expect(locate(new Float64Array(20).fill(0.25))).toEqual({ estimate: 0.25, low: 0.25, high: 0.25 });
  });

  test('holds the estimate, is the same again, and holds the mirrored one of mirrored values', () => {
    fc.assert(
      fc.property(someValues, (values) => {
        const found = locate(Float64Array.from(values));
        const mirrored = locate(Float64Array.from(values, (value) => -value));
        expect(found.low).toBeLessThanOrEqual(found.estimate);
        expect(found.high).toBeGreaterThanOrEqual(found.estimate);
        expect(locate(Float64Array.from(values))).toEqual(found);
        expect(mirrored.estimate).toBeCloseTo(-found.estimate, 4);
        expect(mirrored.low).toBeLessThanOrEqual(mirrored.estimate); // ties fall on another side: not as wide to the digit
        expect(mirrored.high).toBeGreaterThanOrEqual(mirrored.estimate);
      }),
    );
  });

  test('moves and grows with its values', () => {
    fc.assert(
      fc.property(someValues, fc.double({ min: 0.1, max: 10, noNaN: true }), (values, scale) => {
        const found = locate(Float64Array.from(values));
        const scaled = locate(Float64Array.from(values, (value) => 1 + scale * value));
        expect(scaled.estimate).toBeCloseTo(1 + scale * found.estimate, 3);
      }),
    );
  });

  test.each([
    [24, 0.9],
    [48, 0.91],
    [144, 0.92],
    [336, 0.92],
  ])('of %i cycles whose noise keeps half of itself holds the truth in 95 of 100', (n, atLeast) => {
    const worlds = 400;
    let held = 0;
    for (let world = 0; world < worlds; world++) {
      const { low, high } = locate(logRatios(`${n} ${world}`, n, n < 48 ? 0 : 0.2));
      if (low <= 0 && high >= 0) held++;
    }
    expect(held / worlds).toBeGreaterThanOrEqual(atLeast);
    expect(held / worlds).toBeLessThanOrEqual(0.99);
  });

  test('does not take a daily swing for noise', () => {
    const width = (swing: number) => {
      const { low, high } = locate(logRatios('swing', 336, swing));
      return high - low;
    };
    expect(width(0.4)).toBeLessThan(1.1 * width(0));
  });
});

/** Of two providers that are alike, with busy hours half a day apart. */
function logRatios(seed: string, cycles: number, swing = 0.2): Float64Array {
  const one = latencySeries({ seed: `${seed} one`, cycles, levelMs: 300, noise: { swing } });
  const other = latencySeries({ seed: `${seed} other`, cycles, levelMs: 300, noise: { swing }, phase: 0.75 });
  return one.map((ms, cycle) => Math.log(other[cycle]! / ms));
}
