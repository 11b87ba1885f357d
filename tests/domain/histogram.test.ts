import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { Histogram } from '../../src/domain/histogram.ts';
import { PERCENTILES, percentile } from '../../src/domain/statistics.ts';

function histogramOf(lengthsMs: readonly number[]): Histogram {
  const histogram = new Histogram();
  for (const ms of lengthsMs) histogram.add(ms);
  return histogram;
}

const encodedOf = (lengthsMs: readonly number[]) => histogramOf(lengthsMs).encode();
const merged = (...parts: readonly Uint8Array[]) =>
  parts.reduce((sum, part) => sum.merge(part), new Histogram()).encode();

/** From nanoseconds to years, with what is common among them. */
const lengthMs = fc.oneof(
  fc.double({ min: 1e-6, max: 1e12, noNaN: true }),
  fc.double({ min: 0.001, max: 300_000, noNaN: true }),
  fc.constantFrom(0, 1, 1.02, 1.0404, 1000),
);
const lengths = fc.array(lengthMs, { maxLength: 400, size: 'max' });

describe('a histogram', () => {
  test('tells every percentile within 1 % of the nearest-rank percentile of the lengths themselves', () => {
    fc.assert(
      fc.property(lengths, fc.constantFrom(...PERCENTILES), (lengthsMs, p) => {
        const exact = percentile(lengthsMs, p);
        const told = histogramOf(lengthsMs).percentile(p);
        if (exact === null || exact === 0) expect(told).toBe(exact);
        else expect(Math.abs(told! / exact - 1)).toBeLessThan(0.01);
      }),
    );
  });

  test('tells no percentile of fewer lengths than it takes', () => {
    const told = (n: number) => PERCENTILES.map((p) => histogramOf(Array(n).fill(250)).percentile(p));
    expect(told(4)).toEqual([null, null, null, null]);
    expect(told(39)).toEqual([expect.any(Number), expect.any(Number), null, null]);
    expect(told(200)).not.toContain(null);
  });

  test('never tells a higher percentile that is lower', () => {
    fc.assert(
      fc.property(fc.array(lengthMs, { minLength: 200, maxLength: 300 }), (lengthsMs) => {
        const told = PERCENTILES.map((p) => histogramOf(lengthsMs).percentile(p)!);
        expect(told).toEqual(told.toSorted((a, b) => a - b));
      }),
    );
  });

  test('merged of parts is the histogram of the whole, however they are put together', () => {
    fc.assert(
      fc.property(lengths, lengths, lengths, (a, b, c) => {
        const whole = encodedOf([...a, ...b, ...c]);
        const [x, y, z] = [encodedOf(a), encodedOf(b), encodedOf(c)] as const;
        expect(merged(x, y, z)).toEqual(whole);
        expect(merged(z, x, y)).toEqual(whole);
        expect(merged(merged(x, y), z)).toEqual(whole);
        expect(merged(x, merged(y, z))).toEqual(whole);
        expect(new Histogram().merge(whole).n).toBe(a.length + b.length + c.length);
      }),
    );
  });

  test('comes back from its bytes as it was', () => {
    fc.assert(
      fc.property(lengths, (lengthsMs) => {
        const bytes = encodedOf(lengthsMs);
        const back = new Histogram().merge(bytes);
        expect(back.encode()).toEqual(bytes);
        expect(PERCENTILES.map((p) => back.percentile(p))).toEqual(
          PERCENTILES.map((p) => histogramOf(lengthsMs).percentile(p)),
        );
      }),
    );
  });

  test('counts what took no time, or less than none because a clock was set back, as zero', () => {
    const histogram = histogramOf([0, -0, -250, 1e-7, 3, 3, 3]);
    expect(histogram.n).toBe(7);
    expect(histogram.percentile(50)).toBe(0);
  });

  test('counts what took longer than 31 years as that long', () => {
    expect(encodedOf([Number.MAX_VALUE])).toEqual(encodedOf([1e12]));
  });

  test('refuses what is no number', () => {
    for (const ms of [Number.NaN, Infinity, -Infinity]) expect(() => histogramOf([ms])).toThrow(RangeError);
  });
});

describe('the encoding of a histogram', () => {
  test('is the version, the zeros, then the buckets with their counts, as the specification shows', () => {
    expect([...encodedOf([])]).toEqual([1, 0]);
    expect([...encodedOf([0, 1, 1, 260, 260, 260, 265])]).toEqual([1, 1, 0, 2, 153, 2, 3, 1, 1]);
    expect([...encodedOf([0.5])]).toEqual([1, 0, 69, 1]); // bucket -35
    expect([...encodedOf(Array(300).fill(1))]).toEqual([1, 0, 0, 172, 2]);
  });

  test.each([
    ['no bytes', [], 'version undefined is not known'],
    ['a version of the future', [2, 0], 'version 2 is not known'],
    ['nothing behind the version', [1], 'it ends inside a number'],
    ['a number that is cut', [1, 0, 4, 128], 'it ends inside a number'],
    ['a bucket without its count', [1, 0, 4], 'it ends inside a number'],
    ['an empty bucket', [1, 0, 4, 0], 'a bucket is empty'],
    ['a bucket twice', [1, 0, 4, 1, 0, 1], 'a bucket comes twice'],
    ['a bucket out of range', [1, 0, 255, 255, 3, 1], 'there is no bucket -32768'],
    ['a number that is longer than it need be', [1, 128, 0], 'longer than it need be'],
    ['a number above 2^53', [1, 255, 255, 255, 255, 255, 255, 255, 31], 'above 2^53 - 1'],
    ['a number without end', [1, ...Array(20).fill(255)], 'above 2^53 - 1'],
  ] as const)('is refused with %s', (_what, bytes, reason) => {
    const decode = () => new Histogram().merge(Uint8Array.from(bytes));
    expect(decode).toThrow('these bytes are no histogram');
    expect(decode).toThrow(reason);
  });

  test('whatever bytes are taken are the only ones for what they say', () => {
    let taken = 0;
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.nat(255), fc.nat(3)), { maxLength: 8 }), (rest) => {
        const bytes = Uint8Array.from([1, ...rest]);
        let back: Uint8Array;
        try {
          back = new Histogram().merge(bytes).encode();
        } catch (error) {
          expect(error).toBeInstanceOf(RangeError);
          return;
        }
        taken++;
        expect(back).toEqual(bytes);
      }),
      { numRuns: 500 },
    );
    expect(taken).toBeGreaterThan(50);
  });
});
