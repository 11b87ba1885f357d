import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { percentile, wilsonInterval } from '../../src/domain/statistics.ts';

const upTo = (n: number) => Array.from({ length: n }, (_, i) => i + 1);

describe('percentile', () => {
  test.each([
    [50, 5],
    [90, 20],
    [95, 40],
    [99, 200],
  ] as const)('p%i needs %i samples', (p, least) => {
    expect(percentile(upTo(least - 1), p)).toBeNull();
    expect(percentile(upTo(least), p)).not.toBeNull();
  });

  test('is nearest-rank, never interpolated', () => {
    expect(percentile([5, 1, 4, 2, 3, 6], 50)).toBe(3);
    expect(percentile(upTo(40), 95)).toBe(38);
    expect(percentile(upTo(41), 95)).toBe(39);
    expect(percentile(upTo(200), 99)).toBe(198);
    expect(percentile(upTo(20), 90)).toBe(18);
  });

  test('is the smallest sample that at least p % do not exceed', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer(), { minLength: 40, maxLength: 300 }),
        fc.constantFrom(50, 90, 95),
        (samples, p) => {
          const value = percentile(samples, p)!;
          const share = (test: (sample: number) => boolean) => samples.filter(test).length * 100;
          expect(samples).toContain(value);
          expect(share((sample) => sample <= value)).toBeGreaterThanOrEqual(p * samples.length);
          expect(share((sample) => sample < value)).toBeLessThan(p * samples.length);
        },
      ),
    );
  });
});

describe('the Wilson interval', () => {
  test('of 48 out of 48 only proves 92.6 %', () => {
    const { low, high } = wilsonInterval(48, 48)!;
    expect(low).toBeCloseTo(0.926, 3);
    expect(high).toBe(1);
  });

  test('agrees with published values', () => {
    const half = wilsonInterval(5, 10)!;
    expect(half.low).toBeCloseTo(0.2366, 4);
    expect(half.high).toBeCloseTo(0.7634, 4);
    expect(wilsonInterval(0, 10)!.high).toBeCloseTo(0.2775, 4);
  });

  test('is unknown without trials', () => {
    expect(wilsonInterval(0, 0)).toBeNull();
  });

  test('holds the rate, lies within 0..1 and mirrors itself', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10_000 }), fc.double({ min: 0, max: 1, noNaN: true }), (trials, part) => {
        const successes = Math.floor(part * trials);
        const { low, high } = wilsonInterval(successes, trials)!;
        const mirrored = wilsonInterval(trials - successes, trials)!;
        expect(low).toBeGreaterThanOrEqual(0);
        expect(low).toBeLessThanOrEqual(successes / trials);
        expect(high).toBeGreaterThanOrEqual(successes / trials);
        expect(high).toBeLessThanOrEqual(1);
        expect(mirrored.low).toBeCloseTo(1 - high, 9);
      }),
    );
  });
});
