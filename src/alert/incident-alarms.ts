import type { Alarm, Severity } from '../domain/alarm.ts';
import { targetKey } from '../domain/ids.ts';
import type { Endpoint, Incident, IncidentKind } from '../domain/incident.ts';
import { names } from '../lib/lists.ts';
import { seenTogether } from './same-elsewhere.ts';

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

/** Who looks, and how many of them must see an outage before it is told. */
export interface Sight {
  /** Where fewer look than that, all who look. */
  readonly quorum: number;
  /** Places that asked this endpoint lately. */
  placesLookingAt(endpoint: Endpoint): readonly string[];
}

const ONE_PLACE: Sight = { quorum: 1, placesLookingAt: () => [] };

/**
 * Incidents as alarms: those that last, and those that ended within `OVER_FOR_MS`; one alarm for all places that see the same. None for one that was
 * acknowledged or silenced. A change that has become the new normal is not over: it is no longer news. What too few places see is over, or has
 * not begun.
 *
 * @param nowMs Unix ms
 */
export function alarmsOfIncidents(
  incidents: readonly Incident[],
  nowMs: number,
  sight: Sight = ONE_PLACE,
): readonly Alarm[] {
  return seenTogether(incidents).flatMap((seen) => {
    const isAnswered = seen.some(({ acknowledged, silenced }) => acknowledged !== null || silenced !== null);
    const isNews = seen.some(
      ({ kind, endedAtMs }) => endedAtMs === null || (kind !== 'change' && nowMs - endedAtMs <= OVER_FOR_MS),
    );
    return isAnswered || !isNews ? [] : [alarmOf(seen, sight)];
  });
}

/** @param seen one thing, from one place or several */
function alarmOf(seen: readonly [Incident, ...Incident[]], { quorum, placesLookingAt }: Sight): Alarm {
  const lasting = seen.filter(({ endedAtMs }) => endedAtMs === null);
  const seeing = [...new Set(lasting.map(({ location }) => location))];
  const looking = new Set([...seeing, ...seen.flatMap(({ endpoints }) => endpoints.flatMap(placesLookingAt))]);
  const [first] = seen;
  const isOfAll = first.kind === 'outage' && first.scope !== 'us';
  const needed = isOfAll ? Math.min(quorum, Math.max(1, looking.size)) : 1;
  const isOver = seeing.length < needed;
  const shown = lasting[0] ?? seen.at(-1)!;
  const blind = isOfAll ? [...looking].filter((location) => !seeing.includes(location)) : [];
  const isPartial = seeing.length > 0 && blind.length > 0;
  const from = isPartial ? `, from ${names(seeing)} alone` : '';
  return {
    key: first.incidentId,
    rule: first.kind,
    severity: isPartial ? 'warning' : severityOf(shown),
    title: `${WORDS[first.kind]}: ${whom(shown)}${from}`,
    text: [shown.says, ...(isOver ? [endingOf(shown, seeing)] : sightOf(seeing, blind))].join(' '),
    endpoints: distinct(seen.flatMap(({ endpoints }) => endpoints)).slice(0, MOST_ENDPOINTS),
    sinceMs: (lasting[needed - 1] ?? first).startedAtMs,
    isOver,
  };
}

function sightOf(seeing: readonly string[], blind: readonly string[]): readonly string[] {
  if (blind.length > 0) return [`Seen from ${names(seeing)}, not from ${names(blind)}.`];
  return seeing.length > 1 ? [`Seen from ${names(seeing)}.`] : [];
}

const distinct = (endpoints: readonly Endpoint[]): readonly Endpoint[] => [
  ...new Map(endpoints.map((endpoint) => [targetKey(endpoint), endpoint])).values(),
];

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

/** @param seeing places that still see what too few of them do */
function endingOf({ endReason }: Incident, seeing: readonly string[]): string {
  if (seeing.length > 0) return `Only ${names(seeing)} ${seeing.length === 1 ? 'sees' : 'see'} it now.`;
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
