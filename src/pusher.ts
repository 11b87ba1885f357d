import type { Keeping } from './parts.ts';
import { pushWithRetries } from './push/push.ts';

/** The last push must not hold up a shutdown for ever; what it leaves goes with the next start. */
const LAST_PUSH_MS = 30_000;

export interface Pusher {
  /** Starts a push if enough cycles ended since the last one and none is under way. Asked again only once that is decided. */
  pushIfDue(): Promise<void>;
  /** Waits for the push under way, then pushes what is left, within half a minute. */
  last(): Promise<void>;
}

/** Pushes beside the cycles, one at a time, so that a slow Hub delays no probe. */
export function createPusher(parts: Keeping, stop: AbortSignal): Pusher {
  const { config, store, clock } = parts;
  let underWay: Promise<void> | null = null;
  return {
    async pushIfDue() {
      if (config.push === null || underWay !== null || (await store.sinceLastPush()) < config.push.everyCycles) return;
      underWay = pushNow(parts, stop).then((everything) => {
        parts.pushTrouble.inARow = everything ? 0 : (parts.pushTrouble.inARow ?? 0) + 1;
        underWay = null;
      });
    },
    async last() {
      await underWay;
      if (config.push === null) return;
      const timeUp = new AbortController();
      const ended = new AbortController();
      clock.sleep(LAST_PUSH_MS, ended.signal).then(
        () => timeUp.abort(),
        () => undefined, // it ended in time
      );
      await pushNow(parts, timeUp.signal);
      ended.abort();
    },
  };
}

/** One push with its retries; says how it went and brings the CSV buffer up to date. @returns whether nothing is left to push */
export async function pushNow(parts: Keeping, signal: AbortSignal): Promise<boolean> {
  const { config, store, hub, log } = parts;
  if (hub === null || config.push === null) return true;
  try {
    const result = await pushWithRetries(
      { ...parts, batches: store, rollups: store, hub, settings: config.push, writer: store.writer },
      signal,
    );
    const { kind } = result;
    if (kind === 'nothing') {
      log.info({}, 'nothing to push');
      return true;
    }
    const { attempts, finals, commits } = result;
    if (attempts > 0 || kind === 'pushed') {
      parts.refreshBuffer();
      const where = commits.length === 1 ? { commit: commits[0] } : { commits };
      log.info({ attempts, finals, ...where }, 'pushed');
    }
    if (kind === 'failed') {
      log.warn({ reason: result.message }, 'push failed; everything is kept and goes with the next one');
    }
    if (kind === 'alarm') log.error({ reason: result.message }, 'push stopped: a person must look at the dataset');
    return kind === 'pushed';
  } catch (error) {
    // The store refuses (a full disk): nothing is marked that did not land.
    log.error({ error: String(error) }, 'push failed on this machine; everything is kept and goes with the next one');
    return false;
  }
}
