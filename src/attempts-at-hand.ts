import type { Sample } from './domain/sample.ts';
import type { Places } from './places.ts';
import type { AttemptQuery, AttemptReader, AttemptsById } from './ports.ts';
import { RECENT_MS } from './recent.ts';

/**
 * The same attempts. Those of one endpoint in the last thirty days are picked from the samples in memory and read by their ids: the store knows
 * them by their due times alone, and would look through all that was asked meanwhile. An index by endpoint would cost every append.
 */
export function attemptsAtHand(
  store: AttemptReader & AttemptsById,
  places: Pick<Places, 'all'>,
  nowMs: () => number,
): AttemptReader {
  return {
    extent: async () => store.extent(),
    attempt: async (attemptId) => store.attempt(attemptId),
    async attempts(query) {
      const { modelId, provider, location, sinceMs, limit } = query;
      if (modelId === undefined || provider === undefined || sinceMs < nowMs() - RECENT_MS)
        return store.attempts(query);
      const seen = places
        .all()
        .filter((place) => location === undefined || place.location === location)
        .flatMap(({ recent }) => recent.byProvider(modelId).get(provider) ?? []);
      const wanted = seen.filter((sample) => isWanted(sample, query)).sort(newestFirst);
      return store.attemptsById(wanted.slice(0, limit).map(({ attemptId }) => attemptId));
    },
  };
}

const isWanted = (sample: Sample, { sinceMs, untilMs, outcome, after }: AttemptQuery) =>
  sample.dueAtMs >= sinceMs &&
  sample.dueAtMs < untilMs &&
  (outcome === undefined || sample.outcome === outcome) &&
  (after === undefined || newestFirst(after, sample) < 0);

/** As the store orders them. */
const newestFirst = (a: Pick<Sample, 'dueAtMs' | 'attemptId'>, b: Pick<Sample, 'dueAtMs' | 'attemptId'>) =>
  b.dueAtMs - a.dueAtMs || (a.attemptId > b.attemptId ? -1 : a.attemptId < b.attemptId ? 1 : 0);
