import { describe, expect, test } from 'bun:test';
import { seededRandom } from '../../src/lib/random.ts';
import { judge } from '../../src/probe/judge.ts';
import { createReplyReader } from '../../src/probe/reply-reader.ts';
import { createTransport } from '../../src/probe/transport/transport.ts';
import type { Exchange, ReplyReader } from '../../src/probe/types.ts';
import { aQuestion } from '../support/asking.ts';
import { playWire } from '../support/play-wire.ts';
import { startRawServer } from '../support/raw-server.ts';
import { CORPUS_CONTEXT, type StreamCase, streamCorpus } from '../support/stream-corpus.ts';

/** Eight positions in 0..1, the same for a case in every run. */
function seededCuts(name: string): readonly number[] {
  const random = seededRandom(name);
  return Array.from({ length: 8 }, random);
}

/** Asks a server that plays the case, over a real socket. */
async function exchangeWith(streamCase: StreamCase, cuts: readonly number[]): Promise<Exchange> {
  const wanted = streamCase.status === null ? 0 : streamCase.delivered.length;
  const { promise: wasRead, resolve: hasRead } = Promise.withResolvers<void>();
  if (streamCase.status === null) hasRead();
  const createReader = (options: Parameters<typeof createReplyReader>[0]): ReplyReader => {
    const reader = createReplyReader(options);
    let bytesRead = 0;
    const check = () => bytesRead >= wanted && hasRead();
    check();
    return {
      read(atMs, bytes) {
        const sawOutput = reader.read(atMs, bytes);
        bytesRead += bytes.length;
        check();
        return sawOutput;
      },
      end: () => reader.end(),
    };
  };
  await using server = await startRawServer(async (connection) => {
    await connection.request();
    await playWire(streamCase, connection, { cuts, read: () => wasRead });
  });
  const { mode, limits } = streamCase;
  const question = aQuestion(`${server.origin}/chat`, { mode, limits });
  return await createTransport({ createReader }).exchange(question, new AbortController().signal);
}

describe.each([
  ['whole', () => []],
  ['in nine pieces', seededCuts],
] as const)('over a real socket, %s, a reply is judged as its case says', (_how, cutsFor) => {
  test.concurrent.each(streamCorpus().map((streamCase) => [streamCase.name, streamCase] as const))(
    '%s',
    async (name, streamCase) => {
      const exchange = await exchangeWith(streamCase, cutsFor(name));

      const verdict = judge(exchange, { ...CORPUS_CONTEXT, loopLagLimitMs: Number.POSITIVE_INFINITY });

      const { reply, ...expected } = streamCase.expect;
      expect(verdict).toMatchObject(expected);
      if (exchange.reply !== null) expect(exchange.reply).toMatchObject({ ...reply });
    },
    30_000, // all at once on a busy machine
  );
});
