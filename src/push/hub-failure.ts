/** Why the Hub did not do what was asked. What a person can mend comes first. */
export type HubFailureKind =
  /** 401: the token is wrong, expired or revoked. */
  | 'unauthorized'
  /** 403: the token lacks a right. */
  | 'forbidden'
  /** 404: the dataset is missing, or the token may not see it. */
  | 'not_found'
  /** Any other refusal: the same request would be refused again. */
  | 'rejected'
  /** 429. */
  | 'rate_limited'
  /** 409 or 412: somebody else committed at the same moment. */
  | 'conflict'
  /** 5xx, or an answer that cannot be understood. The request may have been carried out. */
  | 'unavailable'
  /** No answer. The request may have been carried out. */
  | 'network'
  /** We were told to stop. */
  | 'aborted';

/** What may go away by itself; missing rights need a person. */
export const PASSING: ReadonlySet<HubFailureKind> = new Set(['rate_limited', 'conflict', 'unavailable', 'network']);

/** Its message is one line for people: what to mend where they can, and never a token. */
export class HubFailure extends Error {
  override readonly name = 'HubFailure';
  readonly kind: HubFailureKind;
  /** How long the Hub asks us to wait; null when it does not say. */
  readonly retryAfterMs: number | null;

  constructor(kind: HubFailureKind, message: string, retryAfterMs: number | null = null) {
    super(message);
    this.kind = kind;
    this.retryAfterMs = retryAfterMs;
  }
}
