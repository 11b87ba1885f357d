/** How many may run at once. */
export interface DispatchLimits<T> {
  readonly concurrency: number;
  /** At most this many of one key; null: no limit. */
  readonly perKey: number | null;
  keyOf(item: T): string;
  /** Starts are that far apart, so that a burst of TLS handshakes does not delay itself; absent: as soon as allowed. */
  readonly spread?: { readonly ms: number; sleep(ms: number): Promise<void> };
}

/**
 * Runs every item, in order as far as the limits allow: an item whose key is at its limit lets the next one go first,
 * so that no slot stays empty while something may run. Once `signal` aborts no further item starts.
 *
 * @returns when all that started have ended: the items that never started
 * @throws what a run threw (several: an `AggregateError`), after all others have ended
 */
export async function dispatch<T>(
  items: readonly T[],
  { concurrency, perKey, keyOf, spread }: DispatchLimits<T>,
  run: (item: T) => Promise<void>,
  signal: AbortSignal,
): Promise<readonly T[]> {
  const waiting = [...items];
  const running = new Set<Promise<void>>();
  const runningOfKey = new Map<string, number>();
  const errors: unknown[] = [];
  let aRunEnded = Promise.withResolvers<void>();

  const count = (item: T) => runningOfKey.get(keyOf(item)) ?? 0;
  const nextToStart = () =>
    running.size < concurrency ? waiting.findIndex((item) => perKey === null || count(item) < perKey) : -1;
  const runToEnd = async (item: T) => {
    runningOfKey.set(keyOf(item), count(item) + 1);
    try {
      await run(item);
    } catch (error) {
      errors.push(error);
    } finally {
      runningOfKey.set(keyOf(item), count(item) - 1);
    }
  };

  while (waiting.length > 0 && !signal.aborted) {
    const at = nextToStart();
    if (at === -1) {
      await aRunEnded.promise;
      aRunEnded = Promise.withResolvers();
      continue;
    }
    const ending = runToEnd(waiting.splice(at, 1)[0]!).finally(() => {
      running.delete(ending);
      aRunEnded.resolve();
    });
    running.add(ending);
    await spread?.sleep(spread.ms);
  }
  await Promise.all(running);
  if (errors.length > 1) throw new AggregateError(errors, 'several runs failed');
  if (errors.length === 1) throw errors[0];
  return waiting;
}
