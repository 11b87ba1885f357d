import type { HttpRequest } from './http/request.ts';

const KEPT_REQUESTS = 2_000;
const KEPT_BODY_CHARS = 64 * 1024;

/** One request as it arrived. */
interface Received {
  readonly side: 'hub' | 'router';
  /** E.g. `chat`, `models`, `commit`; `unknown` where there is no such thing. */
  readonly endpoint: string;
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly headers: ReadonlyMap<string, string>;
  /** As text, its beginning. */
  readonly body: string;
  /** Of a chat request that named a target there is. */
  readonly provider: string | null;
  readonly modelId: string | null;
}

/** A chat request that is not over. */
interface UnderWay {
  readonly provider: string;
  readonly headers: ReadonlyMap<string, string>;
}

/** What the simulated world was asked: counters of everything, and the last requests themselves. */
export interface Journal {
  /** By `side endpoint`, e.g. `hub commit`, `router chat`. */
  readonly counts: Readonly<Record<string, number>>;
  /** The last two thousand, oldest first. */
  readonly received: readonly Received[];
  /** Resolves once `counts[key]` has come to that. */
  until(key: string, count: number): Promise<void>;
  /** Most chat requests under way at once; also those of one provider. */
  peak(provider?: string): number;
  /** Calls it each time there is one more chat request, with all under way. */
  watch(watcher: (begun: UnderWay, underWay: ReadonlySet<UnderWay>) => void): void;
}

export interface JournalKeeper {
  readonly journal: Journal;
  note(
    side: Received['side'],
    endpoint: string,
    request: HttpRequest,
    target?: { readonly provider: string; readonly modelId: string },
  ): void;
  /** A chat request is under way until the result is disposed. */
  enter(request: UnderWay): Disposable;
}

export function createJournal(): JournalKeeper {
  const counts: Record<string, number> = {};
  const received: Received[] = [];
  const now = new Map<string, number>();
  const peaks = new Map<string, number>();
  const underWay = new Set<UnderWay>();
  const watchers: Parameters<Journal['watch']>[0][] = [];
  const step = (key: string, by: 1 | -1) => {
    const count = (now.get(key) ?? 0) + by;
    now.set(key, count);
    peaks.set(key, Math.max(count, peaks.get(key) ?? 0));
  };
  const EVERYBODY = '';
  let waiting: { readonly key: string; readonly count: number; resolve(): void }[] = [];
  const until = (key: string, count: number) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    if ((counts[key] ?? 0) >= count) resolve();
    else waiting.push({ key, count, resolve });
    return promise;
  };
  return {
    journal: {
      counts,
      received,
      until,
      peak: (provider = EVERYBODY) => peaks.get(provider) ?? 0,
      watch: (watcher) => void watchers.push(watcher),
    },
    note(side, endpoint, { method, path, query, headers, body }, target) {
      const key = `${side} ${endpoint}`;
      const count = (counts[key] ?? 0) + 1;
      counts[key] = count;
      const start = body.toString('utf8', 0, KEPT_BODY_CHARS);
      const { provider = null, modelId = null } = target ?? {};
      received.push({ side, endpoint, method, path, query: String(query), headers, body: start, provider, modelId });
      if (received.length > KEPT_REQUESTS) received.shift();
      for (const wait of waiting) if (wait.key === key && wait.count <= count) wait.resolve();
      waiting = waiting.filter((wait) => wait.key !== key || wait.count > count);
    },
    enter(request) {
      const { provider } = request;
      step(EVERYBODY, 1);
      step(provider, 1);
      underWay.add(request);
      for (const watcher of watchers) watcher(request, underWay);
      return {
        [Symbol.dispose]() {
          underWay.delete(request);
          step(EVERYBODY, -1);
          step(provider, -1);
        },
      };
    },
  };
}
