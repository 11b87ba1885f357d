import { expect, test } from 'bun:test';
import { backoffMs } from '../../src/lib/backoff.ts';

const BACKOFF = { baseMs: 1_000, capMs: 10_000 };
const almostOne = () => 1 - Number.EPSILON;

test('the limit of the wait doubles with each try, up to the cap', () => {
  const limits = [1, 2, 3, 4, 5, 6].map((tries) => Math.round(backoffMs(tries, BACKOFF, almostOne)));
  expect(limits).toEqual([1_000, 2_000, 4_000, 8_000, 10_000, 10_000]);
});

test('the wait is anywhere below the limit', () => {
  expect(backoffMs(3, BACKOFF, () => 0)).toBe(0);
  expect(backoffMs(3, BACKOFF, () => 0.25)).toBe(1_000);
});

test('a thousand tries still wait no longer than the cap', () => {
  expect(backoffMs(1_000, BACKOFF, almostOne)).toBeLessThanOrEqual(10_000);
});
