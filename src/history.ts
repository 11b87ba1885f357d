import { LATENCY_NAMES, RollupSum, SPAN_MS, tallyOf } from './domain/rollup.ts';
import type { Sample } from './domain/sample.ts';
import { percentile } from './domain/statistics.ts';
import type { DayCount, HistoryMetric, HistoryPoint, HourOfWeek, RollupReader, Window } from './ports.ts';
import { spreadOf } from './verdict/spread.ts';
import { within } from './verdict/within.ts';

/** 1970 began on a Thursday. */
const EPOCH_HOUR = 3 * 24;
const HOURS_OF_WEEK = 7 * 24;
/** Lengths of a stretch that a reader can name. */
const SPANS_MS = [1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440].map((minutes) => minutes * 60_000);

/** The shortest stretch that a person can name, with which a window has at most `points` of them; whole days beyond one. */
export function spanOf({ sinceMs, untilMs }: Window, points: number): number {
  const leastMs = (untilMs - sinceMs) / Math.max(1, points);
  return SPANS_MS.find((spanMs) => spanMs >= leastMs) ?? Math.ceil(leastMs / SPAN_MS.day) * SPAN_MS.day;
}

/** From the samples of one endpoint, which are exact. */
export function historyOfSamples(
  samples: readonly Sample[],
  metric: HistoryMetric,
  window: Window,
  points: number,
): readonly HistoryPoint[] {
  const spanMs = spanOf(window, points);
  const inside = within(samples, window).filter(({ probeKind }) => probeKind === 'standard');
  const buckets = Map.groupBy(inside, ({ dueAtMs }) => Math.floor(dueAtMs / spanMs) * spanMs);
  return [...buckets].map(([atMs, bucket]) => {
    const { n, p10, p50, p90 } = spreadOf(bucket.map((sample) => (sample.outcome === 'ok' ? sample[metric] : null)));
    const first = bucket.filter(({ attempt }) => attempt === 1);
    return {
      ...{ atMs, spanMs, n, p10, p50, p90 },
      ok: first.filter(({ outcome }) => outcome === 'ok').length,
      targetErrors: first.filter(({ outcome }) => outcome === 'target_error').length,
    };
  });
}

/** From the rollups of days, within 1 %: for windows beyond the samples at hand. By provider of one model, seen from one place. */
export async function historiesOfRollups(
  store: RollupReader,
  { location, modelId }: { readonly location: string; readonly modelId: string },
  metric: HistoryMetric,
  window: Window,
  points: number,
): Promise<ReadonlyMap<string, readonly HistoryPoint[]>> {
  const spanMs = Math.max(SPAN_MS.day, spanOf(window, points));
  const byProvider = new Map<string, Map<number, RollupSum>>();
  const latencies = LATENCY_NAMES.filter((name) => name === metric);
  for await (const page of store.rollups({ span: 'day', ...window, latencies, modelId })) {
    for (const { atMs, series, ...rollup } of page) {
      if (series.location !== location) continue;
      const sums = byProvider.get(series.provider) ?? new Map<number, RollupSum>();
      const bucketMs = Math.floor(atMs / spanMs) * spanMs;
      sums.set(bucketMs, (sums.get(bucketMs) ?? new RollupSum()).merge(rollup));
      byProvider.set(series.provider, sums);
    }
  }
  return new Map(
    [...byProvider].map(([provider, sums]) => [
      provider,
      [...sums].map(([atMs, sum]) => {
        const histogram = sum.histogram(metric);
        return {
          ...{ atMs, spanMs, n: histogram.n },
          p10: histogram.percentile(10),
          p50: histogram.percentile(50),
          p90: histogram.percentile(90),
          ok: tallyOf(sum.rollup(), 'ok').first,
          targetErrors: tallyOf(sum.rollup(), 'target_error').first,
        };
      }),
    ]),
  );
}

/** By provider over all its models, one count for each day of the window, seen from one place. */
export async function daysOfRollups(
  store: RollupReader,
  location: string,
  window: Window,
): Promise<ReadonlyMap<string, readonly DayCount[]>> {
  const length = Math.round((window.untilMs - window.sinceMs) / SPAN_MS.day);
  const byProvider = new Map<string, { atMs: number; ok: number; targetErrors: number }[]>();
  for await (const page of store.rollups({ span: 'day', ...window, latencies: [] })) {
    for (const { atMs, series, tallies } of page) {
      if (series.location !== location) continue;
      let days = byProvider.get(series.provider);
      if (days === undefined) {
        days = Array.from({ length }, (_, day) => ({
          atMs: window.sinceMs + day * SPAN_MS.day,
          ok: 0,
          targetErrors: 0,
        }));
        byProvider.set(series.provider, days);
      }
      const day = days[Math.floor((atMs - window.sinceMs) / SPAN_MS.day)];
      if (day === undefined) continue;
      day.ok += tallyOf({ tallies }, 'ok').first;
      day.targetErrors += tallyOf({ tallies }, 'target_error').first;
    }
  }
  return byProvider;
}

/** @param samples of one endpoint; those of all weeks fall together */
export function hoursOfWeek(samples: readonly Sample[], metric: HistoryMetric, window: Window): readonly HourOfWeek[] {
  const inside = within(samples, window).filter(
    ({ probeKind, outcome }) => probeKind === 'standard' && outcome === 'ok',
  );
  const hours = Map.groupBy(inside, ({ dueAtMs }) => (Math.floor(dueAtMs / SPAN_MS.hour) + EPOCH_HOUR) % HOURS_OF_WEEK);
  return [...hours]
    .sort(([a], [b]) => a - b)
    .map(([index, of]) => {
      const values = of.flatMap((sample) => sample[metric] ?? []);
      return { weekday: Math.floor(index / 24), hour: index % 24, n: values.length, p50: percentile(values, 50) };
    });
}
