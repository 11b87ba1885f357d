/** Fewer samples than this say nothing about that percentile: a p95 of ten samples is their maximum. */
export const LEAST_FOR_PERCENTILE = { 10: 20, 50: 5, 90: 20, 95: 40, 99: 200 } as const;

export type Percentile = keyof typeof LEAST_FOR_PERCENTILE;

/** Those of rollups and of the dataset's day files. */
export const PERCENTILES = [50, 90, 95, 99] as const satisfies readonly Percentile[];

/**
 * Nearest-rank percentile: the smallest sample that at least `p` % of the samples do not exceed; never interpolated.
 *
 * @returns null where there are too few samples for `p` (p50 from 5, p10 and p90 from 20, p95 from 40, p99 from 200)
 */
export function percentile(samples: readonly number[], p: Percentile): number | null {
  const rank = nearestRank(samples.length, p);
  return rank === null ? null : Float64Array.from(samples).sort()[rank - 1]!;
}

/** Which of `n` samples, from 1 and in rising order, is their percentile; null where they are too few. */
export function nearestRank(n: number, p: Percentile): number | null {
  return n < LEAST_FOR_PERCENTILE[p] ? null : Math.ceil((p * n) / 100);
}

/** The 97.5th percentile of the standard normal distribution. */
const Z_95 = 1.959964;

/** Bounds of a rate, both in 0..1. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/**
 * Wilson score interval (95 %) of a rate: where the true rate may lie after `successes` out of `trials`.
 * Formula: E. B. Wilson, "Probable inference" (1927), without continuity correction. 48 of 48 gives 0.926..1.
 *
 * @returns null without trials
 */
export function wilsonInterval(successes: number, trials: number): Interval | null {
  if (trials <= 0) return null;
  const rate = successes / trials;
  const z2 = Z_95 ** 2;
  const centre = rate + z2 / (2 * trials);
  const spread = Z_95 * Math.sqrt((rate * (1 - rate)) / trials + z2 / (4 * trials ** 2));
  const scale = 1 + z2 / trials;
  return {
    low: successes === 0 ? 0 : Math.max(0, (centre - spread) / scale),
    high: successes === trials ? 1 : Math.min(1, (centre + spread) / scale),
  };
}

/** Per cent with that many decimals, never rounded up: 9,999 of 10,000 is 99.9, and only all of them are 100. Null without trials. */
export function flooredPercent(successes: number, trials: number, decimals = 1): number | null {
  const scale = 10 ** decimals;
  return trials === 0 ? null : Math.floor((successes * 100 * scale) / trials) / scale;
}
