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

/** Shows our own time until it was first compared. */
export function createServerClock(store: Pick<FleetStore, 'serverNowMs'>, own: Clock): ServerClock {
  let offsetMs: number | null = null; // of the database's time to the monotonic clock
  return {
    async compare() {
      const askedMs = own.monotonicMs();
      const serverMs = await store.serverNowMs();
      const answeredMs = own.monotonicMs();
      const boundMs = (answeredMs - askedMs) / 2;
      offsetMs = serverMs - (askedMs + boundMs);
      return { aheadMs: own.nowMs() - (answeredMs + offsetMs), boundMs };
    },
    nowMs: () => (offsetMs === null ? own.nowMs() : Math.floor(own.monotonicMs() + offsetMs)),
    monotonicMs: () => own.monotonicMs(),
    sleep: (ms, signal) => own.sleep(ms, signal),
  };
}
