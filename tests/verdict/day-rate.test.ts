import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { flooredPercent, wilsonInterval } from '../../src/domain/statistics.ts';
import { DayRate } from '../../src/verdict/day-rate.ts';
import { CYCLE_MS, DAY_MS } from '../support/a-sample.ts';

function rateOf(results: readonly boolean[], spacingMs = CYCLE_MS) {
  const counted = new DayRate();
  results.forEach((isSuccess, i) => {
    counted.add(i * spacingMs, isSuccess);
  });
  return counted.rate();
}

const days = (...failuresPerDay: readonly number[]) =>
  failuresPerDay.flatMap((failures) => Array.from({ length: 48 }, (_, i) => i >= failures));

describe('a rate', () => {
  test('of nothing is unknown, not zero', () => {
    expect(rateOf([])).toEqual({ successes: 0, trials: 0, rate: null, interval: null });
  });

  test('of 48 successes in 48 only proves 92.6 %', () => {
    const { rate, interval } = rateOf(days(0));
    expect(rate).toBe(1);
    expect(interval!.low).toBeCloseTo(0.926, 3);
    expect(interval!.high).toBe(1);
  });

  test('whose failures are spread evenly over the days has the interval of independent trials', () => {
    expect(rateOf(days(2, 2, 2, 2)).interval!.low).toBeCloseTo(wilsonInterval(184, 192)!.low, 12);
  });

  test('whose failures all fell on one day is known less well', () => {
    const spread = rateOf(days(4, 4, 4, 4, 4, 4)).interval!;
    const clustered = rateOf(days(0, 0, 24, 0, 0, 0)).interval!;
    expect(clustered.high - clustered.low).toBeGreaterThan(2 * (spread.high - spread.low));
  });

  test('of fewer than three days is taken as independent trials', () => {
    expect(rateOf(days(0, 24)).interval).toEqual(wilsonInterval(72, 96));
  });

  test('lies within its interval, and the interval within 0..1', () => {
    fc.assert(
      fc.property(
        fc.array(fc.boolean(), { minLength: 1, maxLength: 300 }),
        fc.constantFrom(CYCLE_MS, DAY_MS),
        (results, spacing) => {
          const { rate, interval } = rateOf(results, spacing);
          expect(interval!.low).toBeGreaterThanOrEqual(0);
          expect(interval!.low).toBeLessThanOrEqual(rate!);
          expect(interval!.high).toBeGreaterThanOrEqual(rate!);
          expect(interval!.high).toBeLessThanOrEqual(1);
        },
      ),
    );
  });
});

describe('a floored percentage', () => {
  test('is never rounded up', () => {
    expect(flooredPercent(9999, 10_000)).toBe(99.9);
    expect(flooredPercent(9996, 10_000, 2)).toBe(99.96);
    expect(flooredPercent(29, 100)).toBe(29);
  });

  test('of nothing is unknown', () => {
    expect(flooredPercent(0, 0)).toBeNull();
  });

  test('is 100 exactly when all succeeded', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 10_000_000 }),
        fc.nat(),
        fc.constantFrom(0, 1, 2),
        (trials, failed, decimals) => {
          const failures = failed % (trials + 1);
          const percent = flooredPercent(trials - failures, trials, decimals)!;
          expect(percent === 100).toBe(failures === 0);
          expect(percent).toBeLessThanOrEqual((100 * (trials - failures)) / trials + 1e-9);
        },
      ),
    );
  });
});
