import type { Clock, Log } from '../ports.ts';

/** A database that says nothing for so long counts as out of reach; what it was asked to do may be done all the same. */
const ANSWER_MS = 10_000;

/** What was asked of the database, or that it was not reached. */
type Answer<T> = { readonly reached: true; readonly value: T } | { readonly reached: false };

/** Whether the database can be reached, learnt from each call. */
export interface Contact {
  /** @throws what the call throws, unless it is that the database cannot be reached */
  reach<T>(call: () => Promise<T>): Promise<Answer<T>>;
  /** Since when it was not reached, on the monotonic clock; null: the last call reached it. */
  awaySinceMs(): number | null;
}

export interface ContactParts {
  readonly isUnreachable: (error: unknown) => boolean;
  readonly clock: Clock;
  readonly log: Log;
}

export function createContact({ isUnreachable, clock, log }: ContactParts): Contact {
  let awaySinceMs: number | null = null;

  function away(): { readonly reached: false } {
    if (awaySinceMs === null) log.warn({}, 'the database cannot be reached; what is measured waits in the outbox');
    awaySinceMs ??= clock.monotonicMs();
    return { reached: false };
  }

  return {
    async reach(call) {
      try {
        const answer = await inTime(call(), clock);
        if (answer === LATE) return away();
        if (awaySinceMs !== null) {
          const seconds = Math.round((clock.monotonicMs() - awaySinceMs) / 1000);
          log.info({ seconds }, 'the database is reached again');
        }
        awaySinceMs = null;
        return { reached: true, value: answer };
      } catch (error) {
        if (!isUnreachable(error)) throw error;
        return away();
      }
    },
    awaySinceMs: () => awaySinceMs,
  };
}

const LATE = Symbol('late');

async function inTime<T>(answer: Promise<T>, clock: Clock): Promise<T | typeof LATE> {
  const over = new AbortController();
  const late = clock.sleep(ANSWER_MS, over.signal).then(
    () => LATE,
    () => LATE, // it answered
  ) as Promise<typeof LATE>;
  answer.catch(() => undefined); // what it says too late concerns nobody
  try {
    return await Promise.race([answer, late]);
  } finally {
    over.abort();
  }
}
