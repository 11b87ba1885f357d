import { openWorkerTransport } from '../../src/probe/transport/worker-transport.ts';
import { type OpenClient, REQUEST, TOKEN } from './client.ts';

const LIMIT_MS = 60_000;
const LIMITS = { connectMs: LIMIT_MS, firstTokenMs: LIMIT_MS, stallMs: LIMIT_MS, totalMs: LIMIT_MS };
const NO_PROXY = { httpsProxy: null, httpProxy: null, noProxy: null };

/** This tracker's own transport and reader, in its Worker. Latencies count from `sent_ms`, the request written. */
export const openInstrument: OpenClient = ({ ca }) => {
  const log = { warn: (_fields: object, message: string) => console.error(message) };
  const entry = new URL('./instrument-worker.ts', import.meta.url);
  const transport = openWorkerTransport({ log, proxy: NO_PROXY, ca: [ca], entry });
  const body = JSON.stringify(REQUEST);
  const headers = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json', accept: 'text/event-stream' };
  return {
    async ask(origin, path, signal = new AbortController().signal) {
      const question = { url: origin + path, headers, body, mode: 'stream', limits: LIMITS } as const;
      const { requestStartAtMs, sentMs, closedMs, ending, reply } = await transport.exchange(question, signal);
      if (ending.kind !== 'complete' || sentMs === null || reply === null) throw new Error(JSON.stringify(ending));
      const { id } = reply.completion as { id: string };
      return {
        id,
        content: reply.content,
        tokenAtMs: reply.chunkAtMs.map((atMs) => requestStartAtMs + atMs),
        ttftMs: reply.firstTokenMs! - sentMs,
        durationMs: closedMs - sentMs,
      };
    },
    [Symbol.asyncDispose]: () => transport.close(),
  };
};
