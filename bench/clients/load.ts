import { sleep } from '../../src/lib/sleep.ts';
import { dispatch } from '../../src/schedule/dispatch.ts';
import type { Client, Seen } from './client.ts';

/** Starts are this far apart, as the daemon's are. */
const SPREAD_MS = 3;
const BUSY_MS = 20;
const BUSY_EVERY_MS = 200;

export interface Load {
  readonly origin: string;
  readonly path: string;
  /** How many replies stream at once, and how many there are in all. */
  readonly streams: number;
  readonly total: number;
  /** The main thread computes 20 ms of every 200. */
  readonly busy: boolean;
}

/** Distances from the truth, ms. Empty: this client does not see such a moment. */
export interface Loaded {
  readonly ttftErrorsMs: readonly number[];
  readonly chunkErrorsMs: readonly number[];
  readonly durationErrorsMs: readonly number[];
  /** User and system, of the whole process with all its threads. */
  readonly cpuMs: number;
  readonly rssMb: number;
  readonly seconds: number;
}

export async function runLoad(client: Client, { origin, path, streams, total, busy }: Load): Promise<Loaded> {
  const seen: Seen[] = [];
  const beganMs = performance.now();
  const before = process.cpuUsage();
  using _work = busy ? keepBusy() : null;
  const limits = { concurrency: streams, perKey: null, keyOf: () => '', spread: { ms: SPREAD_MS, sleep } };
  const ask = async () => void seen.push(await client.ask(origin, path));
  await dispatch(Array.from({ length: total }), limits, ask, new AbortController().signal);
  const { user, system } = process.cpuUsage(before);
  const seconds = (performance.now() - beganMs) / 1000;
  const rssMb = process.memoryUsage.rss() / 1e6;
  return { ...errorsOf(seen), cpuMs: (user + system) / 1000, rssMb, seconds };
}

/**
 * The truth, the same for every client. TTFT: the server's stamp of the first token's write minus its stamp of the whole request received,
 * so that nothing of the way there is in it; a client that counts from its call has its own connecting in its error, as its users do.
 * Length: the same up to the last write. A chunk: the server's stamp of its write, on the shared clock.
 */
function errorsOf(seen: readonly Seen[]): Pick<Loaded, 'ttftErrorsMs' | 'chunkErrorsMs' | 'durationErrorsMs'> {
  const told = seen.map((reply) => {
    const stamps = reply.content.trim().split(' ').map(Number);
    if (reply.tokenAtMs !== null && reply.tokenAtMs.length !== stamps.length) throw new Error('tokens were lost');
    return { ...reply, stamps, receivedAtMs: Number(reply.id.replace('chatcmpl-', '')) };
  });
  return {
    ttftErrorsMs: told.flatMap(({ ttftMs, stamps, receivedAtMs }) =>
      ttftMs === null ? [] : [Math.abs(ttftMs - (stamps[0]! - receivedAtMs))],
    ),
    chunkErrorsMs: told.flatMap(({ tokenAtMs, stamps }) =>
      (tokenAtMs ?? []).map((atMs, i) => Math.abs(atMs - stamps[i]!)),
    ),
    durationErrorsMs: told.map(({ durationMs, stamps, receivedAtMs }) =>
      Math.abs(durationMs - (stamps.at(-1)! - receivedAtMs)),
    ),
  };
}

function keepBusy(): Disposable {
  const timer = setInterval(() => {
    const untilMs = performance.now() + BUSY_MS;
    while (performance.now() < untilMs);
  }, BUSY_EVERY_MS);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}
