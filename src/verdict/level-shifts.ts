import { CLIP, clip, Days, median, type Noise, varianceOfMean } from './noise.ts';

/** A series of one target, oldest first; values are positive, and what is judged is their logarithm. */
export interface LevelSeries {
  readonly atMs: Float64Array;
  readonly values: Float64Array;
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
  readonly levels: Float64Array;
  /** Standard deviation of a mean of n samples is this / √n. */
  readonly longRunSd: number;
}

const DAY_MS = 24 * 3600 * 1000;
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

/**
 * Goes through a series once, forwards, so that what is told at a sample rests on nothing after it: asked again with more samples it
 * tells the same and more.
 */
export function scanLevels({ atMs, values }: LevelSeries, strictness: Strictness): Scan {
  const n = values.length;
  const raw = new Float64Array(n);
  for (let i = 0; i < n; i++) raw[i] = Math.log(values[i]!);
  /** Without the habit of the hour. */
  const plain = new Float64Array(n);
  const levels = new Float64Array(n);
  /** sums[i]: of the levels before i. */
  const sums = new Float64Array(n + 1);
  const days = new Days(raw, atMs);
  const shifts: LevelShift[] = [];
  const bounds: number[] = [];
  let noise: Noise | null = null;
  let limits: Limits | null = null;
  let begin = 0;
  let open: OpenShift | null = null;
  const mean = (from: number, to: number) => (sums[to]! - sums[from]!) / (to - from);
  /** Of the level that began last; better known than when it was noticed. */
  const levelSince = (until: number) => Math.exp(mean(begin, Math.max(begin + 1, until)));
  const keep = (i: number, level: number) => {
    levels[i] = level;
    sums[i + 1] = sums[i]! + level;
  };
  const beginAt = (at: number, last: number, sd: number) => {
    const level = median(plain.slice(at, last + 1));
    for (let i = at; i <= last; i++) keep(i, level + clip(plain[i]! - level, CLIP * sd));
    bounds.push(at);
    begin = at;
  };

  for (let i = 0; i < n; i++) {
    if (days.enter(i)) {
      noise = days.noise();
      limits = limitsOf(noise, THRESHOLDS[strictness]);
    }
    plain[i] = raw[i]! - days.habit(i);
    if (noise === null || limits === null || i - begin < LEAST_LEVEL) {
      keep(i, plain[i]!);
      continue;
    }
    const usual = mean(Math.max(begin, i - MOST_BEFORE), i);
    keep(i, usual + clip(plain[i]! - usual, CLIP * noise.sd));

    if (open !== null) {
      const back = open.sees(plain[i]!, plain[i - 1]!, i, noise, usual);
      if (back !== null) {
        shifts.push({ ...open.shift, to: levelSince(back), endedAt: back });
        open = null;
        beginAt(back, i, noise.sd);
      } else if (atMs[i]! - atMs[open.shift.at]! >= SETTLED_MS) {
        shifts.push({ ...open.shift, to: levelSince(i), settledAtMs: atMs[open.shift.at]! + SETTLED_MS });
        open = null;
      }
    }
    const least = begin === 0 ? LEAST_BEFORE : LEAST_SINCE;
    if (!isApart(sums, begin, i + 1, least, limits, i - days.from)) continue;
    const at = bestStart(sums, begin, i + 1, least, noise);
    const before = mean(Math.max(begin, at - MOST_BEFORE), at);
    if (Math.abs(median(plain.slice(at, i + 1)) - before) < LEAST_LOG_RATIO) continue;
    beginAt(at, i, noise.sd);
    const since = mean(at, i + 1);
    if (open === null) {
      const [from, to] = [Math.exp(before), Math.exp(since)];
      open = new OpenShift({ at, noticedAt: i, endedAt: null, settledAtMs: null, from, to });
    } else if (open.isNearerToOld(since)) {
      shifts.push({ ...open.shift, endedAt: at });
      open = null;
    } else {
      open.moveTo(since);
    }
  }
  if (open !== null) shifts.push({ ...open.shift, to: levelSince(n) });
  return { shifts, bounds, levels, longRunSd: noise?.longRunSd ?? Number.NaN };
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
  sums: Float64Array,
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
function bestStart(sums: Float64Array, begin: number, end: number, least: number, noise: Noise): number {
  let best = { at: end - WINDOWS[0]!, statistic: 0 };
  for (let at = Math.max(begin + least, end - LONGEST_WINDOW); at <= end - WINDOWS[0]!; at++) {
    const from = Math.max(begin, at - MOST_BEFORE);
    const apart = (sums[end]! - sums[at]!) / (end - at) - (sums[at]! - sums[from]!) / (at - from);
    const statistic = apart ** 2 / (varianceOfMean(noise, end - at) + noise.longRunSd ** 2 / (at - from));
    if (statistic > best.statistic) best = { at, statistic };
  }
  return best.at;
}
