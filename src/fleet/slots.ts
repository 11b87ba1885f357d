/** How much a worker asks at once. */
export interface Slots {
  free(): number;
  /** How many of this provider are taken. */
  takenOf(provider: string): number;
  /** @param run what it throws is a bug of ours, told by `ended` */
  take(provider: string, run: () => Promise<void>): void;
  /** Resolves once one more is free, or `signal` aborts. */
  freed(signal: AbortSignal): Promise<void>;
  /** Resolves once all are free. @throws what a run threw */
  ended(): Promise<void>;
}

/** @param broken is aborted when a run throws */
export function createSlots(count: number, broken: AbortController): Slots {
  const running = new Set<Promise<void>>();
  const taken = new Map<string, number>();
  const errors: unknown[] = [];
  let oneEnded = Promise.withResolvers<void>();
  const takenOf = (provider: string) => taken.get(provider) ?? 0;

  async function toEnd(provider: string, run: () => Promise<void>): Promise<void> {
    taken.set(provider, takenOf(provider) + 1);
    try {
      await run();
    } catch (error) {
      errors.push(error);
      broken.abort();
    } finally {
      taken.set(provider, takenOf(provider) - 1);
    }
  }

  return {
    free: () => count - running.size,
    takenOf,
    take(provider, run) {
      const ending = toEnd(provider, run).finally(() => {
        running.delete(ending);
        oneEnded.resolve();
        oneEnded = Promise.withResolvers();
      });
      running.add(ending);
    },
    async freed(signal) {
      if (signal.aborted) return;
      const { promise: stopped, resolve } = Promise.withResolvers<void>();
      const stop = () => resolve();
      signal.addEventListener('abort', stop, { once: true });
      await Promise.race([oneEnded.promise, stopped]);
      signal.removeEventListener('abort', stop);
    },
    async ended() {
      while (running.size > 0) await Promise.all(running);
      if (errors.length > 1) throw new AggregateError(errors, 'several probes failed');
      if (errors.length === 1) throw errors[0];
    },
  };
}
