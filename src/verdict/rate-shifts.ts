import { type LevelShift, SETTLED_MS, type Strictness, THRESHOLDS } from './level-shifts.ts';

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
 * @param failed 1 for a failure, 0 for a good reply, oldest first
 * @returns shifts of the share of good replies, positions in `failed`
 */
export function scanRate(atMs: Float64Array, failed: Uint8Array, strictness: Strictness): readonly LevelShift[] {
  const kept: number[] = [];
  for (let i = 0; i < failed.length; i++) if (failed[i] === 0 || failed[i - 1] !== 1) kept.push(i);
  const sums = new Uint32Array(kept.length + 1);
  for (let k = 0; k < kept.length; k++) sums[k + 1] = sums[k]! + failed[kept[k]!]!;
  const shifts: LevelShift[] = [];
  let begin = 0;
  let open: LevelShift | null = null;
  const good = (from: number, to: number) => 1 - (sums[to]! - sums[from]!) / (to - from);
  for (let end = LEAST_BEFORE; end <= kept.length; end++) {
    if (open !== null && atMs[kept[end - 1]!]! - atMs[open.at]! >= SETTLED_MS) {
      shifts.push({ ...open, settledAtMs: atMs[open.at]! + SETTLED_MS });
      open = null;
    }
    const window = windowApart(sums, begin, end, THRESHOLDS[strictness] ** 2);
    if (window === null) continue;
    const at = end - window;
    const before = good(Math.max(begin, at - MOST_BEFORE), at);
    const since = good(at, end);
    const shift = {
      at: kept[at]!,
      noticedAt: kept[end - 1]!,
      endedAt: null,
      settledAtMs: null,
      from: before,
      to: since,
    };
    if (open === null) {
      open = shift;
    } else if (Math.abs(since - open.from) < Math.abs(since - open.to)) {
      shifts.push({ ...open, endedAt: kept[at]! });
      open = null;
    } else {
      open = { ...(open as LevelShift), to: since };
    }
    begin = at;
  }
  if (open !== null) shifts.push(open);
  return shifts;
}

function windowApart(sums: Uint32Array, begin: number, end: number, threshold: number): number | null {
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

/** Of so many failures among n, each with the share that makes them likeliest. */
function logLikelihood(failures: number, n: number): number {
  return xLogX(failures) + xLogX(n - failures) - xLogX(n);
}

const xLogX = (x: number) => (x === 0 ? 0 : x * Math.log(x));
