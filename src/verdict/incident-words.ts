import type { Endpoint, FoundIncident, Scope } from '../domain/incident.ts';
import type { ErrorClass } from '../domain/outcome.ts';
import type { Feature } from '../domain/verdict.ts';
import type { Whom } from './new-incident.ts';
import type { Shift, ShiftMetric } from './shifts.ts';

/** What a class looks like from outside; others are named as they are. */
const CLASS_WORDS: Partial<Record<ErrorClass, string>> = {
  http_4xx: 'HTTP 4xx',
  http_5xx: 'HTTP 5xx',
  connection_reset: 'connection reset',
  first_token_timeout: 'no first token in time',
  stall_timeout: 'the reply stalled',
  total_timeout: 'no end in time',
  wrong_format: 'something other than a reply',
  malformed_event: 'broken events',
  error_in_reply: 'an error inside the reply',
  truncated_reply: 'the reply broke off',
  empty_reply: 'empty replies',
  connect_refused: 'connection refused',
  connect_timeout: 'no connection in time',
  no_connectivity: 'no connectivity',
  bad_token: 'the token is refused',
  no_credits: 'no credits left',
  forbidden: 'access is forbidden',
  model_not_supported: 'the model is said not to be supported',
};

const FEATURE_WORDS: Record<Feature, string> = {
  tool_call: 'tool calls',
  json_schema: 'replies by JSON schema',
  system_prompt: 'system prompts',
  stop: 'stop sequences',
  seed: 'seeds',
  cache: 'prompt caching',
};

/** `acme/Model at cobalt`, `cobalt`, `acme/Model`; empty where it is of nobody. */
export function whomOf(scope: Scope, { modelId, provider }: Whom): string {
  if (scope === 'endpoint') return `${modelId} at ${provider}`;
  return provider ?? modelId ?? '';
}

export function saysOfFault(fault: {
  readonly kind: 'outage' | 'account';
  readonly scope: Scope;
  readonly whom: string;
  readonly endpoints: readonly Endpoint[];
  readonly cause: ErrorClass | null;
  readonly failures: number;
  readonly n: number;
  /** What is over was so. */
  readonly isOver: boolean;
}): string {
  const { kind, scope, whom, endpoints, cause, failures, n, isOver } = fault;
  const is = isOver ? 'was' : 'is';
  const why = cause === null ? '' : ` (${CLASS_WORDS[cause] ?? cause.replaceAll('_', ' ')})`;
  const how = `${failures} of ${n} requests failed${why}.`;
  const targets = `${endpoints.length} ${endpoints.length === 1 ? 'target' : 'targets'}`;
  if (kind === 'account') {
    const refused = `${failures} of ${n} requests were refused${why}.`;
    return scope === 'us'
      ? `Our account, not them: every provider ${isOver ? 'refused' : 'refuses'} us on ${targets}. ${refused}`
      : `${whom} ${isOver ? 'refused a token that others accepted' : 'refuses a token that others accept'}. ${refused}`;
  }
  switch (scope) {
    case 'endpoint':
      return `${whom} ${is} down. ${how}`;
    case 'provider':
      return `${whom} ${is} down on ${endpoints.length} of its models. ${how}`;
    case 'model':
      return `${whom} ${is} down at ${endpoints.length} providers. ${how}`;
    case 'router':
      return `The router ${is} down: ${targets} behind it ${isOver ? 'could not' : 'cannot'} be reached. ${how}`;
    case 'us':
      return `We may ${isOver ? 'have been' : 'be'} offline: ${targets} could not be asked. ${how}`;
    default:
      return scope satisfies never;
  }
}

/** What is known as open is over. @param incident as it was told before */
export function over(
  incident: FoundIncident,
  endedAtMs: number,
  endReason: NonNullable<FoundIncident['endReason']>,
): FoundIncident {
  const { kind, scope, endpoints, figures } = incident;
  const ended = { ...incident, endedAtMs, endReason };
  const { failures, n } = figures;
  if ((kind !== 'outage' && kind !== 'account') || failures === undefined || n === undefined) return ended;
  const cause = incident.cause as ErrorClass | null;
  const whom = whomOf(scope, incident);
  return { ...ended, says: saysOfFault({ kind, scope, whom, endpoints, cause, failures, n, isOver: true }) };
}

const METRIC_WORDS: Record<ShiftMetric, string> = {
  ttftMs: 'First token',
  tpotMs: 'Time per token',
  completionTokens: 'The length of a reply',
  priceUsdPerMtok: 'The price',
  availability: 'Availability',
};

/** `First token of acme/Model at cobalt went up 43% (39–47%), from 218 ms to 312 ms.` */
export function saysOfShift({ modelId, provider }: Endpoint, shift: Shift): string {
  const { metric, ratio, low, high, from, to } = shift;
  const whom = `${METRIC_WORDS[metric]} of ${modelId} at ${provider}`;
  if (metric === 'availability')
    return `${whom} went ${to < from ? 'down' : 'up'} from ${floored(from)} to ${floored(to)}.`;
  const isUp = ratio > 1;
  const percent = (value: number) => Math.max(0, Math.round(100 * (isUp ? value - 1 : 1 - value)));
  const bounds = (isUp ? [low, high] : [high, low]).map(percent);
  const interval = low === high ? '' : ` (${bounds.join('–')}%)`;
  return `${whom} went ${isUp ? 'up' : 'down'} ${percent(ratio)}%${interval}, from ${amount(metric, from)} to ${amount(metric, to)}${metric === 'priceUsdPerMtok' ? ' for a million tokens in and a million out' : ''}.`;
}

export const saysOfFeature = ({ modelId, provider }: Endpoint, feature: Feature, failures: number, n: number) =>
  `${provider} advertises ${FEATURE_WORDS[feature]} for ${modelId}, and ${failures} of ${n} tries failed.`;

/** Never rounded up to 100%. */
const floored = (share: number) => `${(Math.floor(share * 1000 + 1e-9) / 10).toFixed(1)}%`;

function amount(metric: ShiftMetric, value: number): string {
  if (metric === 'completionTokens') return `${Math.round(value)} tokens`;
  if (metric === 'priceUsdPerMtok') return `$${Number(value.toPrecision(6))}`;
  if (value < 9.95) return `${value.toFixed(1)} ms`;
  return value < 999.5 ? `${Math.round(value)} ms` : `${(value / 1000).toFixed(1)} s`;
}
