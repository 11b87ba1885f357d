import type { IncidentKind, Scope } from '../domain/incident.ts';
import type { Outcome } from '../domain/outcome.ts';
import { LEAST_AVAILABILITY } from '../domain/rules.ts';
import { flooredPercent } from '../domain/statistics.ts';
import type { State } from '../domain/verdict.ts';
import { FEATURE_WORDS, METRIC_WORDS } from '../domain/words.ts';
import { UNKNOWN } from '../lib/format.ts';
import { snake } from './data-names.ts';

export type Tone = 'good' | 'warning' | 'bad' | 'quiet';
export type Shape = 'dot' | 'triangle' | 'cross' | 'ring' | 'half';

/** Shape, then word, then colour. Only what is the target's fault is bad; what is ours or nobody's is apart. */
export const STATE_LOOKS: Readonly<Record<State, { readonly shape: Shape; readonly tone: Tone }>> = {
  healthy: { shape: 'dot', tone: 'good' },
  slow: { shape: 'triangle', tone: 'warning' },
  down: { shape: 'cross', tone: 'bad' },
  limited: { shape: 'half', tone: 'quiet' },
  our_account: { shape: 'half', tone: 'quiet' },
  refuses_us: { shape: 'half', tone: 'quiet' },
  delisted: { shape: 'ring', tone: 'quiet' },
  no_data: { shape: 'ring', tone: 'quiet' },
};

/** Of whoever answers now, and certainly failed too often within a day: "healthy" alone would not be honest. */
export const failsOften = (endpoint: {
  readonly state: { readonly state: State };
  readonly availability: { readonly first_try: Measured };
}) => endpoint.state.state === 'healthy' && isTooRare(endpoint.availability.first_try);
export const FAILS_OFTEN = 'Fails often';

/** Beyond doubt less than what is still well. */
export const isTooRare = ({ interval }: Pick<Measured, 'interval'>) => (interval?.high ?? 1) < LEAST_AVAILABILITY;

export const KIND_WORDS: Readonly<Record<IncidentKind, string>> = {
  outage: 'Outage',
  slow: 'Slow',
  change: 'Change',
  different_model: 'Different model',
  feature_fails: 'Feature fails',
  account: 'Our account',
};

export const KIND_LOOKS: Readonly<Record<IncidentKind, { readonly shape: Shape; readonly tone: Tone }>> = {
  outage: { shape: 'cross', tone: 'bad' },
  slow: { shape: 'triangle', tone: 'warning' },
  change: { shape: 'triangle', tone: 'warning' },
  different_model: { shape: 'triangle', tone: 'warning' },
  feature_fails: { shape: 'triangle', tone: 'warning' },
  account: { shape: 'half', tone: 'quiet' },
};

export const OUTCOME_LOOKS: Readonly<Record<Outcome, { readonly shape: Shape; readonly tone: Tone }>> = {
  ok: { shape: 'dot', tone: 'good' },
  target_error: { shape: 'cross', tone: 'bad' },
  router_error: { shape: 'cross', tone: 'quiet' },
  rate_limited: { shape: 'half', tone: 'quiet' },
  account_error: { shape: 'half', tone: 'quiet' },
  prober_error: { shape: 'half', tone: 'quiet' },
  skipped: { shape: 'ring', tone: 'quiet' },
};

/** As a sentence begins. */
export const upper = (text: string) => text.slice(0, 1).toUpperCase() + text.slice(1);

export const FAULT_WORDS: Readonly<Record<Scope, string>> = {
  endpoint: 'The provider’s: its other models answered.',
  provider: 'The provider’s: several of its models show it.',
  model: 'The model’s: every provider of it shows it.',
  router: 'The router’s: everything behind it shows it.',
  us: 'Ours: from here nothing could be judged.',
};

/** Causes as sentences end: an error class, a metric or a feature; what is not listed is said as it is in data. */
const CAUSES: Readonly<Record<string, string>> = {
  http_4xx: 'a 4xx status from the provider',
  http_5xx: 'a 5xx status from the provider',
  http_429: 'a rate limit (429)',
  connection_reset: 'the connection was reset',
  first_token_timeout: 'timed out before the first token',
  stall_timeout: 'stalled in the middle of an answer',
  total_timeout: 'took longer than we wait',
  wrong_format: 'an answer in a wrong format',
  malformed_event: 'a malformed event in the stream',
  error_in_reply: 'an error inside the answer',
  truncated_reply: 'the stream was cut in the middle of an answer',
  empty_reply: 'a status of success with an empty answer',
  oversize_reply: 'an answer without end',
  redirect_refused: 'a redirect',
  decode_error: 'an answer that could not be decoded',
  protocol_error: 'a break of the protocol',
  dns: 'the name was not found',
  connect_refused: 'the connection was refused',
  connect_timeout: 'no connection in time',
  tls: 'TLS failed',
  bad_token: 'our token was refused',
  no_credits: 'our account has no credits',
  forbidden: 'our account may not use it',
  model_not_supported: 'the model is not offered to us',
  ...Object.fromEntries(Object.entries(METRIC_WORDS).map(([metric, words]) => [snake(metric), words])),
  ...FEATURE_WORDS,
};

export const causeWords = (cause: string) => CAUSES[cause] ?? cause.replaceAll('_', ' ');

/** Floored, so that 100% is never less than all. */
export function uptime({ successes, trials }: { readonly successes: number; readonly trials: number }): string {
  const percent = flooredPercent(successes, trials, 2);
  return percent === null ? UNKNOWN : `${percent}%`;
}

/** Made once: a board has a thousand figures. */
const WHOLE = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

/** `1,330`, `76`, `7.3`: no more digits than a glance takes. */
export const figure = (value: number) => (value < 9.95 ? value.toFixed(1) : WHOLE.format(Math.round(value)));

interface Measured {
  readonly trials: number;
  readonly interval: { readonly low: number; readonly high: number } | null;
}

/** Below this an interval says nothing that n does not say. */
const LEAST_TRIALS = 5;

/** Whether an interval says more than n does. */
export const isEnough = ({ trials, interval }: Measured) => interval !== null && trials >= LEAST_TRIALS;

/** Per cent of a known share, floored as `uptime` is: 0.9996 is 99.96. */
export const flooredShare = (share: number) => Math.floor(share * 10_000 + 1e-9) / 100;

/** `99.42–99.59%`; with too little to tell, `n = 4`; of nothing, nothing. */
export function interval({ trials, interval: bounds }: Measured): string {
  if (bounds === null) return '';
  if (trials < LEAST_TRIALS) return `n = ${trials}`;
  return `${flooredShare(bounds.low)}–${flooredShare(bounds.high)}%`;
}
