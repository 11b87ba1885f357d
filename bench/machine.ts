import { cpus, loadavg } from 'node:os';

export const WAIT_MS = 5;
/** Two hours; after that the oldest are overwritten. */
const MOST_WAITS = (2 * 3600 * 1000) / WAIT_MS;

/** Shared with the thread that waits. */
export interface StallLog {
  readonly overshootsMs: Float64Array;
  /** One number. */
  readonly count: Int32Array;
}

/** How much too late a thread wakes that only waits; nearest ranks. */
export interface Stalls {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

export interface StallWatch extends Disposable {
  /** Begins a stretch; the function returned ends it. */
  start(): () => Stalls;
}

/** Watches the machine's own stalls, from a thread of this process. */
export function watchStalls(): StallWatch {
  const log: StallLog = {
    overshootsMs: new Float64Array(new SharedArrayBuffer(MOST_WAITS * 8)),
    count: new Int32Array(new SharedArrayBuffer(4)),
  };
  const worker = new Worker(new URL('./stall-watch.ts', import.meta.url).href);
  worker.postMessage(log);
  return {
    start() {
      const from = Atomics.load(log.count, 0);
      return () => {
        const sorted = log.overshootsMs.slice(from, Atomics.load(log.count, 0)).sort();
        const rank = (p: number) => sorted[Math.max(Math.ceil((p * sorted.length) / 100), 1) - 1] ?? 0;
        return { p50Ms: rank(50), p99Ms: rank(99), maxMs: rank(100) };
      };
    },
    [Symbol.dispose]: () => worker.terminate(),
  };
}

/** What the figures were taken on and when. */
export function describeMachine(): string {
  const all = cpus();
  const date = new Date().toISOString().slice(0, 16).replace('T', ' ');
  return `${date} UTC · Bun ${Bun.version} on ${process.platform} · ${all[0]?.model ?? 'unknown CPU'}, ${all.length} cores`;
}

/** Processes that ran or waited to, mean of the last minute. */
export const load = () => loadavg()[0]!;
