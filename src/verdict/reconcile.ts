import type { Endpoint, FoundIncident } from '../domain/incident.ts';
import type { Sample } from '../domain/sample.ts';
import { DAY_MS } from '../domain/utc-day.ts';
import { over } from './incident-words.ts';
import { SETTLED_MS } from './level-shifts.ts';

interface Before {
  readonly samples: readonly Sample[];
  readonly known: readonly FoundIncident[];
  readonly nowMs: number;
  readonly intervalMs: number;
  readonly judgedUntilMs: number | null;
}

/**
 * What was known keeps its id, its start and the moment it was noticed, though its beginning may have left the window; what has ended stays as it is. What is open and not found
 * again has ended, or goes on unseen.
 */
export function reconciled(found: readonly FoundIncident[], before: Before): readonly FoundIncident[] {
  const { known, judgedUntilMs } = before;
  const left = new Map(known.map((incident) => [incident.incidentId, incident]));
  const matches = new Map<FoundIncident, FoundIncident>();
  for (const incident of found) {
    const same = left.get(incident.incidentId);
    if (same === undefined) continue;
    matches.set(incident, same);
    left.delete(same.incidentId);
  }
  for (const incident of found) {
    if (matches.has(incident)) continue;
    const same = [...left.values()].find((other) => isSame(incident, other));
    if (same === undefined) continue;
    matches.set(incident, same);
    left.delete(same.incidentId);
  }
  const news = found.flatMap((incident) => {
    const same = matches.get(incident);
    if (same === undefined) return judgedUntilMs !== null && incident.noticedAtMs <= judgedUntilMs ? [] : [incident];
    if (same.endedAtMs !== null) return [same];
    const { incidentId, startedAtMs, noticedAtMs } = same;
    return [{ ...incident, incidentId, startedAtMs, noticedAtMs }];
  });
  const open = [...left.values()].filter(({ endedAtMs }) => endedAtMs === null);
  return [...news, ...open.map((incident) => unseen(incident, before))];
}

/** Of one kind and cause, at the same time, of the same endpoints. */
function isSame(a: FoundIncident, b: FoundIncident): boolean {
  if (a.kind !== b.kind) return false;
  if ((a.kind === 'change' || a.kind === 'feature_fails') && a.cause !== b.cause) return false;
  const overlap =
    a.startedAtMs <= (b.endedAtMs ?? Number.POSITIVE_INFINITY) &&
    b.startedAtMs <= (a.endedAtMs ?? Number.POSITIVE_INFINITY);
  return (
    overlap && (a.scope === b.scope || a.kind !== 'outage') && a.endpoints.some((one) => b.endpoints.some(isOf(one)))
  );
}

const isOf =
  ({ modelId, provider }: Endpoint) =>
  (other: Endpoint) =>
    other.modelId === modelId && other.provider === provider;

/** Open until now, and found no more. */
function unseen(incident: FoundIncident, { samples, nowMs, intervalMs }: Before): FoundIncident {
  const { kind, startedAtMs, endpoints } = incident;
  const isOfIt = (sample: Sample) =>
    endpoints.some(isOf({ modelId: sample.modelId, provider: sample.providerName })) &&
    sample.outcome !== 'skipped' &&
    sample.probeKind !== 'feature';
  if (kind === 'slow' || kind === 'change') {
    const settledAtMs = startedAtMs + SETTLED_MS;
    return nowMs < settledAtMs ? incident : over(incident, settledAtMs, 'new_normal');
  }
  const last = samples.findLast(isOfIt);
  const lastAtMs = Math.max(startedAtMs, last?.dueAtMs ?? startedAtMs);
  if (nowMs - lastAtMs >= Math.max(DAY_MS, 4 * intervalMs)) return over(incident, lastAtMs, 'no_data');
  if (kind === 'different_model' || kind === 'feature_fails') return over(incident, lastAtMs, 'recovered');
  const back = samples.find((sample) => sample.dueAtMs >= startedAtMs && sample.outcome === 'ok' && isOfIt(sample));
  return back === undefined ? incident : over(incident, back.dueAtMs, 'recovered');
}
