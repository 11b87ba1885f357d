import { setImmediate } from 'node:timers/promises';
import type { Keeping } from './parts.ts';

type Tidying = Pick<Keeping, 'config' | 'store' | 'clock' | 'log'>;

/**
 * Lets old attempts go, step by step, so that nobody waits for more than one; what `forMs` does not suffice for is left to the next time.
 * A store that stays over its limit takes new records with shortened bodies, which is said each time.
 */
export async function tidy(parts: Tidying, signal: AbortSignal, forMs: number) {
  const { config, store, clock, log } = parts;
  const untilMs = clock.monotonicMs() + forMs;
  let rows = 0;
  let bodies = 0;
  try {
    for await (const pruned of store.prune(config.retention, clock.nowMs())) {
      rows += pruned.rows;
      bodies += pruned.bodies;
      await setImmediate(); // appends, pushes and signals have their turn
      if (signal.aborted || clock.monotonicMs() >= untilMs) return;
    }
    await judgeRoom(parts);
  } catch (error) {
    log.warn({ error: String(error) }, 'the store could not be tidied; it will be tried again');
  } finally {
    if (rows + bodies > 0)
      log.info({ rows, bodies }, 'let go of attempts, to keep within RETENTION_DAYS and STORE_LIMIT_MB');
  }
}

async function judgeRoom({ config, store, log }: Tidying): Promise<void> {
  const excess = await store.excessBytes(config.retention);
  store.shortenBodies(excess > 0);
  if (excess === 0) return;
  const megabytesOver = Math.ceil(excess / 1e6);
  const mend = config.retention.onlyPushed ? 'see why pushes fail, or raise it' : 'raise it, or lower RETENTION_DAYS';
  log.warn({ megabytesOver }, `STORE_LIMIT_MB is reached and nothing more may go: bodies are shortened; ${mend}`);
}
