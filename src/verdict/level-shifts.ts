import { DAY_MS } from '../domain/utc-day.ts';
import { CLIP, clip, Days, medianBetween, type Noise, varianceOfMean } from './noise.ts';

/** A series of one target, oldest first, of logarithms where it is of levels. It may grow while it is scanned. */
export interface Series {
  readonly atMs: ArrayLike<number>;
  readonly values: ArrayLike<number>;
}

/** The level went up or down, and stayed there long enough not to be noise. Positions are those of the series. */
export interface LevelShift {
  /** The first sample at the new level. */
  readonly at: number;
  /** The sample with which it was certain. */
  readonly noticedAt: number;
  /** The first sample that is back at the old level; null: none was, or the new level is what is usual now. */
  readonly endedAt: number | null;
  /** Unix ms at which the new level had lasted so long that it is the usual one; null: not yet, or it did not last. */
  readonly settledAtMs: number | null;
  /** Old and new level, in the unit of the series. */
  readonly from: number;
  readonly to: number;
}

export interface Scan {
  readonly shifts: readonly LevelShift[];
  /** Where each level begins, the first one's 0 left out: shifts, and returns from them. */
  readonly bounds: readonly number[];
  /** Logarithms without the habit of the hour, outliers drawn in. */
  readonly levels: readonly number[];
  /** Standard deviation of a mean of n samples is this / √n. */
  readonly longRunSd: number;
}

/** A level that stayed for so long is the usual one. */
export const SETTLED_MS = 14 * DAY_MS;
/** Samples whose mean is compared with the mean before them. */
const WINDOWS = [6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 336];
/** A window is looked at again after an eighth of its length, counted from midnight. */
const STEPS = WINDOWS.map((window) => Math.max(1, window >> 3));
const LONGEST_WINDOW = WINDOWS.at(-1)!;
/** Three weeks of half-hourly cycles: with the longest window, four weeks are looked at. */
const MOST_BEFORE = 1008;
const LEAST_BEFORE = 96;
/** After a change, so that its end is found too. */
const LEAST_SINCE = 24;
/**
 * How many standard deviations the mean of the longest window must lie from the mean before. `shown`: of pure noise, a quarter of half-hourly
 * cycles shows fewer than one change in five series; told as an incident: in one of thousands (`bench/verdicts-incidents.ts`).
 */
export const THRESHOLDS = { shown: 3.6, told: 5.3 } as const;
export type Strictness = keyof typeof THRESHOLDS;
/** More short windows than long ones fit into a quarter, so they are asked for more (L. Dümbgen, V. G. Spokoiny, 2001). */
const PENALTIES = WINDOWS.map((window) => 2 * Math.log(LONGEST_WINDOW / window));
/** Smaller changes may be real and help nobody. */
const LEAST_LOG_RATIO = Math.log(1.08);
/** It is back at the old level when that is e to this power times as likely as the new one. */
const LOG_ODDS_OF_RETURN = 9;
/** The new level, as first seen, is rather too far from the old one: it was noticed because it looked far. */
const SHARE_OF_SHIFT = 0.8;
const LEAST_RETURN = 6;
/** No single sample says more. */
const MOST_LOG_ODDS = 3;
/** Of so few samples of a level, none is an outlier. */
const LEAST_LEVEL = 6;

/** @param values positive; what is judged is their logarithm */
export function scanLevels({ atMs, values }: Series, strictness: Strictness): Scan {
  return new LevelScanner({ atMs, values: Float64Array.from(values, Math.log) }, strictness).scan();
}

/**
 * Goes through a series once, forwards, so that what is told at a sample rests on nothing after it: asked again when the series has grown, it
 * goes on from where it was, and tells the same and more.
 */
export class LevelScanner {
  readonly #atMs: Series['atMs'];
  readonly #raw: Series['values'];
  readonly #strictness: Strictness;
  readonly #days: Days;
  /** Without the habit of the hour. */
  readonly #plain: number[] = [];
  readonly #levels: number[] = [];
  /** #sums[i]: of the levels before i. */
  readonly #sums = [0];
  readonly #shifts: LevelShift[] = [];
  readonly #bounds: number[] = [];
  #noise: Noise | null = null;
  #limits: Limits | null = null;
  #begin = 0;
  #open: OpenShift | null = null;

  constructor({ atMs, values }: Series, strictness: Strictness) {
    this.#atMs = atMs;
    this.#raw = values;
    this.#strictness = strictness;
    this.#days = new Days(values, atMs);
  }

  /** Everything that the series tells by now. */
  scan(): Scan {
    const n = this.#raw.length;
    for (let i = this.#levels.length; i < n; i++) this.#see(i);
    const open = this.#open === null ? [] : [{ ...this.#open.shift, to: this.#levelSince(n) }];
    return {
      shifts: [...this.#shifts, ...open],
      bounds: this.#bounds,
      levels: this.#levels,
      longRunSd: this.#noise?.longRunSd ?? Number.NaN,
    };
  }

  #see(i: number): void {
    const days = this.#days;
    if (days.enter(i)) {
      this.#noise = days.noise();
      this.#limits = limitsOf(this.#noise, THRESHOLDS[this.#strictness]);
    }
    const plain = this.#raw[i]! - days.habit(i);
    this.#plain.push(plain);
    const [noise, limits] = [this.#noise, this.#limits];
    if (noise === null || limits === null || i - this.#begin < LEAST_LEVEL) {
      this.#keep(i, plain);
      return;
    }
    const usual = this.#mean(Math.max(this.#begin, i - MOST_BEFORE), i);
    this.#keep(i, usual + clip(plain - usual, CLIP * noise.sd));
    if (this.#open !== null) this.#followOpen(this.#open, i, noise, usual);

    const least = this.#begin === 0 ? LEAST_BEFORE : LEAST_SINCE;
    if (!isApart(this.#sums, this.#begin, i + 1, least, limits, i - days.from)) return;
    const at = bestStart(this.#sums, this.#begin, i + 1, least, noise);
    const before = this.#mean(Math.max(this.#begin, at - MOST_BEFORE), at);
    if (Math.abs(medianBetween(this.#plain, at, i + 1) - before) < LEAST_LOG_RATIO) return;
    this.#beginAt(at, i, noise.sd);
    const since = this.#mean(at, i + 1);
    if (this.#open === null) {
      const [from, to] = [Math.exp(before), Math.exp(since)];
      this.#open = new OpenShift({ at, noticedAt: i, endedAt: null, settledAtMs: null, from, to });
    } else if (this.#open.isNearerToOld(since)) {
      this.#shifts.push({ ...this.#open.shift, endedAt: at });
      this.#open = null;
    } else {
      this.#open.moveTo(since);
    }
  }

  #followOpen(open: OpenShift, i: number, noise: Noise, usual: number): void {
    const settledAtMs = this.#atMs[open.shift.at]! + SETTLED_MS;
    const back = open.sees(this.#plain[i]!, this.#plain[i - 1]!, i, noise, usual);
    if (back !== null) {
      this.#shifts.push({ ...open.shift, to: this.#levelSince(back), endedAt: back });
      this.#open = null;
      this.#beginAt(back, i, noise.sd);
    } else if (this.#atMs[i]! >= settledAtMs) {
      this.#shifts.push({ ...open.shift, to: this.#levelSince(i), settledAtMs });
      this.#open = null;
    }
  }

  #beginAt(at: number, last: number, sd: number): void {
    const level = medianBetween(this.#plain, at, last + 1);
    for (let i = at; i <= last; i++) this.#keep(i, level + clip(this.#plain[i]! - level, CLIP * sd));
    this.#bounds.push(at);
    this.#begin = at;
  }

  #keep(i: number, level: number): void {
    this.#levels[i] = level;
    this.#sums[i + 1] = this.#sums[i]! + level;
  }

  #mean(from: number, to: number): number {
    return (this.#sums[to]! - this.#sums[from]!) / (to - from);
  }

  /** Of the level that began last; better known than when it was noticed. */
  #levelSince(until: number): number {
    return Math.exp(this.#mean(this.#begin, Math.max(this.#begin + 1, until)));
  }
}

/** What noise makes of the means of the windows, by position in `WINDOWS`. */
interface Limits {
  readonly longRunVariance: number;
  readonly variances: Float64Array;
  /** How far apart two means must lie, squared, in units of their variance. */
  readonly thresholds: Float64Array;
}

const limitsOf = (noise: Noise, threshold: number): Limits => ({
  longRunVariance: noise.longRunSd ** 2,
  thresholds: Float64Array.from(PENALTIES, (penalty) => threshold ** 2 + penalty),
  variances: Float64Array.from(WINDOWS, (window) => varianceOfMean(noise, window)),
});

/** A level that is not the usual one, until it is left or has become so. */
class OpenShift {
  shift: LevelShift;
  #logOdds = 0;
  /** The sample after which everything spoke for the old level. */
  #since: number;
  #old: number;
  #new: number;

  constructor(shift: LevelShift) {
    this.shift = shift;
    this.#since = shift.noticedAt + 1;
    this.#old = Math.log(shift.from);
    this.#new = Math.log(shift.to);
  }

  /** Page's test (1954) of the new level against the old. @returns where the old one began again, or null */
  sees(level: number, last: number, i: number, { phi, sd }: Noise, since: number): number | null {
    const innovation = level - phi * last;
    const variance = sd ** 2 * (1 - phi ** 2);
    const distance = (from: number) => (innovation - (1 - phi) * from) ** 2;
    const gain = clip(
      (distance(this.#old + SHARE_OF_SHIFT * (this.#new - this.#old)) - distance(this.#old)) / (2 * variance),
      MOST_LOG_ODDS,
    );
    if (this.#logOdds + gain <= 0) {
      this.#logOdds = 0;
      this.#since = i + 1;
      if (!this.isNearerToOld(since)) this.#new = since;
      return null;
    }
    this.#logOdds += gain;
    return this.#logOdds > LOG_ODDS_OF_RETURN && i + 1 - this.#since >= LEAST_RETURN ? this.#since : null;
  }

  isNearerToOld(level: number): boolean {
    return Math.abs(level - this.#old) < Math.abs(level - this.#new);
  }

  moveTo(level: number): void {
    this.#new = level;
    this.#logOdds = 0;
    this.shift = { ...this.shift, to: Math.exp(level) };
  }
}

/** Whether the mean of any window that ends before `end` lies too far from the mean before it. */
function isApart(
  sums: readonly number[],
  begin: number,
  end: number,
  least: number,
  limits: Limits,
  ofDay: number,
): boolean {
  const last = sums[end]!;
  for (let k = 0; k < WINDOWS.length; k++) {
    if (ofDay % STEPS[k]! !== 0) continue;
    const window = WINDOWS[k]!;
    const at = end - window;
    if (at - begin < least) return false;
    const from = at - begin > MOST_BEFORE ? at - MOST_BEFORE : begin;
    const middle = sums[at]!;
    const apart = (last - middle) / window - (middle - sums[from]!) / (at - from);
    if (apart * apart > limits.thresholds[k]! * (limits.variances[k]! + limits.longRunVariance / (at - from)))
      return true;
  }
  return false;
}

/** Where the two means lie furthest apart, for their noise. */
function bestStart(sums: readonly number[], begin: number, end: number, least: number, noise: Noise): number {
  let best = { at: end - WINDOWS[0]!, statistic: 0 };
  for (let at = Math.max(begin + least, end - LONGEST_WINDOW); at <= end - WINDOWS[0]!; at++) {
    const from = Math.max(begin, at - MOST_BEFORE);
    const apart = (sums[end]! - sums[at]!) / (end - at) - (sums[at]! - sums[from]!) / (at - from);
    const statistic = apart ** 2 / (varianceOfMean(noise, end - at) + noise.longRunSd ** 2 / (at - from));
    if (statistic > best.statistic) best = { at, statistic };
  }
  return best.at;
}
