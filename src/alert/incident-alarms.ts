import type { Alarm, Severity } from '../domain/alarm.ts';
import type { Incident, IncidentKind } from '../domain/incident.ts';

/** Of those that ended this long ago it is still said that they did: a daemon that was down meanwhile says it too. */
export const OVER_FOR_MS = 7 * 24 * 3600 * 1000;
/** All targets of a large provider; a filter needs no more. */
const MOST_ENDPOINTS = 200;

const WORDS: Readonly<Record<IncidentKind, string>> = {
  outage: 'Outage',
  slow: 'Slow',
  change: 'Changed',
  different_model: 'Perhaps another model',
  feature_fails: 'A feature fails',
  account: 'Trouble with our account',
};

/**
 * Incidents as alarms: those that last, and those that ended within `OVER_FOR_MS`. None for one that was acknowledged or silenced. A change
 * that has become the new normal is not over: it is no longer news.
 *
 * @param nowMs Unix ms
 */
export function alarmsOfIncidents(incidents: readonly Incident[], nowMs: number): readonly Alarm[] {
  return incidents.flatMap((incident) => {
    const { incidentId, kind, acknowledged, silenced, startedAtMs, endedAtMs } = incident;
    const isOver = endedAtMs !== null;
    const isNews = !isOver || (kind !== 'change' && nowMs - endedAtMs <= OVER_FOR_MS);
    if (acknowledged !== null || silenced !== null || !isNews) return [];
    return [
      {
        key: incidentId,
        rule: kind,
        severity: severityOf(incident),
        title: `${WORDS[kind]}: ${whom(incident)}`,
        text: isOver ? `${incident.says} ${endingOf(incident)}` : incident.says,
        endpoints: incident.endpoints.slice(0, MOST_ENDPOINTS),
        sinceMs: startedAtMs,
        isOver,
      },
    ];
  });
}

function severityOf({ kind, scope }: Incident): Severity {
  switch (kind) {
    case 'outage':
      return scope === 'endpoint' ? 'warning' : 'critical';
    case 'account':
      return 'critical';
    case 'slow':
    case 'different_model':
      return 'warning';
    case 'change':
    case 'feature_fails':
      return 'info';
    default:
      return kind satisfies never;
  }
}

function whom({ scope, modelId, provider }: Incident): string {
  switch (scope) {
    case 'endpoint':
      return `${modelId} at ${provider}`;
    case 'provider':
      return `${provider}, all its models`;
    case 'model':
      return `${modelId} at every provider`;
    case 'router':
      return 'everything behind the router';
    case 'us':
      return 'our own side';
    default:
      return scope satisfies never;
  }
}

function endingOf({ endReason }: Incident): string {
  switch (endReason) {
    case 'new_normal':
      return 'It stayed so, and is what is usual now.';
    case 'no_data':
      return 'Nobody asks any more.';
    case 'recovered':
    case null:
      return 'It is over.';
    default:
      return endReason satisfies never;
  }
}
