import type { Sample } from './domain/sample.ts';
import { DAY_MS } from './domain/utc-day.ts';
import type { SampleReader } from './ports.ts';

/** How far back verdicts look; what is older is told by rollups and incidents. */
export const RECENT_MS = 30 * DAY_MS;

/** The samples of the last thirty days in memory, by model and oldest first: what every verdict is made of. */
export interface Recent {
  /** Rises with every sample. */
  revision(): number;
  /** Of one model alone. */
  revisionOf(modelId: string): number;
  models(): readonly string[];
  /** Due time of the newest sample; null: there is none. */
  lastAtMs(): number | null;
  of(modelId: string): readonly Sample[];
  /** Those of one model, by provider. */
  byProvider(modelId: string): ReadonlyMap<string, readonly Sample[]>;
  /** Of all models. It goes on changing: whoever takes a while over it takes a copy. */
  all(): readonly Sample[];
  /** Those due from then on. */
  since(sinceMs: number): readonly Sample[];
  /** One that is there already is left as it is. */
  add(sample: Sample): void;
}

interface OfModel {
  readonly samples: Sample[];
  readonly byProvider: Map<string, Sample[]>;
  revision: number;
}

const NONE: ReadonlyMap<string, readonly Sample[]> = new Map();

export function createRecent(): Recent {
  const byModel = new Map<string, OfModel>();
  const all: Sample[] = [];
  let revision = 0;
  return {
    revision: () => revision,
    revisionOf: (modelId) => byModel.get(modelId)?.revision ?? 0,
    models: () => [...byModel.keys()],
    lastAtMs: () => all.at(-1)?.dueAtMs ?? null,
    of: (modelId) => byModel.get(modelId)?.samples ?? [],
    byProvider: (modelId) => byModel.get(modelId)?.byProvider ?? NONE,
    all: () => all,
    since: (sinceMs) => all.slice(all.findLastIndex(({ dueAtMs }) => dueAtMs < sinceMs) + 1),
    add(sample) {
      const { modelId, providerName, dueAtMs } = sample;
      if (isThere(sample, byModel.get(modelId)?.byProvider.get(providerName) ?? [])) return;
      revision++;
      let ofModel = byModel.get(modelId);
      if (ofModel === undefined) {
        ofModel = { samples: [], byProvider: new Map(), revision };
        byModel.set(modelId, ofModel);
      }
      ofModel.revision = revision;
      insert(all, sample);
      insert(ofModel.samples, sample);
      const ofProvider = ofModel.byProvider.get(providerName);
      if (ofProvider === undefined) ofModel.byProvider.set(providerName, [sample]);
      else insert(ofProvider, sample);

      dropOlder(all, dueAtMs - RECENT_MS);
      if (!dropOlder(ofModel.samples, dueAtMs - RECENT_MS)) return;
      for (const [provider, samples] of ofModel.byProvider) {
        const kept = samples.filter((each) => each.dueAtMs >= dueAtMs - RECENT_MS);
        if (kept.length > 0) ofModel.byProvider.set(provider, kept);
        else ofModel.byProvider.delete(provider);
      }
    },
  };
}

/** Those due at the same time are next to each other. */
function isThere({ attemptId, dueAtMs }: Sample, samples: readonly Sample[]): boolean {
  for (let at = samples.length - 1; at >= 0 && samples[at]!.dueAtMs >= dueAtMs; at--) {
    if (samples[at]!.attemptId === attemptId) return true;
  }
  return false;
}

/** Nearly always at the end: cycles come in order, and only probes between two of them are late by a place or two. */
function insert(samples: Sample[], sample: Sample): void {
  let at = samples.length;
  while (at > 0 && samples[at - 1]!.dueAtMs > sample.dueAtMs) at--;
  samples.splice(at, 0, sample);
}

/** In lots of at least a day: taking one from the front at a time would move all others each time. @returns whether any went */
function dropOlder(samples: Sample[], sinceMs: number): boolean {
  if (samples[0]!.dueAtMs >= sinceMs - DAY_MS) return false;
  samples.splice(
    0,
    samples.findIndex(({ dueAtMs }) => dueAtMs >= sinceMs),
  );
  return true;
}

/** Rows of a cycle come as long as it runs; no cycle runs longer. */
const STILL_COMING_MS = DAY_MS / 4;

/** What the store has of the last thirty days; called again, what has come to it since. */
export async function fillRecent(
  recent: Pick<Recent, 'lastAtMs' | 'add'>,
  store: SampleReader,
  nowMs: number,
): Promise<void> {
  const sinceMs = Math.max(nowMs - RECENT_MS, (recent.lastAtMs() ?? -Infinity) - STILL_COMING_MS);
  for await (const page of store.samples({ sinceMs })) {
    for (const sample of page) recent.add(sample);
  }
}
