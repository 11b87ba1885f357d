import { describe, expect, test } from 'bun:test';
import { names } from '../../../src/lib/lists.ts';
import { moment, since, stretch } from '../../../src/lib/moments.ts';
import { byHowMuch, share, signed } from '../../../src/observe/report/words.ts';
import { aRate } from '../../support/verdict-builders.ts';

const at = (iso: string) => Date.parse(`${iso}:00Z`);
const NOW_MS = at('2026-11-25T14:30');

describe('a moment', () => {
  test.each([
    ['2026-11-25T14:18', '12 min ago', 'for 12 min'],
    ['2026-11-25T13:30', '25 Nov 13:30 UTC', 'since 25 Nov 13:30 UTC'],
    ['2026-08-04T09:05', '4 Aug 09:05 UTC', 'since 4 Aug 09:05 UTC'],
    ['2025-12-31T23:59', '31 Dec 2025 23:59 UTC', 'since 31 Dec 2025 23:59 UTC'],
    ['2026-11-25T14:31', '25 Nov 14:31 UTC', 'since 25 Nov 14:31 UTC'],
  ])('%s is relative within the hour before, otherwise in UTC', (iso, ago, lasting) => {
    expect([moment(at(iso), NOW_MS), since(at(iso), NOW_MS)]).toEqual([ago, lasting]);
  });

  test('a stretch names its day once', () => {
    expect(stretch(at('2026-11-25T10:00'), at('2026-11-25T12:30'), NOW_MS)).toBe('25 Nov 10:00–12:30 UTC');
    expect(stretch(at('2026-11-24T22:00'), at('2026-11-25T01:00'), NOW_MS)).toBe('24 Nov 22:00 – 25 Nov 01:00 UTC');
  });
});

test('a share is floored, has its interval from five trials on, and is unknown without any', () => {
  expect(share(aRate(47, 48))).toBe('97.9% (89.1–99.6)');
  expect(share(aRate(48, 48))).toBe('100% (92.5–100)');
  expect(share(aRate(99_999, 100_000))).toStartWith('99.9%');
  expect(share(aRate(3, 4))).toBe('75%');
  expect(share(aRate(0, 0))).toBe('–');
});

describe('how much more', () => {
  test.each([
    [{ ratio: 1.43, low: 1.39, high: 1.47 }, '43% more (39–47)', '+43% (39–47)'],
    [{ ratio: 0.8, low: 0.75, high: 0.85 }, '20% less (15–25)', '−20% (15–25)'],
    [{ ratio: 1.03, low: 0.97, high: 1.08 }, '3% more (−3 to 8)', '+3% (−3 to 8)'],
    [{ ratio: 3.42, low: 3.11, high: 3.79 }, '3.4 times (3.1–3.8)', '3.4 × (3.1–3.8)'],
  ])('%p', (ratio, words, narrow) => {
    expect([byHowMuch(ratio), signed(ratio)]).toEqual([words, narrow]);
  });
});

test('names are listed, the rest counted', () => {
  expect(names([])).toBe('');
  expect(names(['a'])).toBe('a');
  expect(names(['a', 'b', 'c'])).toBe('a, b and c');
  expect(names(['a', 'b', 'c', 'd', 'e', 'f'], 4)).toBe('a, b, c and 3 more');
});
