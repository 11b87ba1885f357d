import { confirmFailing } from './confirm.ts';
import type { AttemptRecord } from './domain/record.ts';
import type { PlannedProbe } from './domain/types.ts';
import { tryFeatures } from './features.ts';
import type { Stop } from './lib/with-grace.ts';
import type { Parts } from './parts.ts';
import { createTraffic } from './schedule/traffic.ts';

/** Confirm and feature probes, under way beside the cycles, out of whose way they keep. */
export interface BesideCycles {
  /** To be told of the cycles. */
  readonly watcher: {
    planned(plan: readonly PlannedProbe[]): void;
    stored(record: AttemptRecord): void;
    cycleEnded(): void;
  };
  /** Drops what is under way. @throws StoreError when the disk refused the last rows until the end */
  end(): Promise<void>;
}

export function startBeside(parts: Parts, stop: Stop): BesideCycles {
  const traffic = createTraffic(parts.config.schedule);
  const over = new AbortController();
  const starting = AbortSignal.any([stop.starting, over.signal]);
  const beside = { parts, traffic, stop: { starting, running: stop.running } };
  const begin = () => Promise.allSettled([confirmFailing(beside), tryFeatures(beside)]);
  let loops = parts.store.lastGood() === null ? null : begin(); // without a catalogue there is nobody to ask
  return {
    watcher: {
      planned(plan) {
        traffic.cycleBegins(plan.filter(({ skip }) => skip === null).map(({ target }) => target));
        loops ??= begin();
      },
      stored({ final, modelId, providerName: provider }) {
        if (final && modelId !== null && provider !== null) traffic.settled({ modelId, provider });
      },
      cycleEnded: () => traffic.cycleEnds(),
    },
    async end() {
      over.abort();
      for (const loop of (await loops) ?? []) if (loop.status === 'rejected') throw loop.reason;
    },
  };
}
