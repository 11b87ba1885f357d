/** From a value to its place along an axis, in per cent from 0 to 100; what lies beyond an end is drawn at that end. */
export type Scale = (value: number) => number;

export function linear(from: number, to: number): Scale {
  const length = to - from;
  return (value) => (length > 0 ? place((value - from) / length) : 50);
}

/** Equal factors are equally far apart. Both ends are above 0. */
export function logarithmic(from: number, to: number): Scale {
  const toLog = linear(Math.log(from), Math.log(to));
  return (value) => (value > 0 ? toLog(Math.log(value)) : 0);
}

/** The other way round: 0 is at the bottom of a picture, whose places count from its top. */
export const upwards =
  (scale: Scale): Scale =>
  (value) =>
    round(100 - scale(value));

/** Hundredths of a per cent are finer than any screen. */
export const round = (value: number) => Math.round(value * 100) / 100;

const place = (share: number) => round(100 * Math.min(1, Math.max(0, share)));

/** 0 and the round steps up to `most`, of which there are at most five. */
export function linearTicks(most: number): readonly number[] {
  if (!(most > 1e-9)) return [0];
  const rough = most / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * (STEPS.find((each) => each * power >= rough) ?? 10);
  return Array.from({ length: Math.floor(most / step) + 1 }, (_, index) => rounded(index * step));
}

const STEPS = [1, 2, 5, 10];

/** The 1, 2 and 5 of every power of ten between both ends; only the powers where those would be more than eight, and steps between where they are fewer than three. */
export function logTicks(from: number, to: number): readonly number[] {
  const powers: number[] = [];
  for (let power = Math.floor(Math.log10(from)); power <= Math.ceil(Math.log10(to)); power++) powers.push(power);
  const inside = (steps: readonly number[]) =>
    powers.flatMap((power) => steps.map((step) => rounded(step * 10 ** power))).filter((at) => at >= from && at <= to);
  const all = inside([1, 2, 5]);
  if (all.length < 3) return inside([1, 1.5, 2, 3, 4, 5, 7]);
  return all.length > 8 ? inside([1]) : all;
}

/** Without what binary fractions leave behind: 0.30000000000000004 is 0.3. */
const rounded = (value: number) => Number(value.toPrecision(12));

const HOUR_MS = 3_600_000;
const SPANS_MS = [1, 3, 6, 12, 24, 48, 168, 336, 720, 2160].map((hours) => hours * HOUR_MS);

/** Round moments of UTC inside a window, at most six, and how far they are apart. */
export function timeTicks(
  sinceMs: number,
  untilMs: number,
): { readonly stepMs: number; readonly at: readonly number[] } {
  const stepMs = SPANS_MS.find((span) => (untilMs - sinceMs) / span <= 6) ?? Math.ceil((untilMs - sinceMs) / 6);
  const at: number[] = [];
  for (let tick = Math.ceil(sinceMs / stepMs) * stepMs; tick < untilMs; tick += stepMs) at.push(tick);
  return { stepMs, at: at.slice(0, 6) };
}

/** Places as a path: each run is a line of its own, and a run of one is a dot where ends are round. */
export function pathOf(runs: readonly (readonly (readonly [x: number, y: number])[])[]): string {
  return runs
    .filter((run) => run.length > 0)
    .map((run) => `M${run.map(([x, y]) => `${x} ${y}`).join('L')}${run.length === 1 ? 'h.01' : ''}`)
    .join('');
}

/** The median of what is known; null: of nothing. */
export function medianOf(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null).toSorted((a, b) => a - b);
  if (known.length === 0) return null;
  const middle = known.length >> 1;
  return known.length % 2 === 1 ? known[middle]! : (known[middle - 1]! + known[middle]!) / 2;
}
