import type { Clock, Log } from '../ports.ts';
import { type CallOptions, call } from './call.ts';

/** Tells a dead-man switch that we live. */
export interface Heartbeat extends AsyncDisposable {
  /** Returns at once; what becomes of it harms nothing. */
  beat(): void;
}

const QUIET_MS = 3600 * 1000;

/** @param url a secret: whoever knows it may say that we live. Null: nobody listens */
export function createHeartbeat(
  url: string | null,
  { clock, log, ...options }: CallOptions & { readonly clock: Pick<Clock, 'monotonicMs'>; readonly log: Log },
): Heartbeat {
  const closing = new AbortController();
  let underWay: Promise<void> | null = null;
  let quietUntilMs = Number.NEGATIVE_INFINITY;

  async function ping(to: string): Promise<void> {
    const receipt = await call({ method: 'GET', url: to }, options, closing.signal).catch(() => null); // closing
    if (receipt === null || receipt.ok || clock.monotonicMs() < quietUntilMs) return;
    quietUntilMs = clock.monotonicMs() + QUIET_MS;
    log.warn({ reason: receipt.message }, 'HEARTBEAT_URL was not reached; the next cycle tries again');
  }

  return {
    beat() {
      if (url === null || underWay !== null || closing.signal.aborted) return;
      underWay = ping(url).finally(() => {
        underWay = null;
      });
    },
    async [Symbol.asyncDispose]() {
      closing.abort();
      await underWay;
    },
  };
}
