/** Of the distance between the bounds that the search begins with: far below what any interval shows. */
const PRECISION = 1e-6;
/** Of the distance between the quartiles: the density of pair means is taken from as much on both sides of their median, some 30 % of them. */
const AROUND_MEDIAN = 0.2;

/**
 * The median of the means of all pairs, each value with itself included, which neither a heavy tail nor one bad cycle moves.
 * J. L. Hodges, E. L. Lehmann, "Estimates of location based on rank tests" (1963). Searched between bounds, by interpolation and by halving:
 * how many means lie at or below a guess is counted in one walk, so that no pair is ever written down.
 *
 * @param sorted rising, at least one
 */
export function hodgesLehmann(sorted: Float64Array): number {
  const n = sorted.length;
  const half = (n * (n + 1)) / 4;
  const quarter = Math.floor(n / 4);
  let [low, high] = [sorted[quarter]!, sorted[n - 1 - quarter]!];
  let [countLow, countHigh] = [pairMeansUpTo(low, sorted), pairMeansUpTo(high, sorted)];
  // Of values that lean far to one side it may lie beyond the quartiles.
  if (countLow >= half) [low, countLow] = [sorted[0]!, 0];
  if (countHigh < half) [high, countHigh] = [sorted[n - 1]!, 2 * half];
  const enough = PRECISION * (high - low);
  for (let step = 0; high - low > enough; step++) {
    const part = step % 3 < 2 ? (half - countLow) / (countHigh - countLow) : 0.5;
    const guess = low + (high - low) * Math.min(0.99, Math.max(0.01, part));
    // Nothing lies between the bounds any more.
    if (guess <= low || guess >= high) break;
    const count = pairMeansUpTo(guess, sorted);
    if (count >= half) [high, countHigh] = [guess, count];
    else [low, countLow] = [guess, count];
  }
  return (low + high) / 2;
}

/**
 * How much each value moves the estimate, times n: (1 − 2 F(2θ − x)) / h(θ), where F is the distribution of the values and h the density
 * of pair means at the estimate θ. F. R. Hampel, "The influence curve and its role in robust estimation" (1974); for this
 * estimate P. J. Huber, "Robust Statistics" (1981), section 3.4. All are 0 where so many values are alike that nothing moves it.
 *
 * @param values in the order in which the influences are wanted
 * @param sorted the same, rising
 */
export function influencesOf(values: Float64Array, sorted: Float64Array, estimate: number): Float64Array {
  const n = sorted.length;
  const quarter = Math.floor(n / 4);
  const around = AROUND_MEDIAN * (sorted[n - 1 - quarter]! - sorted[quarter]!);
  const within = pairMeansUpTo(estimate + around, sorted) - pairMeansUpTo(estimate - around, sorted);
  const scale = (around * n * (n + 1)) / Math.max(1, within);
  const influences = new Float64Array(n);
  for (let i = 0; i < n; i++) influences[i] = (1 - (2 * countUpTo(2 * estimate - values[i]!, sorted)) / n) * scale;
  return influences;
}

function pairMeansUpTo(guess: number, sorted: Float64Array): number {
  let count = 0;
  let last = sorted.length - 1;
  for (let first = 0; first <= last; first++) {
    const most = 2 * guess - sorted[first]!;
    while (last >= first && sorted[last]! > most) last--;
    count += last - first + 1;
  }
  return count;
}

function countUpTo(value: number, sorted: Float64Array): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}
