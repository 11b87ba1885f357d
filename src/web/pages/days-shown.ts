import type { z } from 'zod';
import { DAY_MS } from '../../domain/utc-day.ts';
import type { HistoryPoint, Window } from '../../ports.ts';
import { type Day, lastDays } from '../charts/days.ts';
import { day } from '../charts/words.ts';
import type { History } from '../schemas/answers.ts';
import type { Read } from './page.tsx';

export const DAYS_SHOWN = 90;

/** Whole days of UTC, the one that is not over yet included. */
export function lastNinetyDays(nowMs: number): Window {
  const todayMs = Math.floor(nowMs / DAY_MS) * DAY_MS;
  return { sinceMs: todayMs - (DAYS_SHOWN - 1) * DAY_MS, untilMs: nowMs };
}

/** Whole days that are in memory, whatever becomes of the store. */
export const DAYS_AT_HAND = 29;

export const daysAtHand = (nowMs: number): Window => ({
  sinceMs: lastNinetyDays(nowMs).sinceMs + (DAYS_SHOWN - DAYS_AT_HAND) * DAY_MS,
  untilMs: nowMs,
});

/** What is known of ninety days; where the store cannot be read, of those at hand. */
export async function ofNinetyDays<Known>(read: Read, nowMs: number, of: (window: Window) => Promise<Known>) {
  const [all, atHand] = [lastNinetyDays(nowMs), daysAtHand(nowMs)];
  const what = `history before ${day(atHand.sinceMs)}. Recent data is complete`;
  return (await read<Known | null>(what, () => of(all), null)) ?? of(atHand);
}

/** Points as published, as charts take them. */
export const pointsOf = (points: z.output<typeof History>['points']): readonly HistoryPoint[] =>
  points.map(({ at, span_ms, target_errors, ...rest }) => ({
    ...rest,
    atMs: Date.parse(at),
    spanMs: span_ms,
    targetErrors: target_errors,
  }));

export const daysOf = (points: readonly HistoryPoint[], nowMs: number): readonly Day[] =>
  lastDays(points, nowMs, DAYS_SHOWN);

/** First attempts of all days together. */
export function uptimeOf(days: readonly Day[]): { readonly successes: number; readonly trials: number } {
  const successes = days.reduce((sum, { ok }) => sum + ok, 0);
  return { successes, trials: successes + days.reduce((sum, { targetErrors }) => sum + targetErrors, 0) };
}
