import { wilsonInterval } from '../domain/statistics.ts';
import { DAY_MS } from '../domain/utc-day.ts';
import type { Rate } from '../domain/verdict.ts';

/** Of fewer days nobody can tell how much they differ. */
const LEAST_DAYS = 3;

interface DayCount {
  readonly sinceMs: number;
  trials: number;
  successes: number;
}

/**
 * Counts a share over time. Failures come in outages, so that samples of one day say less than as many of different days. The interval is
 * Wilson's with the trials divided by the design effect: the variance of the rate between UTC days over that of independent trials, never
 * below 1 (ratio estimator of cluster sampling: W. G. Cochran, "Sampling Techniques", 1977, section 9A).
 */
export class DayRate {
  readonly #days = new Map<number, DayCount>();
  /** Samples come in order of time: the next is nearly always of the same day. */
  #last: DayCount | undefined;
  #trials = 0;
  #successes = 0;

  add(dueAtMs: number, isSuccess: boolean): void {
    let count = this.#last;
    if (count === undefined || dueAtMs < count.sinceMs || dueAtMs >= count.sinceMs + DAY_MS) {
      count = this.#countOf(dueAtMs - (dueAtMs % DAY_MS));
      this.#last = count;
    }
    count.trials++;
    this.#trials++;
    if (!isSuccess) return;
    count.successes++;
    this.#successes++;
  }

  rate(): Rate {
    const trials = this.#trials;
    const successes = this.#successes;
    if (trials === 0) return { successes, trials, rate: null, interval: null };
    const effective = trials / this.#designEffect();
    const rate = successes / trials;
    const { low, high } = wilsonInterval(rate * effective, effective)!;
    // Arithmetic on fractions of a trial must not leave "all of them" or "none" below or above the rate itself.
    return { successes, trials, rate, interval: { low: Math.min(low, rate), high: Math.max(high, rate) } };
  }

  #designEffect(): number {
    const rate = this.#successes / this.#trials;
    const days = this.#days.size;
    if (days < LEAST_DAYS || rate === 0 || rate === 1) return 1;
    let squares = 0;
    for (const { trials, successes } of this.#days.values()) squares += (successes - rate * trials) ** 2;
    return Math.max(1, (squares * days) / (days - 1) / (this.#trials * rate * (1 - rate)));
  }

  #countOf(sinceMs: number): DayCount {
    let count = this.#days.get(sinceMs);
    if (count === undefined) {
      count = { sinceMs, trials: 0, successes: 0 };
      this.#days.set(sinceMs, count);
    }
    return count;
  }
}
