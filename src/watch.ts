import { setImmediate } from 'node:timers/promises';
import type { Incident } from './domain/incident.ts';
import type { Sample } from './domain/sample.ts';
import { DAY_MS } from './domain/utc-day.ts';
import type { WithKnown } from './knowledge.ts';
import type { Clock, IncidentStore, Log, SampleReader } from './ports.ts';
import type { Recent } from './recent.ts';
import { incidentSearch, LOOK_BACK_DAYS } from './verdict/find-incidents.ts';

/** More than a store ever has open or ended within the look-back. */
const MOST_KNOWN = 10_000;

export interface WatchParts {
  readonly recent: Recent;
  readonly store: IncidentStore & SampleReader;
  readonly knowledge: WithKnown;
  readonly location: string;
  readonly intervalMs: number;
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly log: Log;
}

/** Finds what happened, and keeps it. */
export interface Watch {
  /** Looks at the samples of the last four weeks; the first time ever, at all there are. */
  judge(): Promise<void>;
}

export function createWatch({ recent, store, knowledge, location, intervalMs, clock, log }: WatchParts): Watch {
  return {
    async judge() {
      const nowMs = clock.nowMs();
      const judgedUntilMs = store.judgedUntilMs();
      const sinceMs = nowMs - LOOK_BACK_DAYS * DAY_MS;
      const samples = judgedUntilMs === null ? await everything(store) : recent.all();
      const lastAtMs = samples.at(-1)?.dueAtMs;
      if (lastAtMs === undefined) return;
      const known = store.incidents({ sinceMs, limit: MOST_KNOWN });
      const endpoints = await endpointsNow();
      const looked = judgedUntilMs === null ? samples : samples.filter(({ dueAtMs }) => dueAtMs >= sinceMs);
      const evidence = { samples: looked, ...endpoints, known, location, nowMs, intervalMs, judgedUntilMs };
      const found = await inTurns(incidentSearch(evidence));
      store.saveIncidents(found, lastAtMs);
      say(found, known);
    },
  };

  /** A model at a time: others have a turn in between. */
  async function endpointsNow() {
    const flags = [];
    const features = [];
    for (const modelId of recent.models()) {
      for (const [provider, known] of knowledge.knownOf(modelId)) {
        flags.push({ modelId, provider, flags: known.flags });
        features.push({ modelId, provider, features: known.features });
      }
      await setImmediate();
    }
    return { flags, features };
  }

  function say(found: readonly Omit<Incident, 'acknowledged' | 'silenced'>[], known: readonly Incident[]): void {
    const before = new Map(known.map((incident) => [incident.incidentId, incident]));
    const begun = found.filter(({ incidentId, endedAtMs }) => endedAtMs === null && !before.has(incidentId));
    for (const { kind, scope, says, incidentId } of begun) log.warn({ kind, scope, incidentId }, says);
    for (const { kind, says, endedAtMs, endReason, incidentId } of found) {
      if (endedAtMs !== null && before.get(incidentId)?.endedAtMs === null)
        log.info({ kind, incidentId, endReason }, `over: ${says}`);
    }
  }
}

/** Others have a turn after each step. */
async function inTurns<Value>(steps: Generator<undefined, Value, undefined>): Promise<Value> {
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
    await setImmediate();
  }
}

async function everything(store: SampleReader): Promise<readonly Sample[]> {
  const samples: Sample[] = [];
  for await (const page of store.samples({ sinceMs: 0 })) samples.push(...page);
  return samples;
}
