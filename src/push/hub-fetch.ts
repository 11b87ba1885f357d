import type { Redact } from '../lib/redact.ts';
import type { Clock } from '../ports.ts';
import { HubFailure } from './hub-failure.ts';
import { failureOf } from './refusal.ts';

export type Fetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>;

interface HubFetchParts {
  readonly fetch: Fetch;
  readonly clock: Clock;
  readonly redact: Redact;
  readonly repo: string;
}

/** Above the 60 s after which the Hub itself gives up on a commit. */
const ANSWER_TIMEOUT_MS = 90_000;
/** 64 KiB/s: slower than this an upload is not worth waiting for. */
const SLOWEST_UPLOAD_BYTES_PER_MS = 64;

/**
 * The fetch of one call of the Hub's client, which has no time-out, hides the headers of a refusal and knows of `signal` only in part.
 * This one reads the whole answer in bounded time, follows no redirect, and returns nothing but 2xx.
 *
 * @throws HubFailure for everything else, while the headers are at hand
 */
export function hubFetch({ fetch, clock, redact, repo }: HubFetchParts, signal: AbortSignal): Fetch {
  return async (input, init = {}) => {
    if (signal.aborted) throw stopped();
    const timeoutMs = ANSWER_TIMEOUT_MS + sizeOf(init.body) / SLOWEST_UPLOAD_BYTES_PER_MS;
    const timedOut = new AbortController();
    const ended = new AbortController();
    clock.sleep(timeoutMs, ended.signal).then(
      () => timedOut.abort(),
      () => undefined, // it ended in time
    );
    const signals = [signal, timedOut.signal, ...(init.signal ? [init.signal] : [])];
    try {
      const response = await fetch(input, { ...init, redirect: 'manual', signal: AbortSignal.any(signals) });
      const body = await response.arrayBuffer();
      const { status, headers } = response;
      if (response.ok) return new Response(body.byteLength > 0 ? body : null, { status, headers });
      const authorized = new Headers(init.headers).has('authorization');
      throw failureOf(
        { status, headers, authorized, body: redact(new TextDecoder().decode(body)) },
        repo,
        clock.nowMs(),
      );
    } catch (error) {
      if (error instanceof HubFailure) throw error;
      if (signal.aborted) throw stopped();
      const host = new URL(input instanceof Request ? input.url : input).host; // no more: an upload URL is signed
      if (timedOut.signal.aborted) {
        throw new HubFailure('network', `no answer from ${host} within ${Math.round(timeoutMs / 1000)} s`);
      }
      throw new HubFailure('network', redact(`cannot reach ${host}: ${codeOf(error)}`));
    } finally {
      ended.abort();
    }
  };
}

export const stopped = () => new HubFailure('aborted', 'stopped before the Hub had everything');

function sizeOf(body: RequestInit['body']): number {
  if (body instanceof Blob) return body.size;
  return typeof body === 'string' ? body.length : 0;
}

function codeOf(error: unknown): string {
  const { code, message } = Object(error) as { code?: unknown; message?: unknown };
  return String(code ?? message ?? error);
}
