import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { alignClocks } from '../../../src/probe/calibration/align-clocks.ts';
import type { ClockPing } from '../../../src/probe/types.ts';

/** A ping as it would be seen, whatever its ways there and back took. */
const pingAt = (askedAtMs: number, thereMs: number, backMs: number, offsetMs: number): ClockPing => ({
  askedAtMs,
  theirsMs: askedAtMs + thereMs + offsetMs,
  answeredAtMs: askedAtMs + thereMs + backMs,
});

test('one ping bounds the offset by half of its round trip', () => {
  expect(alignClocks([pingAt(100, 1, 1, 5_000)])).toEqual({ offsetMs: 5_000, boundMs: 1 });
});

test('pings that were slow on one way each bound it better together than the quickest alone', () => {
  const pings = [pingAt(100, 0, 8, 5_000), pingAt(200, 8, 0, 5_000), pingAt(300, 2, 2, 5_000)];
  expect(alignClocks(pings)).toEqual({ offsetMs: 5_000, boundMs: 0 });
});

test('the true offset is never further away than the bound, and the bound never more than half of the shortest round trip', () => {
  const way = fc.integer({ min: 0, max: 50_000 });
  const pings = fc.array(fc.tuple(fc.integer({ min: 0, max: 10 ** 9 }), way, way), { minLength: 1, maxLength: 30 });
  fc.assert(
    fc.property(pings, fc.integer({ min: -(10 ** 9), max: 10 ** 9 }), (ways, offsetMs) => {
      const { offsetMs: found, boundMs } = alignClocks(
        ways.map(([at, there, back]) => pingAt(at, there, back, offsetMs)),
      )!;
      expect(Math.abs(found - offsetMs)).toBeLessThanOrEqual(boundMs);
      expect(boundMs).toBeLessThanOrEqual(Math.min(...ways.map(([, there, back]) => (there + back) / 2)));
    }),
  );
});

test('without pings, and when one clock was replaced by another between two of them, there is no offset', () => {
  expect(alignClocks([])).toBeNull();
  expect(alignClocks([pingAt(100, 1, 1, 5_000), pingAt(200, 1, 1, -3_000)])).toBeNull();
});
