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
  of(modelId: string): readonly Sample[];
  all(): readonly Sample[];
  add(sample: Sample): void;
}

export function createRecent(): Recent {
  const byModel = new Map<string, Sample[]>();
  const revisions = new Map<string, number>();
  let revision = 0;
  return {
    revision: () => revision,
    revisionOf: (modelId) => revisions.get(modelId) ?? 0,
    models: () => [...byModel.keys()],
    of: (modelId) => byModel.get(modelId) ?? [],
    all: () => [...byModel.values()].flat().sort((a, b) => a.dueAtMs - b.dueAtMs),
    add(sample) {
      const { modelId } = sample;
      revision++;
      revisions.set(modelId, revision);
      const samples = byModel.get(modelId) ?? [];
      byModel.set(modelId, samples);
      insert(samples, sample);
      dropOlder(samples, sample.dueAtMs - RECENT_MS);
    },
  };
}

/** Nearly always at the end: cycles come in order, and only probes between two of them are late by a place or two. */
function insert(samples: Sample[], sample: Sample): void {
  let at = samples.length;
  while (at > 0 && samples[at - 1]!.dueAtMs > sample.dueAtMs) at--;
  samples.splice(at, 0, sample);
}

/** In lots of at least a day: taking one from the front at a time would move all others each time. */
function dropOlder(samples: Sample[], sinceMs: number): void {
  if (samples[0]!.dueAtMs >= sinceMs - DAY_MS) return;
  samples.splice(
    0,
    samples.findIndex(({ dueAtMs }) => dueAtMs >= sinceMs),
  );
}

/** What the store has of the last thirty days. */
export async function fillRecent(recent: Recent, store: SampleReader, nowMs: number): Promise<void> {
  for await (const page of store.samples({ sinceMs: nowMs - RECENT_MS })) for (const sample of page) recent.add(sample);
}
