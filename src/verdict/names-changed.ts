import { type Evidence, LEAST_BEFORE, riseOf } from './splits.ts';

/** Beyond this, what is mostly one value is taken for a series of one value. */
const MOST_STRAYS = 0.05;
/** Nats from which a value that was always the same is held for changed. */
const LEAST_NATS = 12;
/** So many of the last values must show it still. */
const RECENT = 24;
const LEAST_RECENT = 2;

/** A count or a name that hardly ever varied became another. */
export interface Replaced {
  /** Cycle of the first other value. */
  readonly at: number;
  readonly was: number;
  readonly is: number;
  /** Values since, and how many of them are `is`. */
  readonly n: number;
  readonly count: number;
  readonly evidence: Evidence;
}

/** The changes that last, oldest first. A value that varies anyhow tells none. */
export function replacedIn(values: Float64Array): readonly Replaced[] {
  const found: Replaced[] = [];
  let from = 0;
  for (;;) {
    const next = firstReplaced(values, from);
    if (next === null) return found;
    found.push(next);
    from = next.at;
  }
}

function firstReplaced(values: Float64Array, from: number): Replaced | null {
  const first = knownIn(values, from, values.length, LEAST_BEFORE);
  if (first.length < LEAST_BEFORE) return null;
  const was = modeOf(first);
  if (was.count < (1 - MOST_STRAYS) * LEAST_BEFORE - 1) return null;
  let i = from;
  while (i < values.length && (values[i] === was.value || Number.isNaN(values[i]!))) i++;
  if (i === values.length) return null;
  const isOther = values.map((value) => (Number.isNaN(value) ? value : value === was.value ? 0 : 1));
  const evidence = riseOf(isOther, from, true);
  if (evidence === null || evidence.nats[evidence.best]! < LEAST_NATS) return null;
  const at = evidence.best;
  if (values[at] === was.value) return null;
  const before = knownIn(values, from, at);
  const since = knownIn(values, at, values.length);
  const is = modeOf(since.filter((value) => value !== was.value));
  const strays = before.filter((value) => value !== was.value).length;
  const seenBefore = before.filter((value) => value === is.value).length;
  const recent = since.slice(-RECENT).filter((value) => value !== was.value).length;
  if (strays > MOST_STRAYS * before.length || seenBefore > 0.01 * before.length || recent < LEAST_RECENT) return null;
  return { at, was: was.value, is: is.value, n: since.length, count: is.count, evidence };
}

/** At most that many known values of [from, to), oldest first. */
export function knownIn(values: Float64Array, from: number, to: number, most = Number.POSITIVE_INFINITY): number[] {
  const known: number[] = [];
  for (let i = from; i < to && known.length < most; i++) if (!Number.isNaN(values[i]!)) known.push(values[i]!);
  return known;
}

/** The last of them, at most that many, newest first. */
export function lastKnown(values: Float64Array, most: number): number[] {
  const known: number[] = [];
  for (let i = values.length - 1; i >= 0 && known.length < most; i--)
    if (!Number.isNaN(values[i]!)) known.push(values[i]!);
  return known;
}

/** The most frequent; NaN of none. */
export function modeOf(values: readonly number[]): { readonly value: number; readonly count: number } {
  const counts = new Map<number, number>();
  let [mode, most] = [Number.NaN, 0];
  for (const value of values) {
    const count = (counts.get(value) ?? 0) + 1;
    counts.set(value, count);
    if (count > most) [mode, most] = [value, count];
  }
  return { value: mode, count: most };
}
