import type { Clock, FleetStore } from '../ports.ts';

/** A clock that shows the database's time: what all places go by. It runs on when the database cannot be reached. */
export interface ServerClock extends Clock {
  /** Asks the database. */
  compare(): Promise<Comparison>;
}

/** How far our own wall clock is ahead of the database's, ms, and by how much that may be wrong. */
interface Comparison {
  readonly aheadMs: number;
  readonly boundMs: number;
}

/** What a cheap clock gains or loses. */
const DRIFT = 1e-4;

/** Of the database's time to the monotonic clock, as known at a monotonic moment. */
interface Offset {
  readonly ms: number;
  readonly boundMs: number;
  readonly atMs: number;
}

/** Shows our own time until it was first compared. An answer that took long is worse than what is known, unless the two cannot both be true. */
export function createServerClock(store: Pick<FleetStore, 'serverNowMs'>, own: Clock): ServerClock {
  let offset: Offset | null = null;
  return {
    async compare() {
      const askedMs = own.monotonicMs();
      const serverMs = await store.serverNowMs();
      const answeredMs = own.monotonicMs();
      const boundMs = (answeredMs - askedMs) / 2;
      const fresh = { ms: serverMs - (askedMs + boundMs), boundMs, atMs: answeredMs };
      if (offset === null || isBetter(fresh, offset)) offset = fresh;
      return { aheadMs: own.nowMs() - (answeredMs + fresh.ms), boundMs };
    },
    nowMs: () => (offset === null ? own.nowMs() : Math.floor(own.monotonicMs() + offset.ms)),
    monotonicMs: () => own.monotonicMs(),
    sleep: (ms, signal) => own.sleep(ms, signal),
  };
}

function isBetter(fresh: Offset, known: Offset): boolean {
  const knownBoundMs = known.boundMs + DRIFT * (fresh.atMs - known.atMs);
  return fresh.boundMs <= knownBoundMs || Math.abs(fresh.ms - known.ms) > fresh.boundMs + knownBoundMs;
}
