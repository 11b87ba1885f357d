import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { Calendar, calendarOf } from '../../../src/web/charts/calendar.tsx';
import { type Day, daysInWords, gradeOf, lastDays } from '../../../src/web/charts/days.ts';
import { barsOf, pairedBars, Ribbon } from '../../../src/web/charts/ribbon.tsx';
import { HOSTILE, numbersIn } from './places.ts';

const DAY_MS = 24 * 3600 * 1000;
/** A Saturday. */
const LAST = Date.parse('2026-08-01T00:00:00Z');

const aDay = (ok: number, targetErrors = 0, daysAgo = 0): Day => ({ atMs: LAST - daysAgo * DAY_MS, ok, targetErrors });
const someDays = fc
  .array(fc.tuple(fc.nat(500), fc.nat(500)), { maxLength: 120 })
  .map((all) => all.map(([ok, errors], index) => aDay(ok, errors, all.length - 1 - index)));

describe('a day', () => {
  test('is not bad for one failure in 48: its interval still holds 99 %', () => {
    expect(gradeOf(aDay(47, 1))).toBe('good');
  });

  test('is worse only where even the upper bound is below 99 %', () => {
    expect([gradeOf(aDay(44, 4)), gradeOf(aDay(940, 60))]).toEqual(['worse', 'worse']);
  });

  test('is bad only where even the upper bound is below 90 %', () => {
    expect([gradeOf(aDay(40, 8)), gradeOf(aDay(20, 28))]).toEqual(['worse', 'bad']);
  });

  test('without a first attempt is unknown, never good', () => {
    expect(gradeOf(aDay(0))).toBe('none');
  });
});

describe('the last days', () => {
  test('are all there, oldest first, those without data too', () => {
    const days = lastDays([aDay(48, 0, 2), aDay(40, 8)], LAST + 13 * 3_600_000, 4);
    expect(days.map(({ ok }) => ok)).toEqual([0, 48, 0, 40]);
    expect(days.at(-1)?.atMs).toBe(LAST);
  });

  test('add up stretches shorter than a day', () => {
    const hours = [1, 2, 3].map((hour) => ({ atMs: LAST + hour * 3_600_000, ok: 2, targetErrors: 1 }));
    expect(lastDays(hours, LAST + DAY_MS - 1, 1)).toEqual([aDay(6, 3)]);
  });

  test('say in words what they come to, floored', () => {
    expect(daysInWords([aDay(9999, 1), aDay(48)])).toBe('99.99% answered over 2 days, none surely below 99%');
    expect(daysInWords([aDay(44, 4), aDay(20, 28), aDay(0)])).toBe(
      '66.66% answered over 3 days, 1 day surely below 99%, 1 day surely below 90%, 1 day without data',
    );
    expect(daysInWords([aDay(0), aDay(0)])).toBe('2 days without data');
  });
});

describe('a ribbon', () => {
  test('is taller the worse a day was', () => {
    const heights = barsOf([aDay(48), aDay(44, 4), aDay(20, 28), aDay(0, 48), aDay(0)]).map(({ height }) => height);
    expect(heights).toEqual([42, 71.3, 90.74, 100, 0]);
  });

  test('shows a day without data as a stub', () => {
    expect(String(<Ribbon days={[aDay(0)]} whose="cobalt" />)).toContain('<path class="stub" d="M0 100h0.68z"></path>');
  });

  test('has a step of its picture for each day, and no bar where another grade has one', () => {
    const html = String(<Ribbon days={[aDay(48), aDay(0, 48), aDay(48)]} whose="cobalt" />);
    expect(html).toContain('viewBox="0 0 3 100"');
    expect(html).toContain('class="good" d="M0 100v-42h0.68v42zm2 0v-42h0.68v42z"');
    expect(html).toContain('class="bad" d="M1 100v-100h0.68v100z"');
  });

  test('hardly weighs on a page: a dozen of ninety days take less than 2 KB compressed', () => {
    const ribbons = Array.from({ length: 12 }, (_, each) => {
      const days = Array.from({ length: 90 }, (_, day) => aDay(48, (day * each) % 31 === 7 ? each : 0, 89 - day));
      return String(<Ribbon days={days} whose="cobalt" />);
    });
    expect(Bun.gzipSync(ribbons.join('')).byteLength).toBeLessThan(2000);
  });

  test('shows the worse of two days on a phone', () => {
    const days = [aDay(48, 0, 4), aDay(20, 28, 3), aDay(48, 0, 2), aDay(0, 0, 1), aDay(48)];
    expect(pairedBars(days).map(({ grade }) => grade)).toEqual(['good', 'bad', 'good']);
  });

  test('without a day is an empty picture that says so', () => {
    expect(String(<Ribbon days={[]} whose="cobalt" />)).toContain('aria-label="cobalt: 0 days without data"');
  });

  test('escapes what it is about', () => {
    expect(String(<Ribbon days={[]} whose={HOSTILE} />)).not.toContain('<script');
  });

  test('has at most 90 bars, 45 on a phone, all inside the picture', () => {
    fc.assert(
      fc.property(someDays, (days) => {
        const bars = barsOf(days);
        expect(bars.length).toBe(Math.min(90, days.length));
        expect(pairedBars(days).length).toBe(Math.ceil(bars.length / 2));
        expect(bars.every(({ height }) => height >= 0 && height <= 100)).toBe(true);
        expect(numbersIn(String(<Ribbon days={days} whose="x" />)).every((number) => Math.abs(number) <= 100)).toBe(
          true,
        );
      }),
      { numRuns: 30 },
    );
  });
});

describe('a calendar', () => {
  test('has weeks as columns, from Monday down', () => {
    const days = [aDay(48, 0, 6), aDay(48, 0, 5), aDay(48)]; // Sunday, Monday, Saturday
    expect(calendarOf(days).map(({ week, weekday }) => [week, weekday])).toEqual([
      [0, 6],
      [1, 0],
      [1, 5],
    ]);
  });

  test('signs days that were not good, and tells each in its table', () => {
    const html = String(<Calendar days={[aDay(48, 0, 2), aDay(20, 28, 1), aDay(0)]} whose="cobalt" />);
    expect(html.match(/class="sign"/g)).toHaveLength(1);
    expect(html).toContain('<tr><th scope="row">31 Jul</th><td>20</td><td>48</td><td>41.66%</td>');
    expect(html).toContain('<td>no data</td>');
  });

  test('has a name that says what was found', () => {
    const html = String(<Calendar days={[aDay(20, 28)]} whose={HOSTILE} />);
    expect(html).toContain('41.66% answered over 1 day, 1 day surely below 90%');
    expect(html).not.toContain('<script');
  });

  test('of nothing is empty', () => {
    expect(calendarOf([])).toEqual([]);
    expect(numbersIn(String(<Calendar days={[]} whose="x" />)).every(Number.isFinite)).toBe(true);
  });
});
