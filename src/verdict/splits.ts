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
  /** The one with the largest score, up or down; null where there are too few values. */
  readonly best: Split | null;
}

export interface Least {
  readonly before: number;
  readonly since: number;
}

function bestSplit(splits: Omit<Splits, 'best'>, { before, since }: Least): Split | null {
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
export function levelSplits({ values, sorted }: Levels, least: Least): Splits {
  const tamed = withoutOutliers(values, sorted);
  const plain = scored(tamed, (before, since, n1, n2) => (since - before) / Math.sqrt(1 / n1 + 1 / n2));
  const best = bestSplit(plain, least);
  const error = Math.max(best === null ? Number.POSITIVE_INFINITY : noiseAround(best, tamed), 1e-3);
  return {
    length: values.length,
    at: (index) => ({ ...plain.at(index), score: plain.scoreAt(index) / error }),
    scoreAt: (index) => plain.scoreAt(index) / error,
    best: best && { ...best, score: best.score / error },
  };
}

/** Further than four deviations (by the median absolute one) from the median of itself and two neighbours on each side is pulled in to there: a shift stays. */
function withoutOutliers(values: readonly number[], sorted: readonly number[]): readonly number[] {
  if (values.length === 0) return values;
  const usual = middleOf(sorted);
  const reach = 4 * 1.4826 * deviationOf(sorted, usual);
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
export function rateSplits(values: readonly (0 | 1)[], least: Least): Splits {
  const splits = scored(values, (before, since, n1, n2) => {
    const [first, second] = [Math.round(before * n1), Math.round(since * n2)];
    const apart = logLikelihood(first, n1) + logLikelihood(second, n2);
    const ratio = 2 * (apart - logLikelihood(first + second, n1 + n2));
    return Math.sign(since - before) * Math.sqrt(Math.max(0, ratio));
  });
  return {
    ...splits,
    get best() {
      return bestSplit(splits, least);
    },
  };
}

function scored(
  values: readonly number[],
  scoreOf: (before: number, since: number, n1: number, n2: number) => number,
): Omit<Splits, 'best'> {
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
export const medianOf = (values: ArrayLike<number>): number => middleOf(new Float64Array(values).sort());

export function middleOf(sorted: ArrayLike<number>): number {
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Median of the distances from a value among them. Distances rise to both sides of it, so that the nearest half is found from within. */
function deviationOf(sorted: readonly number[], usual: number): number {
  const n = sorted.length;
  let above = placeOf(sorted, usual);
  let below = above - 1;
  let [last, distance] = [0, 0];
  for (let nth = 0; nth <= n >> 1; nth++) {
    const up = above < n ? sorted[above]! - usual : Number.POSITIVE_INFINITY;
    const down = below >= 0 ? usual - sorted[below]! : Number.POSITIVE_INFINITY;
    last = distance;
    if (up < down) above++;
    else below--;
    distance = Math.min(up, down);
  }
  return n % 2 === 1 ? distance : (last + distance) / 2;
}

/** How many are below a value. */
function placeOf(sorted: readonly number[], value: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** A growing series of levels, and the same in order: kept so rather than sorted anew with each value. */
export class Levels {
  readonly values: number[] = [];
  #sorted: number[] | null = null;

  add(value: number): void {
    this.values.push(value);
    this.#sorted?.splice(placeOf(this.#sorted, value), 0, value);
  }

  get sorted(): readonly number[] {
    this.#sorted ??= Array.from(Float64Array.from(this.values).sort());
    return this.#sorted;
  }
}
