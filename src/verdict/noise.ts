/** What is usual is read off this many days. */
const BASELINE_DAYS = 28;
/** With so many days known, noise is looked at anew on one day of seven. */
const MANY_DAYS = 14;
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
const DAY_MS = 24 * 3600 * 1000;
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

/** What the last days tell of noise and of the habits of the hours; a day counts once it is over. */
export class Days {
  readonly #raw: Float64Array;
  readonly #atMs: Float64Array;
  readonly #kept: Day[] = [];
  readonly #habits = new Float64Array(24);
  #from = 0;
  #day = Number.NaN;

  constructor(raw: Float64Array, atMs: Float64Array) {
    this.#raw = raw;
    this.#atMs = atMs;
  }

  /** @returns true where a day begins with which `noise` tells something new */
  enter(i: number): boolean {
    const day = Math.floor(this.#atMs[i]! / DAY_MS);
    if (day === this.#day) return false;
    if (i > this.#from)
      this.#kept.push({ day: this.#day, from: this.#from, to: i, level: median(this.#raw.slice(this.#from, i)) });
    while (this.#kept.length > 0 && this.#kept[0]!.day < day - BASELINE_DAYS) this.#kept.shift();
    this.#from = i;
    this.#day = day;
    return this.#kept.length >= LEAST_DAYS && (this.#kept.length < MANY_DAYS || day % 7 === 0);
  }

  habit(atMs: number): number {
    return this.#habits[hourOf(atMs)]!;
  }

  noise(): Noise {
    const limit = CLIP * this.#learnHabits();
    let own = 0;
    let next = 0;
    let count = 0;
    for (let k = 0; k < this.#kept.length; k++) {
      const { from, to } = this.#kept[k]!;
      const level = this.#levelAround(k);
      let last = 0;
      for (let i = from; i < to; i++) {
        const deviation = clip(this.#raw[i]! - this.habit(this.#atMs[i]!) - level, limit);
        own += deviation * deviation;
        next += deviation * last;
        last = deviation;
      }
      count += to - from;
    }
    const isSteady = own < count * LEAST_SD ** 2;
    const seen = isSteady ? PRIOR_PHI : next / own;
    const phi = Math.max(0, Math.min(0.9, (seen * count + PRIOR_PHI * PRIOR_SAMPLES) / (count + PRIOR_SAMPLES)));
    const sd = Math.max(LEAST_SD, Math.sqrt(own / count));
    return { phi, sd, longRunSd: sd * Math.sqrt((1 + phi) / (1 - phi)) };
  }

  /** By how much each hour differs from its days. @returns the standard deviation around it, from the mean of absolute ones */
  #learnHabits(): number {
    const sums = new Float64Array(24);
    const counts = new Float64Array(24);
    let spread = 0;
    let count = 0;
    for (const { from, to, level } of this.#kept) {
      for (let i = from; i < to; i++) spread += Math.abs(this.#raw[i]! - level);
      count += to - from;
    }
    spread = Math.max(LEAST_SD, (spread * Math.sqrt(Math.PI / 2)) / count);
    for (const { from, to, level } of this.#kept) {
      for (let i = from; i < to; i++) {
        const hour = hourOf(this.#atMs[i]!);
        sums[hour]! += clip(this.#raw[i]! - level, CLIP * spread);
        counts[hour]!++;
      }
    }
    for (let hour = 0; hour < 24; hour++) this.#habits[hour] = sums[hour]! / (counts[hour]! + SHRINK);
    return spread;
  }

  /** Of five days with this one in the middle: one alone would take its own noise for a level. */
  #levelAround(k: number): number {
    let sum = 0;
    let count = 0;
    for (let i = Math.max(0, k - 2); i <= Math.min(this.#kept.length - 1, k + 2); i++) {
      sum += this.#kept[i]!.level;
      count++;
    }
    return sum / count;
  }
}

interface Day {
  readonly day: number;
  readonly from: number;
  readonly to: number;
  /** Its median, so that a change of level between days is not taken for an hour's habit. */
  readonly level: number;
}

const hourOf = (atMs: number) => Math.floor(atMs / HOUR_MS) % 24;

export const clip = (value: number, limit: number) => Math.max(-limit, Math.min(limit, value));

/** Sorts the values given. */
export function median(values: Float64Array): number {
  return values.sort()[values.length >> 1]!;
}
