import { seededRandom } from '../lib/random.ts';
import { hodgesLehmann, influencesOf } from './hodges-lehmann.ts';

/** Fewer values than this prove nothing. */
const LEAST_VALUES = 12;

const RESAMPLES = 200;
const Z_95 = 1.959964;
const MINUTE_MS = 60 * 1000;
const MINUTES_OF_DAY = 24 * 60;
const DAY_MS = MINUTES_OF_DAY * MINUTE_MS;
/** Of fewer days the hours of day are too unevenly seen to tell a daily swing. */
const LEAST_DAYS_OF_SWING = 3;
/** Beyond this a series forgets so slowly that a window says little of it. */
const MOST_MEMORY = 0.9;

/** In the unit of the values; the interval is 95 %. */
export interface Estimate {
  readonly estimate: number;
  readonly low: number;
  readonly high: number;
}

/**
 * Where a series lies, and how well that is known. The estimate is Hodges and Lehmann's. Its interval is 1.96 standard errors of a
 * moving-block bootstrap, since neighbours in time resemble each other (H. R. Künsch, "The jackknife and the bootstrap for general
 * stationary observations", 1989), of the values' influences rather than the values, so that a resample costs a few additions.
 * Before that a daily swing is taken out, which is no noise, and what each influence keeps of the one before it, which is put back into the
 * result ("prewhitening": D. W. K. Andrews, J. C. Monahan, 1992). For few values the interval is widened by √(n / (n − 6)).
 *
 * The draws are the same for every series: one has the same interval always, and its negative the mirrored one.
 *
 * @param values oldest first
 * @param atMs when each was due
 * @returns null of fewer than twelve values
 */
export function locationOf(values: Float64Array, atMs: Float64Array): Estimate | null {
  const n = values.length;
  if (n < LEAST_VALUES) return null;
  const sorted = new Float64Array(values).sort();
  const estimate = hodgesLehmann(sorted);
  const influences = withoutDailySwing(influencesOf(values, sorted, estimate), atMs);
  const halfWidth = Z_95 * standardErrorOfMean(influences) * Math.sqrt(n / (n - 6));
  return { estimate, low: estimate - halfWidth, high: estimate + halfWidth };
}

/** Least squares of one wave per UTC day; the mean is taken out with it. */
function withoutDailySwing(values: Float64Array, atMs: Float64Array): Float64Array {
  const n = values.length;
  const left = centred(values);
  if (atMs[n - 1]! - atMs[0]! < LEAST_DAYS_OF_SWING * DAY_MS) return left;
  let [ss, sc, cc, sv, cv] = [0, 0, 0, 0, 0];
  for (let i = 0; i < n; i++) {
    const [sine, cosine] = [WAVE.sine[minuteOf(atMs[i]!)]!, WAVE.cosine[minuteOf(atMs[i]!)]!];
    ss += sine * sine;
    sc += sine * cosine;
    cc += cosine * cosine;
    sv += sine * left[i]!;
    cv += cosine * left[i]!;
  }
  const determinant = ss * cc - sc * sc;
  // A target that is asked at one hour of the day only shows no swing.
  if (determinant < 1e-6 * n * n) return left;
  const sine = (sv * cc - cv * sc) / determinant;
  const cosine = (cv * ss - sv * sc) / determinant;
  for (let i = 0; i < n; i++) {
    const minute = minuteOf(atMs[i]!);
    left[i]! -= sine * WAVE.sine[minute]! + cosine * WAVE.cosine[minute]!;
  }
  return left;
}

/** Whole minutes since 1970 fit 31 bits until the year 6053. */
const minuteOf = (atMs: number) => ((atMs / MINUTE_MS) | 0) % MINUTES_OF_DAY;
const angles = Float64Array.from({ length: MINUTES_OF_DAY }, (_, minute) => (2 * Math.PI * minute) / MINUTES_OF_DAY);
const WAVE = { sine: angles.map(Math.sin), cosine: angles.map(Math.cos) };

/** In [0, 1). Their number is prime, so that walking round again meets them in other places. */
const random = seededRandom('moving blocks');
const DRAWS = Float64Array.from({ length: 65_537 }, random);

/** @param values around 0 */
function standardErrorOfMean(values: Float64Array): number {
  const n = values.length;
  const memory = memoryOf(values);
  const block = Math.ceil(Math.cbrt(n));
  const sums = blockSums(shocksOf(values, memory), block);
  const blocks = Math.round((n - 1) / block);
  let squares = 0;
  let draw = 0;
  for (let resample = 0; resample < RESAMPLES; resample++) {
    let total = 0;
    for (let i = 0; i < blocks; i++) {
      total += sums[(DRAWS[draw]! * sums.length) | 0]!;
      if (++draw === DRAWS.length) draw = 0;
    }
    squares += total * total;
  }
  return Math.sqrt(squares / RESAMPLES / (blocks * block) / n) / (1 - memory);
}

/** What is new in each value but the first. */
function shocksOf(values: Float64Array, memory: number): Float64Array {
  const shocks = new Float64Array(values.length - 1);
  for (let i = 0; i < shocks.length; i++) shocks[i] = values[i + 1]! - memory * values[i]!;
  return shocks;
}

/**
 * How much of a value is left in the next: the lag-one autocorrelation, freed of its bias in short series, (1 + 3ρ) / n
 * (F. H. C. Marriott, J. A. Pope, 1954), and a further 1 / n for caution.
 */
function memoryOf(values: Float64Array): number {
  const n = values.length;
  let [own, next] = [values[0]! ** 2, 0];
  for (let i = 1; i < n; i++) {
    own += values[i]! ** 2;
    next += values[i]! * values[i - 1]!;
  }
  if (own === 0) return 0;
  const correlation = next / own;
  return Math.min(MOST_MEMORY, Math.max(0, correlation + (2 + 3 * correlation) / n));
}

/** Of every run of that many neighbours, around their own mean. */
function blockSums(values: Float64Array, block: number): Float64Array {
  const sums = new Float64Array(values.length - block + 1);
  let sum = 0;
  for (let i = 0; i < values.length; i++) {
    sum += values[i]! - (i >= block ? values[i - block]! : 0);
    if (i >= block - 1) sums[i - block + 1] = sum;
  }
  return centred(sums);
}

/** Loops, here and above: `map` and `reduce` of typed arrays take ten times as long, and this runs for every pair of providers. */
function centred(values: Float64Array): Float64Array {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  const mean = sum / values.length;
  const left = new Float64Array(values.length);
  for (let i = 0; i < values.length; i++) left[i] = values[i]! - mean;
  return left;
}
