import type { ProxySettings } from '../../domain/settings.ts';
import type { Log } from '../../ports.ts';
import type { ClockPing, Ending, Exchange, Question, Transport } from '../types.ts';
import { unseenExchange } from '../unseen-exchange.ts';
import { internalFailure } from './ending.ts';
import { PINGS_LIMIT_MS } from './ping-clock.ts';
import type { FromWorker, ToWorker } from './worker-messages.ts';

export interface WorkerTransportOptions {
  readonly log: Pick<Log, 'warn'>;
  readonly proxy: ProxySettings;
  /** PEM certificates trusted instead of the well-known roots. */
  readonly ca?: readonly string[];
  /** Module that runs in the Worker; tests give one that can be made to die. */
  readonly entry?: URL;
  /** What an attempt may take beyond all of its deadlines, or after it was told to stop, before the Worker counts as hung. */
  readonly hungAfterMs?: number;
}

interface Running {
  settle(exchange: Exchange): void;
  fail(ending: Ending): void;
}

/**
 * Asks in one Worker, so that a busy main thread moves no stamp. A Worker that dies or hangs takes its running attempts with it (they
 * settle as `internal`); the next question starts another one. It does not keep the process open.
 */
export function openWorkerTransport(options: WorkerTransportOptions): Transport {
  const { log, proxy, ca, entry = new URL('./worker.ts', import.meta.url), hungAfterMs = 10_000 } = options;
  const running = new Map<number, Running>();
  const pinging = new Map<number, (pings: readonly ClockPing[]) => void>();
  let current: { readonly worker: Worker; readonly closed: Promise<void> } | null = null;
  let lastId = 0;
  let isClosing = false;

  const failAll = (ending: Ending) => {
    for (const attempt of running.values()) attempt.fail(ending);
  };

  const start = () => {
    const { promise: closed, resolve } = Promise.withResolvers<void>();
    // No environment: it needs none, and what is not there cannot leak.
    const worker = new Worker(entry.href, { env: {}, smol: true });
    worker.onmessage = ({ data }: MessageEvent<FromWorker>) => {
      if (data.kind === 'pinged') return pinging.get(data.id)?.(data.pings);
      const attempt = running.get(data.id);
      if (data.kind === 'settled') attempt?.settle(data.exchange);
      else attempt?.fail(internalFailure(data.name));
    };
    worker.onerror = (event) => event.preventDefault(); // its message bears source and paths; `close` follows
    worker.addEventListener('close', () => {
      if (current?.worker === worker) current = null;
      if (!isClosing) {
        log.warn(
          { attempts: running.size },
          'the Worker that asks has died; its attempts are marked as our own failure',
        );
      }
      failAll(isClosing ? { kind: 'cancelled' } : internalFailure('the Worker that asked has died'));
      for (const pinged of pinging.values()) pinged([]);
      resolve();
    });
    worker.unref();
    worker.postMessage({ kind: 'open', options: { proxy, ca: ca ?? null } } satisfies ToWorker);
    current = { worker, closed };
    return current;
  };
  start();

  return {
    exchange(question, signal) {
      const { promise, resolve } = Promise.withResolvers<Exchange>();
      const id = ++lastId;
      const askedAtMs = Date.now();
      const zeroMs = performance.now();
      if (signal.aborted || isClosing) return Promise.resolve(unseenExchange(askedAtMs, 0, { kind: 'cancelled' }));

      const { worker } = current ?? start();
      const send = (message: ToWorker) => worker.postMessage(message);
      const hungAfter = (ms: number) => setTimeout(() => worker.terminate(), ms + hungAfterMs);
      let hung = hungAfter(longestMs(question));
      const cancel = () => {
        send({ kind: 'cancel', id });
        clearTimeout(hung);
        hung = hungAfter(0);
      };
      const settle = (exchange: Exchange) => {
        running.delete(id);
        clearTimeout(hung);
        signal.removeEventListener('abort', cancel);
        resolve(exchange);
      };
      running.set(id, {
        settle,
        fail: (ending) => settle(unseenExchange(askedAtMs, performance.now() - zeroMs, ending)),
      });
      signal.addEventListener('abort', cancel, { once: true });
      send({ kind: 'ask', id, question });
      return promise;
    },
    pingClock(port) {
      const { promise, resolve } = Promise.withResolvers<readonly ClockPing[]>();
      const id = ++lastId;
      if (isClosing) return Promise.resolve([]);
      const { worker } = current ?? start();
      const hung = setTimeout(() => worker.terminate(), PINGS_LIMIT_MS + hungAfterMs);
      pinging.set(id, (pings) => {
        pinging.delete(id);
        clearTimeout(hung);
        resolve(pings);
      });
      worker.postMessage({ kind: 'ping', id, port } satisfies ToWorker);
      return promise;
    },
    async close() {
      isClosing = true;
      current?.worker.terminate();
      await current?.closed;
    },
  };
}

/** Connecting, writing and replying each have a deadline. */
const longestMs = ({ limits }: Question) => limits.connectMs + 2 * limits.totalMs;
