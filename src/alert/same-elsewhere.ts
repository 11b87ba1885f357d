import type { Incident } from '../domain/incident.ts';

/** Changes of prices and lengths last for weeks: two that begin further apart are not one. */
const SAME_START_MS = 24 * 3600 * 1000;

/**
 * Incidents that are one thing, seen from several places, each list in order of start: of one kind, of the same endpoints, at the same time. Of one
 * place at most one lasts at any time. What befalls one place alone (it is offline) is nobody else's.
 */
export function seenTogether(incidents: readonly Incident[]): readonly (readonly [Incident, ...Incident[]])[] {
  const things: [Incident, ...Incident[]][] = [];
  const inOrder = incidents.toSorted((a, b) => a.startedAtMs - b.startedAtMs || (a.incidentId < b.incidentId ? -1 : 1));
  for (const incident of inOrder) {
    const thing = things.find(
      (seen) =>
        seen.some((other) => isSameElsewhere(other, incident)) &&
        seen.every((other) => other.location !== incident.location || !overlap(other, incident)),
    );
    if (thing === undefined) things.push([incident]);
    else thing.push(incident);
  }
  return things;
}

function isSameElsewhere(a: Incident, b: Incident): boolean {
  if (a.location === b.location || a.kind !== b.kind || !overlap(a, b)) return false;
  if (a.kind === 'outage' && (a.scope === 'us' || b.scope === 'us')) return false;
  if (a.kind === 'change' || a.kind === 'feature_fails') {
    if (a.cause !== b.cause || Math.abs(a.startedAtMs - b.startedAtMs) > SAME_START_MS) return false;
  }
  return a.endpoints.some((one) =>
    b.endpoints.some(({ modelId, provider }) => one.modelId === modelId && one.provider === provider),
  );
}

const overlap = (a: Incident, b: Incident) =>
  a.startedAtMs <= (b.endedAtMs ?? Number.POSITIVE_INFINITY) &&
  b.startedAtMs <= (a.endedAtMs ?? Number.POSITIVE_INFINITY);
