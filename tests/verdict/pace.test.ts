import { expect, test } from 'bun:test';
import { paceMs } from '../../src/verdict/pace.ts';

const MINUTE_MS = 60_000;
const at = (minutes: readonly number[], probeKind = 'standard') =>
  minutes.map((minute) => ({ dueAtMs: minute * MINUTE_MS, probeKind }));

test('the pace is the interval, also where a cycle was left out now and then', () => {
  expect(paceMs(at([0, 30, 60, 120, 150, 180]), 30 * MINUTE_MS)).toBe(30 * MINUTE_MS);
  expect(paceMs([], 30 * MINUTE_MS)).toBe(30 * MINUTE_MS);
});

test('after the interval was shortened it is the old one, until most of the last cycles have the new', () => {
  const before = [0, 30, 60, 90, 120, 150];
  expect(paceMs(at([...before, 151]), MINUTE_MS)).toBe(30 * MINUTE_MS);
  expect(paceMs(at([...before, 151, 152, 153, 154, 155]), MINUTE_MS)).toBe(MINUTE_MS);
});

test('confirms between two cycles make it no faster', () => {
  const asked = [...at([0, 30]), ...at([32, 34, 36, 38], 'confirm'), ...at([60, 90])];
  expect(paceMs(asked, MINUTE_MS)).toBe(30 * MINUTE_MS);
});

test('a cycle that was tried three times is one', () => {
  const asked = at([0, 30, 60, 90, 120, 150, 150, 150, 151, 151, 151]);
  expect(paceMs(asked, MINUTE_MS)).toBe(30 * MINUTE_MS);
});
