import { incidentId } from '../domain/ids.ts';
import type { Endpoint, FoundIncident, IncidentKind, Scope } from '../domain/incident.ts';

/** Whom an incident is of: null where it is of no single one. */
export interface Whom {
  readonly modelId: string | null;
  readonly provider: string | null;
}

/** By model, then provider. */
export const sortedEndpoints = (endpoints: readonly Endpoint[]): readonly Endpoint[] =>
  endpoints.toSorted((a, b) => order(a.modelId, b.modelId) || order(a.provider, b.provider));

const order = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

/** @param what tells several things of one kind that begin at one place and moment apart: a metric, a feature */
export const idOfIncident = (
  kind: IncidentKind,
  scope: Scope,
  { modelId, provider }: Whom,
  location: string,
  startedAtMs: number,
  what = '',
) => incidentId(kind, scope, `${modelId ?? ''} ${provider ?? ''} ${what}`, location, startedAtMs);

/** An incident of one endpoint that lasts. */
export function endpointIncident(
  kind: IncidentKind,
  { modelId, provider }: Endpoint,
  location: string,
  rest: Pick<FoundIncident, 'startedAtMs' | 'noticedAtMs' | 'cause' | 'says' | 'figures' | 'evidence'>,
): FoundIncident {
  return {
    incidentId: idOfIncident(kind, 'endpoint', { modelId, provider }, location, rest.startedAtMs, rest.cause ?? ''),
    kind,
    scope: 'endpoint',
    modelId,
    provider,
    endpoints: [{ modelId, provider }],
    location,
    endedAtMs: null,
    endReason: null,
    ...rest,
  };
}
