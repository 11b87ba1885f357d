import type { World } from '../../../src/sim/world.ts';

/** Whose requests the world saw since it was made. */
export interface Telling {
  /** Takes what came since; often enough, for the journal keeps the last ones only. */
  hear(): void;
  requests(): number;
  /** Of the process that bills to `tag`. */
  requestsOf(tag: string): number;
}

const tagOf = (headers: ReadonlyMap<string, string>) => headers.get('x-hf-bill-to');

/** Who may be under way beside what leases count. */
export interface Exceptions {
  /** Tags of processes that are paused while their connections were cut: they hold requests that nobody can count. */
  readonly uncounted: Set<string>;
  /** Until then, monotonic ms, requests may be under way that were begun without the database. */
  aloneUntilMs: number;
  /** What befell the fleet last, for a report. */
  lately: string;
}

/** Most requests of one provider that were under way at once. */
export interface Gauge {
  readonly peak: {
    /** All of them, while every process is counted. */
    counted: number;
    /** While or shortly after workers asked by themselves: leases and shares together. */
    afterAlone: number;
    /** With those of processes that nobody can count. */
    all: number;
  };
  /** Who was under way each time that it was more than allowed. */
  readonly excesses: readonly string[];
}

export function createGauge({ requests }: World, perProvider: number, exceptions: Exceptions): Gauge {
  const peak = { counted: 0, afterAlone: 0, all: 0 };
  const excesses: string[] = [];
  requests.watch(({ provider }, underWay) => {
    const isAfterAlone = performance.now() < exceptions.aloneUntilMs;
    const name = isAfterAlone ? 'afterAlone' : 'counted';
    const tags = [...underWay].flatMap((request) =>
      request.provider === provider ? [tagOf(request.headers) ?? ''] : [],
    );
    const counted = tags.filter((tag) => !exceptions.uncounted.has(tag));
    peak.all = Math.max(peak.all, tags.length);
    peak[name] = Math.max(peak[name], counted.length);
    if (counted.length > perProvider * (isAfterAlone ? 2 : 1)) {
      const at = new Date().toISOString();
      excesses.push(`${at}, ${exceptions.lately}: ${counted.length} requests under way at ${provider}, of ${counted}`);
    }
  });
  return { peak, excesses };
}

export function createTelling({ requests: journal }: World): Telling {
  const total = () => Object.values(journal.counts).reduce((sum, count) => sum + count, 0);
  const byTag = new Map<string, number>();
  let heard = total();
  return {
    hear() {
      const fresh = total() - heard;
      heard += fresh;
      if (fresh > journal.received.length) throw new Error('the journal forgot requests that were not heard yet');
      for (const { endpoint, headers } of fresh === 0 ? [] : journal.received.slice(-fresh)) {
        const tag = tagOf(headers);
        if (endpoint === 'chat' && tag !== undefined) byTag.set(tag, (byTag.get(tag) ?? 0) + 1);
      }
    },
    requests: () => byTag.values().reduce((sum, count) => sum + count, 0),
    requestsOf: (tag) => byTag.get(tag) ?? 0,
  };
}
