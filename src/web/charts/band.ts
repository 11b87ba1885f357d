import type { HistoryPoint } from '../../ports.ts';
import { linear, linearTicks, medianOf, type Scale, timeTicks, upwards } from './scale.ts';

/** One stretch of a history. */
export type BandPoint = Omit<HistoryPoint, 'ok' | 'targetErrors'>;

export interface Stretch {
  readonly sinceMs: number;
  readonly untilMs: number;
}

type Place = readonly [x: number, y: number];

export interface Band {
  readonly x: Scale;
  readonly y: Scale;
  readonly median: readonly (readonly Place[])[];
  /** Each goes along the 90th percentile and back along the 10th. */
  readonly areas: readonly (readonly Place[])[];
  /** Median lines of others. */
  readonly others: readonly (readonly (readonly Place[])[])[];
  /** Where the 90th percentile lies above the chart. */
  readonly clipped: readonly number[];
  readonly yTicks: readonly number[];
  readonly xTicks: ReturnType<typeof timeTicks>;
}

/** A median line over its band, with y from 0. A single wild day does not flatten all others: the top is the 98.5th percentile of p90. */
export function bandOf(
  points: readonly BandPoint[],
  { sinceMs, untilMs }: Stretch,
  others: readonly (readonly BandPoint[])[] = [],
): Band {
  const medianAlone = others.map((each) => each.map((point) => ({ ...point, p90: point.p50 })));
  const top = Math.max(...[points, ...medianAlone].map(topOf));
  const x = linear(sinceMs, untilMs);
  const y = upwards(linear(0, top));
  const xOf = ({ atMs, spanMs }: BandPoint) => x(atMs + spanMs / 2);
  const lineOf = (some: readonly BandPoint[]) =>
    runsOf(some.filter(({ p50 }) => p50 !== null)).map((run) => run.map((point): Place => [xOf(point), y(point.p50!)]));
  const banded = runsOf(points.filter(({ p10, p90 }) => p10 !== null && p90 !== null));
  return {
    x,
    y,
    median: lineOf(points),
    others: others.map(lineOf),
    areas: banded
      .filter((run) => run.length > 1)
      .map((run) => [
        ...run.map((point): Place => [xOf(point), y(point.p90!)]),
        ...run.toReversed().map((point): Place => [xOf(point), y(point.p10!)]),
      ]),
    clipped: points.filter(({ p90 }) => p90 !== null && p90 > top).map(xOf),
    yTicks: top === 0 ? [] : linearTicks(top),
    xTicks: timeTicks(sinceMs, untilMs),
  };
}

/** No median is ever above it. */
function topOf(points: readonly BandPoint[]): number {
  const upper = points.flatMap(({ p90 }) => p90 ?? []).toSorted((a, b) => a - b);
  const cap = upper[Math.ceil(0.985 * upper.length) - 1] ?? 0;
  return Math.max(cap, ...points.map(({ p50 }) => (p50 ?? 0) * 1.05));
}

/** Neighbours in time; where a stretch is missing, another run begins. */
function runsOf(points: readonly BandPoint[]): readonly (readonly BandPoint[])[] {
  const runs: BandPoint[][] = [];
  for (const point of points) {
    const before = runs.at(-1)?.at(-1);
    if (before !== undefined && point.atMs <= before.atMs + 1.5 * before.spanMs) runs.at(-1)!.push(point);
    else runs.push([point]);
  }
  return runs;
}

/** The levels on both sides of a change, each the median of the medians shown there; null where none is. */
export function levelsAround(points: readonly BandPoint[], atMs: number) {
  const of = (side: readonly BandPoint[]) => medianOf(side.map(({ p50 }) => p50));
  return {
    before: of(points.filter((point) => point.atMs + point.spanMs / 2 < atMs)),
    since: of(points.filter((point) => point.atMs + point.spanMs / 2 >= atMs)),
  };
}
