import { logLikelihood } from './x-log-x.ts';

/** A series parted in two: what was before from what is since. */
export interface Split {
  /** Index of the first value of the later part. */
  readonly at: number;
  /** How far beyond noise the two differ: about a normal deviate, positive where the later part is higher. */
  readonly score: number;
  /** Means of the two parts; of a series of yes and no, shares. */
  readonly before: number;
  readonly since: number;
}

/** Any split of one series, each in constant time. */
export interface Splits {
  readonly length: number;
  /** @param index from 1 up to the last one */
  at(index: number): Split;
  scoreAt(index: number): number;
}

export interface Least {
  readonly before: number;
  readonly since: number;
}

/** The one with the largest score, up or down; null where there are too few values. */
export function bestSplit(splits: Splits, { before, since }: Least): Split | null {
  let best: number | null = null;
  let highest = 0;
  for (let at = before; at <= splits.length - since; at++) {
    const score = Math.abs(splits.scoreAt(at));
    if (best !== null && score <= highest) continue;
    best = at;
    highest = score;
  }
  return best === null ? null : splits.at(best);
}

/**
 * Of a series of levels: the score is the difference of means over its standard error. Outliers are pulled in. The noise is what is left around the best split, widened by what neighbours have in common:
 * (1 + r) / (1 − r) times the variance with lag-1 correlation r.
 */
export function levelSplits(values: readonly number[], least: Least): Splits {
  const tamed = withoutOutliers(values);
  const plain = scored(tamed, (before, since, n1, n2) => (since - before) / Math.sqrt(1 / n1 + 1 / n2));
  const best = bestSplit(plain, least);
  const error = Math.max(best === null ? Number.POSITIVE_INFINITY : noiseAround(best, tamed), 1e-3);
  return {
    length: values.length,
    at: (index) => ({ ...plain.at(index), score: plain.scoreAt(index) / error }),
    scoreAt: (index) => plain.scoreAt(index) / error,
  };
}

/** Further than four deviations (by the median absolute one) from the median of itself and two neighbours on each side is pulled in to there: a shift stays. */
function withoutOutliers(values: readonly number[]): readonly number[] {
  if (values.length === 0) return values;
  const usual = medianOf(values);
  const reach = 4 * 1.4826 * medianOf(values.map((value) => Math.abs(value - usual)));
  return values.map((value, i) => {
    if (Math.abs(value - usual) <= reach) return value;
    const middle = medianOf(values.slice(Math.max(0, i - 2), i + 3));
    return Math.min(middle + reach, Math.max(middle - reach, value));
  });
}

function noiseAround({ at, before, since }: Split, values: readonly number[]): number {
  let [squares, products, last] = [0, 0, 0];
  for (let i = 0; i < values.length; i++) {
    const residual = values[i]! - (i < at ? before : since);
    squares += residual * residual;
    products += residual * last;
    last = residual;
  }
  const shared = squares === 0 ? 0 : Math.min(0.8, Math.max(0, products / squares));
  return Math.sqrt((squares / values.length) * ((1 + shared) / (1 - shared)));
}

/** Of a series of 0 and 1: the score is the signed root of the likelihood ratio against no split, √(2 log LR). */
export function rateSplits(values: readonly (0 | 1)[]): Splits {
  return scored(values, (before, since, n1, n2) => {
    const [first, second] = [Math.round(before * n1), Math.round(since * n2)];
    const apart = logLikelihood(first, n1) + logLikelihood(second, n2);
    const ratio = 2 * (apart - logLikelihood(first + second, n1 + n2));
    return Math.sign(since - before) * Math.sqrt(Math.max(0, ratio));
  });
}

function scored(
  values: readonly number[],
  scoreOf: (before: number, since: number, n1: number, n2: number) => number,
): Splits {
  const sums = new Float64Array(values.length + 1);
  for (let i = 0; i < values.length; i++) sums[i + 1] = sums[i]! + values[i]!;
  const total = sums.at(-1)!;
  const length = values.length;
  const scoreAt = (at: number) => scoreOf(sums[at]! / at, (total - sums[at]!) / (length - at), at, length - at);
  return {
    length,
    at: (at) => ({ at, before: sums[at]! / at, since: (total - sums[at]!) / (length - at), score: scoreAt(at) }),
    scoreAt,
  };
}

/** Of at least one value. */
export function medianOf(values: ArrayLike<number>): number {
  const copy = new Float64Array(values);
  const middle = copy.length >> 1;
  select(copy, middle);
  if (copy.length % 2 === 1) return copy[middle]!;
  let below = copy[0]!;
  for (let i = 1; i < middle; i++) if (copy[i]! > below) below = copy[i]!;
  return (below + copy[middle]!) / 2;
}

/** Moves values about until the one that belongs at `place` is there, none above it before, none below it behind (C. A. R. Hoare, "Find", 1961). */
function select(values: Float64Array, place: number): void {
  let [low, high] = [0, values.length - 1];
  while (low < high) {
    const pivot = values[(low + high) >> 1]!;
    let [i, j] = [low, high];
    while (i <= j) {
      while (values[i]! < pivot) i++;
      while (values[j]! > pivot) j--;
      if (i > j) break;
      const value = values[i]!;
      values[i++] = values[j]!;
      values[j--] = value;
    }
    if (place <= j) high = j;
    else if (place >= i) low = i;
    else return;
  }
}
