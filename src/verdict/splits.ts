/** Before a change so many values are needed to know what was usual, and after it so many to see that it is another. */
export const LEAST_BEFORE = 24;
const LEAST_SINCE = 5;
/** What was usual is taken to be as the whole series is, and not never, until it has more values than this. */
const PRIOR_VALUES = 50;
const LEAST_PRIOR_YES = 1;
/** Values that are averaged to see what neighbours have in common; of differences of averages the largest are left out, one may be the change. */
const BLOCK = 16;
const LEFT_OUT = 2;
/** Makes up for what is left out. */
const UNDONE = 1.2;
const LEAST_BLOCKS = 6;
/** Times the variance: at least, and while too few blocks are known. */
const LEAST_LONG_RUN = 1.1;
const UNKNOWN_LONG_RUN = 1.5;
/** Standard deviations; what lies further out counts as if it lay there. */
const CLIP = 5;
/** Of logarithms: what varies less is steady. */
const LEAST_SD = 0.05;
/** Of logarithms: less than a tenth is not worth a word. */
const LEAST_SHIFT = Math.log(1.1);

/** How much likelier a series is when it changes at a place than when it does not: logarithm of the likelihood ratio, in nats, by place. */
export interface Evidence {
  readonly nats: Float64Array;
  /** The likeliest place. */
  readonly best: number;
}

/** Of what is 0, 1 or NaN; only a rise counts. Null where there is none. `isFirm`: what was usual needs no benefit of the doubt. */
export function riseOf(values: Float64Array, from = 0, isFirm = false): Evidence | null {
  const { n, mean } = part(values, from, values.length);
  if (n === 0 || mean === 0 || mean === 1) return null;
  const priorCount = isFirm ? 0 : PRIOR_VALUES;
  const count = n + priorCount;
  const yes = mean * n + (isFirm ? 0 : Math.max(LEAST_PRIOR_YES, mean * PRIOR_VALUES));
  const share = yes / count;
  const noise = longRunVariance(values, from);
  const widening = noise === null ? 1 : Math.max(1, noise / (share * (1 - share)));
  const all = likelihood(yes, count);
  return evidence(values, from, n, (since, yesSince) => {
    const [before, yesBefore] = [count - since, yes - yesSince];
    if (yesSince * before <= yesBefore * since) return 0;
    return (likelihood(yesBefore, before) + likelihood(yesSince, since) - all) / widening;
  });
}

/** Of levels, up or down. */
export function shiftOf(values: Float64Array): Evidence | null {
  let [count, sum, steps, last] = [0, 0, 0, Number.NaN];
  for (const value of values) {
    if (Number.isNaN(value)) continue;
    if (count > 0) steps += Math.abs(value - last);
    count++;
    sum += value;
    last = value;
  }
  if (count < LEAST_BEFORE + LEAST_SINCE) return null;
  // 0.8862: from the mean distance of two normal values to their standard deviation.
  const sd = Math.max(LEAST_SD, (0.8862 * steps) / (count - 1));
  const middle = sum / count;
  const tamed = new Float64Array(values.length);
  let total = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]! - middle;
    tamed[i] = Math.max(-CLIP * sd, Math.min(CLIP * sd, value));
    if (!Number.isNaN(value)) total += tamed[i]!;
  }
  const variance = Math.max(sd ** 2 * LEAST_LONG_RUN, longRunVariance(tamed, 0) ?? sd ** 2 * UNKNOWN_LONG_RUN);
  return evidence(tamed, 0, count, (n, since) => {
    const before = count - n;
    const difference = since / n - (total - since) / before;
    return Math.abs(difference) < LEAST_SHIFT ? 0 : (difference ** 2 * before * n) / count / variance / 2;
  });
}

function evidence(
  values: Float64Array,
  from: number,
  count: number,
  natsOf: (n: number, sum: number) => number,
): Evidence {
  const nats = new Float64Array(values.length);
  let [n, sum, best, carried] = [0, 0, values.length - 1, 0];
  for (let i = values.length - 1; i >= from; i--) {
    const value = values[i]!;
    if (!Number.isNaN(value)) {
      n++;
      sum += value;
      carried = n < LEAST_SINCE || count - n < LEAST_BEFORE ? 0 : natsOf(n, sum);
    }
    nats[i] = carried;
    if (carried > nats[best]!) best = i;
  }
  return { nats, best };
}

/** Of the likeliest rate. */
function likelihood(yes: number, count: number): number {
  const no = count - yes;
  return (yes > 0 ? yes * Math.log(yes / count) : 0) + (no > 0 ? no * Math.log(no / count) : 0);
}

/** Variance of a mean times its n: more than the variance where neighbours resemble each other. Null: too few to tell. */
function longRunVariance(values: Float64Array, from: number): number | null {
  const squares: number[] = [];
  let [n, sum, last] = [0, 0, Number.NaN];
  for (let i = from; i < values.length; i++) {
    const value = values[i]!;
    if (Number.isNaN(value)) continue;
    sum += value;
    if (++n < BLOCK) continue;
    const mean = sum / BLOCK;
    if (!Number.isNaN(last)) squares.push((mean - last) ** 2);
    [n, sum, last] = [0, 0, mean];
  }
  if (squares.length < LEAST_BLOCKS) return null;
  let [largest, second, total] = [0, 0, 0];
  for (const square of squares) {
    total += square;
    if (square > largest) [largest, second] = [square, largest];
    else if (square > second) second = square;
  }
  const kept = squares.length - LEFT_OUT;
  return (BLOCK * UNDONE * Math.max(0, total - largest - second)) / kept / 2;
}

/** Count and mean of the values known in [from, to). */
export function part(values: Float64Array, from: number, to: number): { readonly n: number; readonly mean: number } {
  let [n, sum] = [0, 0];
  for (let i = from; i < to; i++) {
    const value = values[i]!;
    if (Number.isNaN(value)) continue;
    n++;
    sum += value;
  }
  return { n, mean: n === 0 ? Number.NaN : sum / n };
}
