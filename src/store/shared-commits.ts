/** A call whose promise is still open. */
interface Waiting<Entry> {
  readonly entries: readonly Entry[];
  readonly resolve: () => void;
  readonly reject: (reason: unknown) => void;
}

interface SharedCommits<Entry> {
  /** Resolves once the entries are committed. */
  append(entries: readonly Entry[]): Promise<void>;
  /** Commits what waits, now: by the time that it returns, where `commit` is no promise and refuses nothing. */
  flush(): Promise<void>;
}

/**
 * Appends that arrive in one turn of the event loop, or while another commit is under way, share one, since a commit costs a wait for the disk and a
 * row next to nothing. What one call brought does not fail the others.
 *
 * @param commit all of these entries or none
 * @param failsAll whether after this failure the calls need not be tried one by one
 */
export function createSharedCommits<Entry>(
  commit: (entries: readonly Entry[]) => void | Promise<void>,
  failsAll: (error: unknown) => boolean = () => false,
): SharedCommits<Entry> {
  let waiting: Waiting<Entry>[] = [];
  let underWay: Promise<void> | null = null;

  async function commitWaiting(): Promise<void> {
    while (waiting.length > 0) {
      const calls = waiting;
      waiting = [];
      await commitTogether(calls);
    }
  }

  async function commitTogether(calls: readonly Waiting<Entry>[]): Promise<void> {
    try {
      const committed = commit(calls.flatMap(({ entries }) => entries));
      if (committed !== undefined) await committed;
    } catch (error) {
      if (calls.length === 1 || failsAll(error)) for (const { reject } of calls) reject(error);
      else for (const call of calls) await commitTogether([call]);
      return;
    }
    for (const { resolve } of calls) resolve();
  }

  function begin(): void {
    underWay ??= commitWaiting().finally(() => {
      underWay = null;
    });
  }

  return {
    async flush() {
      const before = underWay;
      await commitWaiting();
      await before;
    },

    async append(entries) {
      if (entries.length === 0) return;
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      waiting.push({ entries, resolve, reject });
      if (waiting.length === 1) setImmediate(begin);
      return promise;
    },
  };
}
