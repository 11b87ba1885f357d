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
  all(): readonly Sample[];
  /** Those due from then on. */
  since(sinceMs: number): readonly Sample[];
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
    lastAtMs: () => (byModel.size === 0 ? null : Math.max(...Array.from(byModel.values(), (of) => of.at(-1)!.dueAtMs))),
    of: (modelId) => byModel.get(modelId) ?? [],
    all: () => inOrder([...byModel.values()]),
    since: (sinceMs) => inOrder([...byModel.values()].map((samples) => tailOf(samples, sinceMs))),
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

const inOrder = (models: readonly (readonly Sample[])[]) => models.flat().sort((a, b) => a.dueAtMs - b.dueAtMs);

function tailOf(samples: readonly Sample[], sinceMs: number): readonly Sample[] {
  let from = samples.length;
  while (from > 0 && samples[from - 1]!.dueAtMs >= sinceMs) from--;
  return samples.slice(from);
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

/** Rows of a cycle come as long as it runs; no cycle runs longer. */
const STILL_COMING_MS = DAY_MS / 4;

/** What the store has of the last thirty days; called again, what has come to it since. */
export async function fillRecent(recent: Recent, store: SampleReader, nowMs: number): Promise<void> {
  const sinceMs = Math.max(nowMs - RECENT_MS, (recent.lastAtMs() ?? -Infinity) - STILL_COMING_MS);
  const known = new Set<string>();
  for (const modelId of recent.models()) {
    for (const { attemptId, dueAtMs } of recent.of(modelId)) if (dueAtMs >= sinceMs) known.add(attemptId);
  }
  for await (const page of store.samples({ sinceMs })) {
    for (const sample of page) if (!known.has(sample.attemptId)) recent.add(sample);
  }
}
