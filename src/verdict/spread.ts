import { nearestRank, type Percentile } from '../domain/statistics.ts';
import type { Spread } from '../domain/verdict.ts';

/** Null among the values is unknown and not counted. */
export function spreadOf(values: readonly (number | null)[]): Spread {
  const known = new Float64Array(values.filter((value) => value !== null)).sort();
  const at = (p: Percentile) => {
    const rank = nearestRank(known.length, p);
    return rank === null ? null : known[rank - 1]!;
  };
  return { n: known.length, p10: at(10), p50: at(50), p90: at(90), p95: at(95), p99: at(99) };
}
