import type { Endpoint, Incident } from './domain/incident.ts';
import { DAY_MS } from './domain/utc-day.ts';
import type { WithKnown } from './knowledge.ts';
import { inTurn } from './lib/in-turn.ts';
import { createOutagesSoFar } from './outages-so-far.ts';
import type { Places } from './places.ts';
import type { Clock, IncidentStore, Log, SampleReader } from './ports.ts';
import type { Recent } from './recent.ts';
import { incidentsOf, LOOK_BACK_DAYS, ShiftsByTarget, type TargetShifts } from './verdict/find-incidents.ts';
import { OutageFinder } from './verdict/outages.ts';

/** More than a store ever has open or ended within the look-back. */
const MOST_KNOWN = 10_000;

export interface WatchParts {
  readonly recent: Recent;
  readonly store: IncidentStore & SampleReader;
  readonly knowledge: WithKnown;
  readonly location: string;
  /** Whether there are others: then each incident says from where it is seen. */
  readonly isOneOfSeveral?: () => boolean;
  readonly intervalMs: number;
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly log: Log;
}

/** Finds what happened, and keeps it. */
export interface Watch {
  /** Looks at what is new in the recent samples; the first time ever, at all there are. */
  judge(): Promise<void>;
}

/** Of every place, each by itself: what only one of them sees is told as seen from there. */
export function createWatches({
  places,
  ...parts
}: Omit<WatchParts, 'recent' | 'knowledge' | 'location' | 'isOneOfSeveral'> & { readonly places: Places }): Watch {
  const watches = new Map<string, Watch>();
  return {
    async judge() {
      for (const place of places.all()) {
        const { location } = place;
        let watch = watches.get(location);
        if (watch === undefined) {
          watch = createWatch({ ...parts, ...place, isOneOfSeveral: () => places.all().length > 1 });
          watches.set(location, watch);
        }
        await watch.judge();
      }
    },
  };
}

/** Of one place. */
export function createWatch(parts: WatchParts): Watch {
  const { recent, store, knowledge, location, isOneOfSeveral = () => false, intervalMs, clock, log } = parts;
  const outagesSoFar = createOutagesSoFar({ location, intervalMs });
  return {
    async judge() {
      const nowMs = clock.nowMs();
      const judgedUntilMs = await store.judgedUntilMs(location);
      const sinceMs = nowMs - LOOK_BACK_DAYS * DAY_MS;
      const samples = recent.all().slice();
      const lastAtMs = samples.at(-1)?.dueAtMs;
      if (lastAtMs === undefined) return;
      const known = await store.incidents({ location, sinceMs, limit: MOST_KNOWN });
      await inTurn();
      const now = await endpointsNow();
      const { outages, shifts } =
        judgedUntilMs === null
          ? await everything(nowMs)
          : { outages: await outagesSoFar.of(samples, nowMs), shifts: now.shifts };
      await inTurn();
      const samplesOf = ({ modelId, provider }: Endpoint) => recent.byProvider(modelId).get(provider) ?? [];
      const found = incidentsOf({
        ...{ samples, samplesOf, ...now, shifts, outages, known, location, nowMs, intervalMs, judgedUntilMs },
        isOneOfSeveral: isOneOfSeveral(),
      });
      await inTurn();
      await store.saveIncidents(found, { location, untilMs: lastAtMs });
      say(found, known);
    },
  };

  /** Part of a model at a time: others have a turn in between. */
  async function endpointsNow() {
    const flags = [];
    const features = [];
    const shifts = [];
    for (const modelId of recent.models()) {
      shifts.push(...knowledge.shiftsOf(modelId));
      await inTurn();
      for (const [provider, known] of await knowledge.knownInTurns(modelId)) {
        flags.push({ modelId, provider, flags: known.flags });
        features.push({ modelId, provider, features: known.features });
      }
      await inTurn();
    }
    return { flags, features, shifts };
  }

  /** What is older than the recent samples goes by once and is not kept. */
  async function everything(nowMs: number) {
    const outages = new OutageFinder({ location, intervalMs });
    const finders = new ShiftsByTarget(location);
    for await (const page of store.samples({ sinceMs: 0 })) {
      for (const sample of page) {
        outages.see(sample);
        finders.see(sample);
      }
    }
    const shifts: TargetShifts[] = [];
    for (const target of finders.told()) {
      shifts.push(target);
      await inTurn();
    }
    return { outages: outages.finish(nowMs), shifts };
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
