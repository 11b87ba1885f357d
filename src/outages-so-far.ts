import type { FoundIncident } from './domain/incident.ts';
import type { Sample } from './domain/sample.ts';
import { inTurn } from './lib/in-turn.ts';
import { OutageFinder } from './verdict/outages.ts';

/** No cycle runs longer: of what was due before, nothing is still to come. */
const SETTLED_MS = 6 * 3600 * 1000;
/** Samples looked at without a break: a few milliseconds. */
const AT_ONCE = 2000;

/** Outages of all recent samples, of which each judgement looks only at the last hours anew. */
export interface OutagesSoFar {
  /** @param samples oldest first; they may have grown, or have been anything else, since the last time */
  of(samples: readonly Sample[], nowMs: number): Promise<readonly FoundIncident[]>;
}

export function createOutagesSoFar(place: ConstructorParameters<typeof OutageFinder>[0]): OutagesSoFar {
  let settled = new OutageFinder(place);
  let seen = 0;
  let first: Sample | undefined;
  let last: Sample | undefined;
  return {
    async of(samples, nowMs) {
      if (samples[0] !== first || samples[seen - 1] !== last) {
        settled = new OutageFinder(place);
        seen = 0;
      }
      const untilMs = (samples.at(-1)?.dueAtMs ?? 0) - SETTLED_MS;
      for (; seen < samples.length && samples[seen]!.dueAtMs < untilMs; seen++) {
        settled.see(samples[seen]!);
        if (seen % AT_ONCE === 0) await inTurn();
      }
      [first, last] = [samples[0], samples[seen - 1]];
      // A moment is judged once all its samples are in; what is judged of the last one before that is forgotten again.
      const now = settled.copy();
      await inTurn();
      for (let i = seen; i < samples.length; i++) {
        now.see(samples[i]!);
        if (i % AT_ONCE === 0) await inTurn();
      }
      await inTurn();
      return now.finish(nowMs);
    },
  };
}
