import { describe, expect, test } from 'bun:test';
import { judge } from '../../src/probe/judge.ts';
import { createReplyReader } from '../../src/probe/reply-reader.ts';
import type { Reply } from '../../src/probe/types.ts';
import { CORPUS_CONTEXT, exchangeOf, READS_AT_MS, type StreamCase, streamCorpus } from '../support/stream-corpus.ts';

const corpus = streamCorpus();
/** Cut at every byte; the larger ones are cut at a few hundred places. */
const SMALL = 10_000;

/** Reads the delivered bytes, cut at these positions; each read has the moment that `atMs` gives it. */
function readIn(
  { mode, status, delivered }: StreamCase,
  cuts: readonly number[],
  atMs = (read: number) => read,
): Reply {
  const reader = createReplyReader({ mode, status: status! });
  [...cuts, delivered.length].forEach((to, read) => {
    reader.read(atMs(read), delivered.subarray(cuts[read - 1] ?? 0, to));
  });
  return reader.end();
}

const MOMENTS = ['firstEventMs', 'firstTokenMs', 'firstAnswerMs', 'lastTokenMs', 'usageMs', 'doneMs'] as const;

/** Its moments, of which `at` makes what it likes. */
function momentsOf(reply: Reply, at: (atMs: number) => number): unknown {
  return [
    ...MOMENTS.map((name) => (reply[name] === null ? null : at(reply[name]))),
    ...reply.chunkAtMs.map((atMs) => at(atMs)),
  ];
}

const timeless = (reply: Reply) => ({
  ...reply,
  reads: 0,
  chunkAtMs: [],
  ...Object.fromEntries(MOMENTS.map((m) => [m, 0])),
});
const expected = ({ expect: { reply: _, ...verdict } }: StreamCase) => verdict;
const inTwoReads = (read: number) => READS_AT_MS[read]!;

describe('a reply is judged as its case says', () => {
  test.each(corpus.map((streamCase) => [`${streamCase.name}: ${streamCase.about}`, streamCase] as const))(
    '%s',
    (_name, streamCase) => {
      const reply = streamCase.status === null ? null : readIn(streamCase, [], inTwoReads);

      const verdict = judge(exchangeOf(streamCase, reply), CORPUS_CONTEXT);

      const { message = '', ...judged } = { message: undefined, ...verdict };
      expect<object>(judged).toEqual(expected(streamCase));
      expect(message).toMatch(verdict.outcome === 'ok' ? /^$/ : /^[^\n]{1,300}$/);
      if (reply !== null) expect(reply).toMatchObject({ ...streamCase.expect.reply });
    },
  );
});

describe('wherever the reads cut it, a reply is the same, and an event has the moment of the read that completes it', () => {
  const small = corpus.filter(({ status, delivered }) => status !== null && delivered.length < SMALL);

  test.each(small.map((streamCase) => [streamCase.name, streamCase] as const))('%s', (_name, streamCase) => {
    const length = streamCase.delivered.length;
    const whole = timeless(readIn(streamCase, []));
    const everyByte = Array.from({ length: Math.max(0, length - 1) }, (_, i) => i + 1);
    const byBytes = readIn(streamCase, everyByte); // moments are byte positions

    const wrongCuts = everyByte.filter((cut) => {
      const reply = readIn(streamCase, [cut], inTwoReads);
      const moments = momentsOf(byBytes, (at) => inTwoReads(at < cut ? 0 : 1));
      return (
        !Bun.deepEquals(timeless(reply), whole) ||
        !Bun.deepEquals(
          momentsOf(reply, (at) => at),
          moments,
        ) ||
        !Bun.deepEquals(verdictOf(streamCase, reply), verdictOf(streamCase, byBytes))
      );
    });

    expect(timeless(byBytes)).toEqual(whole);
    expect(wrongCuts).toEqual([]);
  });

  const large = corpus.filter(({ delivered }) => delivered.length >= SMALL);

  test.each(large.map((streamCase) => [streamCase.name, streamCase] as const))(
    '%s, in reads of 1 KiB',
    (_name, streamCase) => {
      const cuts = Array.from({ length: Math.ceil(streamCase.delivered.length / 1024) - 1 }, (_, i) => (i + 1) * 1000);
      const reply = readIn(streamCase, cuts, () => READS_AT_MS[0]);

      expect(timeless(reply)).toEqual(timeless(readIn(streamCase, [])));
      expect(judge(exchangeOf(streamCase, reply), CORPUS_CONTEXT)).toMatchObject(expected(streamCase));
    },
  );
});

function verdictOf(streamCase: StreamCase, reply: Reply) {
  const inTime = { ...reply, lastTokenMs: reply.lastTokenMs === null ? null : READS_AT_MS[0] };
  return judge(exchangeOf(streamCase, inTime), CORPUS_CONTEXT);
}
