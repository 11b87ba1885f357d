import { DAY_MS } from '../domain/utc-day.ts';

/** What is usual is read off this many days. */
const BASELINE_DAYS = 28;
/** Of logarithms: what varies less is steady. */
const LEAST_SD = 0.03;
/** Before so many days are complete, nothing is told. */
const LEAST_DAYS = 3;
/** An hour's habit is believed as far as it has more samples than this. */
const SHRINK = 4;
/** Before anything is known, neighbours resemble each other by this much; it weighs as much as so many samples. */
const PRIOR_PHI = 0.5;
const PRIOR_SAMPLES = 300;
const HOUR_MS = 3600 * 1000;
/** What lies further out than this many standard deviations counts as if it lay there. */
export const CLIP = 3;

/** What noise does to one series, read off the last days: an AR(1) process, whose samples resemble their neighbours by `phi`. */
export interface Noise {
  readonly phi: number;
  readonly sd: number;
  readonly longRunSd: number;
}

/** Of n neighbours of an AR(1) process. */
export function varianceOfMean({ phi, sd }: Pick<Noise, 'phi' | 'sd'>, n: number): number {
  return (sd ** 2 / n) * ((1 + phi) / (1 - phi) - (2 * phi * (1 - phi ** n)) / (n * (1 - phi) ** 2));
}

/** What the last days tell of noise and of the habits of the hours; a day counts once it is over, and as it was seen then. */
export class Days {
  readonly #raw: ArrayLike<number>;
  readonly #atMs: ArrayLike<number>;
  readonly #kept: Day[] = [];
  readonly #habits = new Float64Array(24);
  readonly #hourSums = new Float64Array(24);
  readonly #hourCounts = new Float64Array(24);
  /** Of the days kept: samples, sizes of deviations, squares, products of neighbours. */
  readonly #totals = { count: 0, size: 0, own: 0, next: 0 };
  /** Unix ms at which the day ends. */
  #endMs = Number.NEGATIVE_INFINITY;
  /** The day's first sample. */
  from = 0;

  /** Both may grow. */
  constructor(raw: ArrayLike<number>, atMs: ArrayLike<number>) {
    this.#raw = raw;
    this.#atMs = atMs;
  }

  /** @returns true where a day begins with which `noise` tells something new */
  enter(i: number): boolean {
    const atMs = this.#atMs[i]!;
    if (atMs < this.#endMs) return false;
    if (i > this.from) this.#close(i, this.#endMs / DAY_MS - 1);
    const day = Math.floor(atMs / DAY_MS);
    while (this.#kept.length > 0 && this.#kept[0]!.day < day - BASELINE_DAYS) this.#add(this.#kept.shift()!, -1);
    for (let hour = 0; hour < 24; hour++)
      this.#habits[hour] = this.#hourSums[hour]! / (this.#hourCounts[hour]! + SHRINK);
    this.#endMs = (day + 1) * DAY_MS;
    this.from = i;
    return this.#kept.length >= LEAST_DAYS;
  }

  habit(i: number): number {
    return this.#habits[hourOf(this.#atMs[i]!)]!;
  }

  noise(): Noise {
    const { count, own, next } = this.#totals;
    const isSteady = own < count * LEAST_SD ** 2;
    const seen = isSteady ? PRIOR_PHI : next / own;
    const phi = Math.max(0, Math.min(0.9, (seen * count + PRIOR_PHI * PRIOR_SAMPLES) / (count + PRIOR_SAMPLES)));
    const sd = Math.max(LEAST_SD, Math.sqrt(own / count));
    return { phi, sd, longRunSd: sd * Math.sqrt((1 + phi) / (1 - phi)) };
  }

  #close(to: number, day: number): void {
    const from = this.from;
    const { count, size } = this.#totals;
    // 1.2533: from the mean of the sizes of normal deviations to their standard deviation.
    const limit = count === 0 ? Number.POSITIVE_INFINITY : CLIP * Math.max(LEAST_SD, (1.2533 * size) / count);
    const level = this.#levelOf(from, to, limit);
    const around = this.#levelAround(level);
    const hourSums = new Float64Array(24);
    const hourCounts = new Float64Array(24);
    const closed = { day, level, count: to - from, size: 0, own: 0, next: 0, hourSums, hourCounts };
    let last = 0;
    for (let i = from; i < to; i++) {
      const hour = hourOf(this.#atMs[i]!);
      hourSums[hour]! += clip(this.#raw[i]! - level, limit);
      hourCounts[hour]!++;
      const deviation = clip(this.#raw[i]! - this.#habits[hour]! - around, limit);
      closed.size += Math.abs(deviation);
      closed.own += deviation * deviation;
      closed.next += deviation * last;
      last = deviation;
    }
    this.#kept.push(closed);
    this.#add(closed, 1);
  }

  /** Its mean without outliers, so that a change of level between days is not taken for an hour's habit. */
  #levelOf(from: number, to: number, limit: number): number {
    const last = this.#kept.at(-1)?.level;
    if (last === undefined) return medianBetween(this.#raw, from, to);
    let sum = 0;
    for (let i = from; i < to; i++) sum += clip(this.#raw[i]! - last, limit);
    return last + sum / (to - from);
  }

  /** Of five days with this one as the last: one alone would take its own noise for a level. */
  #levelAround(level: number): number {
    const before = this.#kept.slice(-4);
    return before.reduce((sum, day) => sum + day.level, level) / (before.length + 1);
  }

  #add(day: Day, sign: 1 | -1): void {
    this.#totals.count += sign * day.count;
    this.#totals.size += sign * day.size;
    this.#totals.own += sign * day.own;
    this.#totals.next += sign * day.next;
    for (let hour = 0; hour < 24; hour++) {
      this.#hourSums[hour]! += sign * day.hourSums[hour]!;
      this.#hourCounts[hour]! += sign * day.hourCounts[hour]!;
    }
  }
}

interface Day {
  readonly day: number;
  readonly level: number;
  readonly count: number;
  readonly size: number;
  readonly own: number;
  readonly next: number;
  readonly hourSums: Float64Array;
  readonly hourCounts: Float64Array;
}

export const clip = (value: number, limit: number) => Math.max(-limit, Math.min(limit, value));

const hourOf = (atMs: number) => Math.floor(atMs / HOUR_MS) % 24;

/** Of the values from one position on, before another. */
export function medianBetween(values: ArrayLike<number>, from: number, to: number): number {
  const sorted = new Float64Array(to - from);
  for (let i = from; i < to; i++) sorted[i - from] = values[i]!;
  return sorted.sort()[sorted.length >> 1]!;
}
