import type { ErrorClass } from '../domain/outcome.ts';
import { retryAfterMs } from '../lib/retry-after.ts';
import type { Exchange } from './types.ts';

/** Before the second attempt, and before every one after it. */
const FIRST_WAIT_MS = 1000;
const LATER_WAIT_MS = 3000;
const LONGEST_RETRY_AFTER_MS = 30_000;

const NETWORK_FAULTS: ReadonlySet<ErrorClass> = new Set([
  'dns',
  'connect_refused',
  'connect_timeout',
  'tls',
  'connection_reset',
]);

/**
 * How long to wait before asking again; null: the attempt was the last. Asked again is after a network fault before the first
 * byte of the response, and after a 5xx; never after one of our deadlines, a 4xx or a 429.
 *
 * @param attempt from 1
 * @param nowMs Unix ms, for a `Retry-After` that is a date
 */
export function retryWaitMs(exchange: Exchange, attempt: number, retries: number, nowMs: number): number | null {
  if (attempt > retries || !isWorthARetry(exchange)) return null;
  const askedForMs = exchange.status === 503 ? retryAfterMs(exchange.headers['retry-after'], nowMs) : null;
  if (askedForMs !== null && askedForMs <= LONGEST_RETRY_AFTER_MS) return askedForMs;
  return attempt === 1 ? FIRST_WAIT_MS : LATER_WAIT_MS;
}

function isWorthARetry({ ending, status }: Exchange): boolean {
  const wasDeadline = ending.kind === 'limit' && ending.limit !== 'oversize_reply';
  if (wasDeadline || ending.kind === 'cancelled') return false;
  if (status !== null) return status >= 500 && status <= 599;
  return ending.kind === 'failed' && NETWORK_FAULTS.has(ending.errorClass);
}
