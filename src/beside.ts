import { askBeside, type Beside, goingOn } from './ask-beside.ts';
import { affordsBeside } from './budget.ts';
import { confirmFailing } from './confirm.ts';
import { cycleId } from './domain/ids.ts';
import type { Endpoint } from './domain/incident.ts';
import { CONFIRM } from './domain/probe-kind.ts';
import type { AttemptRecord } from './domain/record.ts';
import type { PlannedProbe, Target } from './domain/types.ts';
import { tryFeatures } from './features.ts';
import { keep } from './keep.ts';
import type { Stop } from './lib/with-grace.ts';
import type { Parts } from './parts.ts';
import type { CatalogStore } from './ports.ts';
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

export async function startBeside(parts: Parts, stop: Stop): Promise<BesideCycles> {
  const traffic = createTraffic(parts.config.schedule);
  const over = new AbortController();
  const starting = AbortSignal.any([stop.starting, over.signal]);
  const beside: Beside = { parts, traffic, stop: { starting }, ask: askHere(parts, stop.running) };
  const begin = () => Promise.allSettled([confirmFailing(beside), tryFeatures(beside)]);
  let loops = (await parts.store.lastGood()) === null ? null : begin(); // without a catalogue there is nobody to ask
  const wishes = new Set<Promise<void>>();
  parts.atOnce.ask = async (endpoint) => {
    const target = await liveTarget(endpoint, parts);
    if (target === null || over.signal.aborted) return false;
    const wish = goingOn(beside, async () => void (await askAtOnce(target, beside))).finally(() => wishes.delete(wish));
    wishes.add(wish);
    return true;
  };
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
      parts.atOnce.ask = null;
      over.abort();
      for (const loop of [...((await loops) ?? []), ...(await Promise.allSettled(wishes))])
        if (loop.status === 'rejected') throw loop.reason;
    },
  };
}

const askHere =
  (parts: Parts, running: AbortSignal): Beside['ask'] =>
  async (planned, signal, first) => {
    for await (const record of parts.prober.probe(planned, signal, first)) {
      if (record.outcome === 'skipped') return null;
      await keep(record, parts, running);
      return record;
    }
    return null;
  };

export async function liveTarget(
  { modelId, provider }: Endpoint,
  { store }: { readonly store: Pick<CatalogStore, 'lastGood'> },
): Promise<Target | null> {
  const targets = (await store.lastGood())?.targets ?? [];
  return targets.find((target) => target.modelId === modelId && target.provider === provider) ?? null;
}

/** As a confirm, whose rows enter no figure. @returns whether it was asked */
export async function askAtOnce(target: Target, beside: Beside): Promise<boolean> {
  const { store, clock } = beside.parts;
  const dueAtMs = clock.nowMs();
  if (!(await affordsBeside(target, ['confirm'], dueAtMs, beside.parts))) return false;
  const cycle = { cycleId: cycleId(store.writer, dueAtMs), dueAtMs };
  return (await askBeside({ cycle, target, kind: CONFIRM }, beside)) !== null;
}
