import { probeId } from '../domain/ids.ts';
import type { SkipReason } from '../domain/outcome.ts';
import { kindText, STANDARD } from '../domain/probe-kind.ts';
import type { AttemptRecord } from '../domain/record.ts';
import type { Cycle, PlannedProbe } from '../domain/types.ts';
import { catalogued, type Frame, framedBy, identified, iso, plannedAs, UNKNOWN } from './row.ts';

const SKIPPED: Readonly<Record<SkipReason, string>> = {
  budget: 'not asked: this cycle is left out to keep to the budget of the day',
  shutdown: 'not asked: the tracker was stopping',
  delisted: 'not asked: live within the last seven days, and no longer listed as live',
  no_catalogue: 'nothing asked: there is no catalogue of models, and none was ever read',
  no_worker: 'not asked: no worker of this place was there to ask it in time',
};

/**
 * The final row of a probe that was not asked, or not asked again.
 *
 * @param attemptsSoFar attempts of the probe that have rows already
 */
export function skippedRecord(
  planned: PlannedProbe,
  reason: SkipReason,
  attemptsSoFar: number,
  frame: Omit<Frame, 'redact'>,
): AttemptRecord {
  return {
    ...UNKNOWN,
    ...framedBy(frame, planned.kind),
    ...plannedAs(planned, attemptsSoFar === 0 ? 0 : attemptsSoFar + 1),
    ...(reason === 'delisted' ? {} : catalogued(planned.target)), // the catalogue of this cycle says nothing of it
    ...skippedAs(reason),
  };
}

/** The only row of a cycle without a catalogue. */
export function noCatalogueRecord(cycle: Cycle, scheduledAtMs: number, frame: Omit<Frame, 'redact'>): AttemptRecord {
  return {
    ...UNKNOWN,
    ...framedBy(frame, STANDARD),
    ...identified(cycle, probeId(cycle.cycleId, frame.identity.location, '', '', kindText(STANDARD)), 0),
    scheduledAtIso: iso(scheduledAtMs),
    ...skippedAs('no_catalogue'),
  };
}

function skippedAs(reason: SkipReason) {
  return { final: true, outcome: 'skipped', errorClass: reason, errorMessage: SKIPPED[reason] } as const;
}
