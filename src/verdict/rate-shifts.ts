import { type LevelShift, SETTLED_MS, type Series, type Strictness, THRESHOLDS } from './level-shifts.ts';
import { logLikelihood } from './x-log-x.ts';

/** Cycles whose failures are compared with those before. */
const WINDOWS = [48, 96, 192, 336];
const LONGEST_WINDOW = WINDOWS.at(-1)!;
const MOST_BEFORE = 1008;
const LEAST_BEFORE = 96;
const PENALTIES = WINDOWS.map((window) => 2 * Math.log(LONGEST_WINDOW / window));
/** Smaller changes of a share help nobody. */
const LEAST_DIFFERENCE = 0.03;

/**
 * Where the share of good cycles went up or down and stayed there, by the likelihood ratio of two proportions against one (S. S. Wilks, 1938). Forwards,
 * as with levels. Failures in a row are one failure: an outage is told as an outage.
 *
 * Positions of the shifts of the share of good replies are those of the series, whose values are 1 for a failure and 0 for a good reply.
 */
export class RateScanner {
  readonly #series: Series;
  readonly #threshold: number;
  /** Positions in the series of what counts, and sums[k]: the failures among those before k. */
  readonly #kept: number[] = [];
  readonly #sums = [0];
  readonly #shifts: LevelShift[] = [];
  #seen = 0;
  #begin = 0;
  #open: LevelShift | null = null;

  constructor(series: Series, strictness: Strictness) {
    this.#series = series;
    this.#threshold = THRESHOLDS[strictness] ** 2;
  }

  /** Everything that the series tells by now. */
  scan(): { readonly shifts: readonly LevelShift[] } {
    const { values } = this.#series;
    for (; this.#seen < values.length; this.#seen++) {
      const i = this.#seen;
      const failed = values[i]!;
      if (failed === 1 && i > 0 && values[i - 1] === 1) continue;
      this.#kept.push(i);
      this.#sums.push(this.#sums.at(-1)! + failed);
      if (this.#kept.length >= LEAST_BEFORE) this.#judge(this.#kept.length);
    }
    return { shifts: this.#open === null ? this.#shifts : [...this.#shifts, this.#open] };
  }

  #judge(end: number): void {
    const { atMs } = this.#series;
    const position = (k: number) => this.#kept[k]!;
    let open = this.#open;
    if (open !== null && atMs[position(end - 1)]! - atMs[open.at]! >= SETTLED_MS) {
      this.#shifts.push({ ...open, settledAtMs: atMs[open.at]! + SETTLED_MS });
      open = null;
    }
    const window = windowApart(this.#sums, this.#begin, end, this.#threshold);
    if (window !== null) {
      const at = end - window;
      const from = this.#good(Math.max(this.#begin, at - MOST_BEFORE), at);
      const to = this.#good(at, end);
      if (open === null) {
        const [first, noticedAt] = [position(at), position(end - 1)];
        open = { at: first, noticedAt, endedAt: null, settledAtMs: null, from, to };
      } else if (Math.abs(to - open.from) < Math.abs(to - open.to)) {
        this.#shifts.push({ ...open, endedAt: position(at) });
        open = null;
      } else {
        open = { ...open, to };
      }
      this.#begin = at;
    }
    this.#open = open;
  }

  #good(from: number, to: number): number {
    return 1 - (this.#sums[to]! - this.#sums[from]!) / (to - from);
  }
}

function windowApart(sums: readonly number[], begin: number, end: number, threshold: number): number | null {
  for (let k = 0; k < WINDOWS.length; k++) {
    const window = WINDOWS[k]!;
    const at = end - window;
    if (at - begin < (begin === 0 ? LEAST_BEFORE : WINDOWS[0]!)) return null;
    const from = Math.max(begin, at - MOST_BEFORE);
    const since = sums[end]! - sums[at]!;
    const before = sums[at]! - sums[from]!;
    if (Math.abs(since / window - before / (at - from)) < LEAST_DIFFERENCE) continue;
    const ratio = logLikelihood(since, window) + logLikelihood(before, at - from);
    if (2 * (ratio - logLikelihood(since + before, end - from)) > threshold + PENALTIES[k]!) return window;
  }
  return null;
}
