import type { Exchange, Question, Transport } from '../types.ts';
import { Attempt, type AttemptIo } from './attempt.ts';
import { createLoopLag } from './loop-lag.ts';
import { pingClock } from './ping-clock.ts';

export type TransportOptions = Pick<AttemptIo, 'createReader'> & Partial<Pick<AttemptIo, 'proxy' | 'ca'>>;

const NO_PROXY: AttemptIo['proxy'] = { httpsProxy: null, httpProxy: null, noProxy: null };

/** Asks in the thread it is called in. Whatever else that thread does then delays the stamps: the program asks in a Worker. */
export function createTransport({ createReader, proxy = NO_PROXY, ca = null }: TransportOptions): Transport {
  const io: AttemptIo = { createReader, proxy, ca, loopLag: createLoopLag() };
  const running = new Set<Attempt>();

  return {
    async exchange(question: Question, signal: AbortSignal): Promise<Exchange> {
      const attempt = new Attempt(question, io);
      const cancel = () => attempt.cancel();
      running.add(attempt);
      signal.addEventListener('abort', cancel);
      if (signal.aborted) cancel();
      else attempt.open();
      try {
        return await attempt.settled;
      } finally {
        signal.removeEventListener('abort', cancel);
        running.delete(attempt);
      }
    },
    pingClock,
    async close() {
      for (const attempt of running) attempt.cancel();
      await Promise.allSettled([...running].map(({ settled }) => settled));
    },
  };
}
