/** @returns the middle value, or the mean of the middle two; null of none */
export function median(values: readonly number[]): number | null {
  const sorted = values.toSorted((a, b) => a - b);
  const [low, high] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]];
  return low === undefined || high === undefined ? null : (low + high) / 2;
}

/** The median of each part over several runs. Null where most runs do not know it. */
export function mediansOf(runs: readonly (readonly (number | null)[])[]): readonly (number | null)[] {
  return (runs[0] ?? []).map((_, part) => {
    const known = runs.map((run) => run[part]).filter((value) => value != null);
    return known.length * 2 > runs.length ? median(known) : null;
  });
}

export interface Slope {
  /** Change of y for a change of 1 in x. */
  readonly perX: number;
  /** Half of its 95 % interval, as far as the distances from the line are independent (twice the standard error). */
  readonly errorPerX: number;
}

/** Least squares. */
export function slopeOf(points: readonly (readonly [x: number, y: number])[]): Slope {
  const n = points.length;
  const meanX = points.reduce((sum, [x]) => sum + x, 0) / n;
  const meanY = points.reduce((sum, [, y]) => sum + y, 0) / n;
  const spread = points.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0);
  const perX = points.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0) / spread;
  const residual = points.reduce((sum, [x, y]) => sum + (y - meanY - perX * (x - meanX)) ** 2, 0);
  return { perX, errorPerX: 2 * Math.sqrt(residual / (n - 2) / spread) };
}
