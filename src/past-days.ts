import { DAY_MS } from './domain/utc-day.ts';
import { historiesOfRollups, spanOf } from './history.ts';
import type { HistoryMetric, HistoryPoint, RollupReader, Window } from './ports.ts';

type Histories = ReadonlyMap<string, readonly HistoryPoint[]>;

/** A late sample has a day that is over read anew at once; what no sample at hand tells of is read so often. */
const KEPT_MS = 6 * 3_600_000;
/** Histories of a model: some hundred kilobytes each. */
const MOST_KEPT = 100;

/**
 * Histories by day of one model, seen from one place, of which only today is read for everybody who asks.
 *
 * @param seenBefore how many samples of a model that were due before that moment are at hand
 */
export function createPastDays(
  store: RollupReader,
  location: string,
  nowMs: () => number,
  seenBefore: (modelId: string, atMs: number) => number,
): (modelId: string, metric: HistoryMetric, window: Window, points: number) => Promise<Histories> {
  const kept = new Map<string, { readonly atMs: number; readonly histories: Promise<Histories> }>();

  function past(modelId: string, metric: HistoryMetric, window: Window, points: number): Promise<Histories> {
    const seen = seenBefore(modelId, window.untilMs);
    const key = JSON.stringify([modelId, metric, window.sinceMs, window.untilMs, points, seen]);
    const known = kept.get(key);
    if (known !== undefined && nowMs() - known.atMs < KEPT_MS) return known.histories;
    const histories = historiesOfRollups(store, { location, modelId }, metric, window, points);
    histories.catch(() => kept.delete(key)); // whoever asks next tries again
    kept.delete(key);
    kept.set(key, { atMs: nowMs(), histories });
    if (kept.size > MOST_KEPT) kept.delete(kept.keys().next().value!);
    return histories;
  }

  return async (modelId, metric, { sinceMs, untilMs }, points) => {
    const todayMs = Math.floor(nowMs() / DAY_MS) * DAY_MS;
    if (spanOf({ sinceMs, untilMs }, points) > DAY_MS || sinceMs >= todayMs || untilMs <= todayMs)
      return historiesOfRollups(store, { location, modelId }, metric, { sinceMs, untilMs }, points);
    const [before, today] = await Promise.all([
      past(modelId, metric, { sinceMs, untilMs: todayMs }, points),
      historiesOfRollups(store, { location, modelId }, metric, { sinceMs: todayMs, untilMs }, points),
    ]);
    const providers = new Set([...before.keys(), ...today.keys()]);
    return new Map(
      Array.from(providers, (provider) => [
        provider,
        [...(before.get(provider) ?? []), ...(today.get(provider) ?? [])],
      ]),
    );
  };
}
