import { wilsonInterval } from '../../domain/statistics.ts';
import { DAY_MS } from '../../domain/utc-day.ts';
import type { DayCount } from '../../ports.ts';

export type Day = DayCount;

export type Grade = 'good' | 'worse' | 'bad' | 'none';

/**
 * A day is worse than 99 %, or than 90 %, only where even the upper bound of its interval (Wilson, 95 %) is: one failure in 48 is not
 * a bad day.
 */
export function gradeOf({ ok, targetErrors }: Pick<Day, 'ok' | 'targetErrors'>): Grade {
  const interval = wilsonInterval(ok, ok + targetErrors);
  if (interval === null) return 'none';
  if (interval.high < 0.9) return 'bad';
  return interval.high < 0.99 ? 'worse' : 'good';
}

/** The `count` UTC days up to the one of `untilMs`, oldest first; those without a point have nothing in them. */
export function lastDays(points: readonly Day[], untilMs: number, count: number): readonly Day[] {
  const found = new Map<number, Day>();
  for (const { atMs, ok, targetErrors } of points) {
    const dayMs = Math.floor(atMs / DAY_MS) * DAY_MS;
    const known = found.get(dayMs) ?? { ok: 0, targetErrors: 0 };
    found.set(dayMs, { atMs: dayMs, ok: known.ok + ok, targetErrors: known.targetErrors + targetErrors });
  }
  const todayMs = Math.floor(untilMs / DAY_MS) * DAY_MS;
  return Array.from({ length: count }, (_, index) => {
    const atMs = todayMs - (count - 1 - index) * DAY_MS;
    return found.get(atMs) ?? { atMs, ok: 0, targetErrors: 0 };
  });
}

/** What a row of days comes to, in words. */
export function daysInWords(days: readonly Day[]): string {
  const count = (grade: Grade) => days.filter((day) => gradeOf(day) === grade).length;
  const ok = days.reduce((sum, day) => sum + day.ok, 0);
  const trials = ok + days.reduce((sum, day) => sum + day.targetErrors, 0);
  const length = days.length === 1 ? '1 day' : `${days.length} days`;
  if (trials === 0) return `${length} without data`;
  const parts = [
    `${Math.floor((ok * 10_000) / trials) / 100}% answered over ${length}`,
    ...sayIf(count('worse'), 'surely below 99%'),
    ...sayIf(count('bad'), 'surely below 90%'),
    ...sayIf(count('none'), 'without data'),
  ];
  return parts.length === 1 ? `${parts[0]}, none surely below 99%` : parts.join(', ');
}

const sayIf = (count: number, words: string) =>
  count === 0 ? [] : [`${count} ${count === 1 ? 'day' : 'days'} ${words}`];
