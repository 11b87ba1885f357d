import type { KnowledgeInTurns } from './boards.ts';
import type { Endpoint } from './domain/incident.ts';
import type { Sample } from './domain/sample.ts';
import type { Catalog } from './domain/types.ts';
import { createKnowledge, type PlaceKnowledge } from './knowledge.ts';
import type { CatalogStore, Knowledge, PlaceSeen, RollupReader, SampleReader } from './ports.ts';
import { createRecent, fillRecent, type Recent } from './recent.ts';
import { acrossPlaces } from './verdict/across-places.ts';
import { comparePlaces } from './verdict/compare.ts';
import { CHECKED_INTERVALS } from './verdict/evidence.ts';

export interface PlacesParts {
  readonly store: RollupReader & Pick<CatalogStore, 'lastGood'>;
  readonly nowMs: () => number;
  readonly intervalMs: number;
  /** Ours. */
  readonly location: string;
}

/** One place that was probed from, and what is known from there. */
interface Place {
  readonly location: string;
  readonly recent: Recent;
  readonly knowledge: PlaceKnowledge;
}

/** What was seen, apart for each place: nothing is ever reckoned over two of them at once. */
export interface Places extends Pick<Recent, 'lastAtMs' | 'since' | 'add'> {
  /** Answers for our own place, or for the one with the most samples while ours has none. */
  readonly knowledge: KnowledgeInTurns & { /** Incidents are others than before. */ learn(): void };
  /** Those that have samples, by name. */
  all(): readonly Place[];
  at(location: string): Place;
  /** The last good one, as it was read last; null: there is none. */
  catalog(): Catalog | null;
  /** Reads the last good catalogue again: until then answers are by the one before it. */
  readCatalog(): Promise<void>;
  /** Places that asked it within the last intervals, by name. */
  lookingAt(endpoint: Endpoint): readonly string[];
}

export function createPlaces(parts: PlacesParts): Places {
  const places = new Map<string, Place>();
  let catalog: Catalog | null = null;
  let learnt = 0;

  function at(location: string): Place {
    let place = places.get(location);
    if (place === undefined) {
      const recent = createRecent();
      place = { location, recent, knowledge: createKnowledge({ ...parts, recent, location, catalog: () => catalog }) };
      places.set(location, place);
    }
    return place;
  }

  const all = () =>
    [...places.values()]
      .filter(({ recent }) => recent.lastAtMs() !== null)
      .sort((a, b) => (a.location < b.location ? -1 : 1));

  function home(): Place {
    const ours = at(parts.location);
    if (ours.recent.lastAtMs() !== null) return ours;
    const size = ({ recent }: Place) => recent.all().length;
    return all().reduce((most, place) => (size(place) > size(most) ? place : most), ours);
  }

  const revision = () => [...places.values()].reduce((sum, { knowledge }) => sum + knowledge.revision(), learnt);

  /** @param here asked anew each time: our own place may have its first sample any moment */
  const knowledgeFrom = (here: () => Place): KnowledgeInTurns => ({
    nowMs: parts.nowMs,
    revision,
    location: () => here().location,
    locations: () => all().map(seen),
    from: (location) => (all().some((place) => place.location === location) ? knowledgeFrom(() => at(location)) : null),
    board: (hours) => here().knowledge.board(hours),
    boardInTurns: (...question) => here().knowledge.boardInTurns(...question),
    judged: (...question) => here().knowledge.judged(...question),
    judgedInTurns: (...question) => here().knowledge.judgedInTurns(...question),
    model: (...question) => here().knowledge.model(...question),
    recommend: (...question) => here().knowledge.recommend(...question),
    compare: (...question) => here().knowledge.compare(...question),
    history: (...question) => here().knowledge.history(...question),
    histories: (...question) => here().knowledge.histories(...question),
    reliability: () => here().knowledge.reliability(),
    hoursOfWeek: (...question) => here().knowledge.hoursOfWeek(...question),

    comparePlaces(endpoint, a, b, metric, window) {
      const samplesFrom = (location: string) =>
        places.get(location)?.recent.byProvider(endpoint.modelId).get(endpoint.provider) ?? [];
      const isKnown = [a, b].every((location) => samplesFrom(location).length > 0);
      return isKnown ? comparePlaces(endpoint, a, b, samplesFrom, metric, window) : null;
    },

    fromPlaces: (endpoint, window) => all().flatMap(({ knowledge }) => knowledge.seen(endpoint, window) ?? []),

    checks(endpoint) {
      const { location, knowledge } = here();
      const own = knowledge.checks(endpoint);
      if (own === null) return null;
      const elsewhere = all().flatMap((place) => {
        const seen = place.location === location ? null : place.knowledge.checks(endpoint);
        return seen === null ? [] : [{ location: place.location, endpoint: seen.endpoint, finding: seen.finding }];
      });
      return acrossPlaces(location, own, elsewhere);
    },
  });

  return {
    knowledge: { ...knowledgeFrom(home), learn: () => void learnt++ },
    all,
    at,
    catalog: () => catalog,
    async readCatalog() {
      catalog = await parts.store.lastGood();
    },
    lookingAt({ modelId, provider }) {
      const sinceMs = parts.nowMs() - CHECKED_INTERVALS * parts.intervalMs;
      const lastAtMs = ({ recent }: Place) => recent.byProvider(modelId).get(provider)?.at(-1)?.dueAtMs ?? -Infinity;
      return all().flatMap((place) => (lastAtMs(place) > sinceMs ? place.location : []));
    },
    add: (sample: Sample) => at(sample.location).recent.add(sample),
    lastAtMs: () => all().reduce<number | null>((last, { recent }) => Math.max(last ?? 0, recent.lastAtMs()!), null),
    since: (sinceMs) => all().flatMap(({ recent }) => recent.since(sinceMs)),
  };
}

function seen({ location, recent }: Place): PlaceSeen {
  const samples = recent.all();
  return { location, sinceMs: samples[0]!.dueAtMs, lastAtMs: samples.at(-1)!.dueAtMs, samples: samples.length };
}

/** For a program that only reads, beside the one that writes: it looks again when told to. */
export async function openKnowledge(
  store: PlacesParts['store'] & SampleReader,
  parts: Omit<PlacesParts, 'store'>,
): Promise<Knowledge & { /** Takes in what was stored since. */ refresh(): Promise<void> }> {
  const places = createPlaces({ ...parts, store });
  const refresh = async () => {
    await places.readCatalog();
    await fillRecent(places, store, parts.nowMs());
  };
  await refresh();
  return { ...places.knowledge, refresh };
}
