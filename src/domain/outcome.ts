/** Every failure class under the outcome that owns it: whose fault was it? Meanings: spec.md, "Outcomes". */
export const CLASSES = {
  target_error: [
    'http_4xx',
    'http_5xx',
    'connection_reset',
    'first_token_timeout',
    'stall_timeout',
    'total_timeout',
    'wrong_format',
    'malformed_event',
    'error_in_reply',
    'truncated_reply',
    'empty_reply',
    'oversize_reply',
    'redirect_refused',
    'decode_error',
    'protocol_error',
  ],
  router_error: ['dns', 'connect_refused', 'connect_timeout', 'tls', 'connection_reset'],
  rate_limited: ['http_429'],
  account_error: ['bad_token', 'no_credits', 'forbidden', 'model_not_supported'],
  prober_error: ['no_connectivity', 'overloaded', 'internal'],
  skipped: ['budget', 'shutdown', 'delisted', 'no_catalogue', 'no_worker'],
} as const;

export type FailureOutcome = keyof typeof CLASSES;
export type Outcome = 'ok' | FailureOutcome;
export type ErrorClass = (typeof CLASSES)[FailureOutcome][number];
export type ErrorPhase = 'connect' | 'send' | 'headers' | 'first_token' | 'stream' | 'close';
export type SkipReason = (typeof CLASSES)['skipped'][number];

export const OUTCOMES = ['ok', ...Object.keys(CLASSES)] as readonly Outcome[];

/** A failure whose class belongs to its outcome; the pair is checked at compile time. */
export type Failure = {
  [O in FailureOutcome]: {
    readonly outcome: O;
    readonly errorClass: (typeof CLASSES)[O][number];
    readonly errorPhase: ErrorPhase | null;
    /** One line for people: what happened, in our words; never empty, no secret. */
    readonly message: string;
  };
}[FailureOutcome];

/** What an `ok` reply still got wrong. */
export const CONFORMANCE_FLAGS = [
  'no_usage',
  'usage_mismatch',
  'no_finish_reason',
  'no_done',
  'bad_content_type',
  'role_missing',
  'unclean_close',
  'unrequested_encoding',
  'served_by_mismatch',
  'model_mismatch',
  'chunks_after_done',
  'null_content',
  'usage_on_every_chunk',
  'cut_by_prober',
] as const;
export type ConformanceFlag = (typeof CONFORMANCE_FLAGS)[number];

/** How one attempt is judged. */
export type Verdict = { readonly outcome: 'ok'; readonly conformance: readonly ConformanceFlag[] } | Failure;

/**
 * Whose fault a class is. `connection_reset` alone has two owners: before the request was written nobody but the router's host,
 * which all providers share, can have reset it.
 */
export function outcomeOf(errorClass: ErrorClass, requestWasSent: boolean): FailureOutcome {
  if (errorClass === 'connection_reset') return requestWasSent ? 'target_error' : 'router_error';
  const outcomes = Object.keys(CLASSES) as FailureOutcome[];
  return outcomes.find((outcome) => (CLASSES[outcome] as readonly string[]).includes(errorClass))!;
}
