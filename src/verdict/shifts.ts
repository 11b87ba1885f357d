import type { Series } from './level-shifts.ts';

/** A lasting change of one metric of one target, and what became of it. */
export interface Shift {
  readonly metric: ShiftMetric;
  readonly startedAtMs: number;
  readonly noticedAtMs: number;
  /** Null while the level is new and holds. */
  readonly endedAtMs: number | null;
  /** The old level is back, or the new one has been there for 14 days, or a further one followed it. */
  readonly endReason: 'recovered' | 'new_normal' | null;
  /** Old and new level, in the metric's unit. */
  readonly from: number;
  readonly to: number;
  /** New over old, with its interval (95 %). */
  readonly ratio: number;
  readonly low: number;
  readonly high: number;
  /** Samples at each level. */
  readonly before: number;
  readonly since: number;
  /** Attempts that show the new level, oldest first, at most 50. */
  readonly evidence: readonly string[];
}

export const LEVEL_METRICS = ['ttftMs', 'tpotMs', 'completionTokens'] as const;
export type LevelMetric = (typeof LEVEL_METRICS)[number];
export type ShiftMetric = LevelMetric | 'priceUsdPerMtok' | 'availability';

export const MOST_EVIDENCE = 50;

/** A series that grows, and the attempts that show its values. */
export interface Column extends Series {
  readonly atMs: number[];
  readonly values: number[];
  readonly attemptIds: string[];
}
