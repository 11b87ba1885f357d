import { type Backoff, backoffMs } from '../lib/backoff.ts';
import { PASSING } from './hub-failure.ts';
import { type PushParts, pushOnce } from './push-once.ts';
import type { Pushed, PushResult } from './push-result.ts';

const TRIES = 5;
const BACKOFF: Backoff = { baseMs: 2_000, capMs: 60_000 };
/** The Hub counts requests in windows of five minutes. Told to wait longer (its limit of commits is by the hour), we leave it to the next turn. */
const LONGEST_WAIT_MS = 5 * 60_000;

/**
 * Pushes everything that is waiting, with a few tries. What does not get through stays sealed for the next push.
 * Each try first asks what has landed, so that a commit whose answer was lost is not made twice.
 */
export async function pushWithRetries(
  parts: PushParts & { readonly random?: () => number },
  signal: AbortSignal,
): Promise<PushResult> {
  const { clock, log, random = Math.random } = parts;
  let landed: Pushed = { commits: [], attempts: 0, finals: 0 };
  for (let tries = 1; ; tries++) {
    const result = await pushOnce(parts, signal);
    if (result.kind === 'nothing') return result;
    landed = sum(landed, result);
    if (result.kind !== 'failed' || !PASSING.has(result.failure) || tries === TRIES) return { ...result, ...landed };

    const waitMs = result.retryAfterMs ?? backoffMs(tries, BACKOFF, random);
    if (waitMs > LONGEST_WAIT_MS) return { ...result, ...landed };
    log.warn({ reason: result.message, seconds: Math.round(waitMs / 100) / 10 }, 'push failed; trying again');
    try {
      await clock.sleep(waitMs, signal);
    } catch (error) {
      if (!signal.aborted) throw error;
      return { ...result, ...landed };
    }
  }
}

function sum(earlier: Pushed, now: Pushed): Pushed {
  return {
    commits: [...earlier.commits, ...now.commits],
    attempts: earlier.attempts + now.attempts,
    finals: earlier.finals + now.finals,
  };
}
