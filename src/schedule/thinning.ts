import { DAY_MS } from '../domain/utc-day.ts';

/** Amounts are sums of many small ones; what they differ by beyond this is not meant. */
const SLACK = 1e-9;

/** Where a cycle stands among those of its UTC day. */
export interface PlaceInDay {
  /** From 0. */
  readonly index: number;
  /** Grid points of that day, at least 1. */
  readonly count: number;
}

/** @param dueAtMs Unix ms; between two points of the grid it counts as the one before */
export function placeInDay(dueAtMs: number, intervalMs: number): PlaceInDay {
  const dayMs = Math.floor(dueAtMs / DAY_MS) * DAY_MS;
  const first = Math.ceil(dayMs / intervalMs);
  const index = Math.floor(dueAtMs / intervalMs) - first;
  return { index: Math.max(index, 0), count: Math.max(Math.ceil((dayMs + DAY_MS) / intervalMs) - first, 1) };
}

/**
 * What the budget of the day leaves for questions beside the cycles: what the cycles still to come, or as many of them as are affordable,
 * are not expected to take. The one at `index` counts as still to come, since what it costs is known only when it is over.
 *
 * @returns USD; 0 where nothing is left
 */
export function leftOverUsd({ index, count, budgetUsd, spentUsd, expectedUsd }: Omit<CycleMoney, 'askedAgo'>): number {
  const leftUsd = budgetUsd - spentUsd;
  if (leftUsd <= 0) return 0;
  const toCome = Math.min(Math.floor(leftUsd / expectedUsd + SLACK), count - index);
  return Math.max(leftUsd - toCome * expectedUsd, 0);
}

/** What decides whether a cycle is asked. All of it can be read anew at any moment, so a restart changes nothing. */
export interface CycleMoney extends PlaceInDay {
  /** Of the UTC day. */
  readonly budgetUsd: number;
  /** Of it, by the cycles before. */
  readonly spentUsd: number;
  /** What this cycle, and each one after it, is expected to cost. */
  readonly expectedUsd: number;
  /** How many cycles ago one was last asked on this day, from 1; null: none was. */
  readonly askedAgo: number | null;
}

/**
 * Whether the budget of the day lets this cycle be asked. What it affords is spread evenly over the day: a cycle has its turn once a
 * growing allowance, in proportion to the part of the day that is over, covers half of its cost (so the nth of m cycles stands in the middle of
 * the nth mth of the day). After a pause, or when cycles turn out cheaper than expected, the rest is spread over the
 * rest of the day instead of being caught up at once.
 *
 * No cycle is asked that is expected to go beyond the budget; so a day goes beyond it by less than one cycle.
 */
export function isWithinBudget({ index, count, budgetUsd, spentUsd, expectedUsd, askedAgo }: CycleMoney): boolean {
  const leftUsd = budgetUsd - spentUsd;
  const left = count - index;
  const affordable = leftUsd <= 0 ? 0 : Math.floor(leftUsd / expectedUsd + SLACK);
  if (affordable === 0) return false;
  if (affordable >= left) return true;

  const allowanceUsd = ((spentUsd + affordable * expectedUsd) * (index + 1)) / count;
  const isItsTurn = spentUsd + expectedUsd / 2 <= allowanceUsd * (1 + SLACK);
  const wasAskedLately = askedAgo !== null && askedAgo < Math.floor(left / affordable);
  return isItsTurn && !wasAskedLately;
}
