import type { Clock } from '../ports.ts';

/** A lease as its holder sees it. */
export interface Holding extends Disposable {
  /** Aborts once it ran out by our own monotonic clock, or was found to be lost: somebody else may ask. */
  readonly over: AbortSignal;
}

/** The leases that a worker holds. */
export interface Leases {
  /** @param sinceMs monotonic moment before which it cannot have begun */
  hold(leaseId: number, sinceMs: number): Holding;
  ids(): readonly number[];
  /** These were renewed by a call that began at `sinceMs`; of those that were asked for the others are lost. */
  renewed(asked: readonly number[], still: readonly number[], sinceMs: number): void;
}

interface Held {
  endsMs: number;
  readonly over: AbortController;
}

/** A process that was paused sees on waking that they ran out, for the monotonic clock went on. */
export function createLeases(leaseMs: number, clock: Clock): Leases {
  const held = new Map<number, Held>();

  async function watch(lease: Held, done: AbortSignal): Promise<void> {
    while (clock.monotonicMs() < lease.endsMs) {
      await clock.sleep(lease.endsMs - clock.monotonicMs(), done).catch(() => undefined);
      if (done.aborted) return;
    }
    lease.over.abort();
  }

  return {
    hold(leaseId, sinceMs) {
      const lease: Held = { endsMs: sinceMs + leaseMs, over: new AbortController() };
      const done = new AbortController();
      held.set(leaseId, lease);
      void watch(lease, done.signal);
      return {
        over: lease.over.signal,
        [Symbol.dispose]() {
          held.delete(leaseId);
          done.abort();
        },
      };
    },
    ids: () => [...held.keys()],
    renewed(asked, still, sinceMs) {
      for (const leaseId of asked) {
        const lease = held.get(leaseId);
        if (lease === undefined) continue;
        if (still.includes(leaseId)) lease.endsMs = sinceMs + leaseMs;
        else lease.over.abort();
      }
    },
  };
}
