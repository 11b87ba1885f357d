import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import type { AttemptRecord } from '../../src/domain/record.ts';
import { createRedactor } from '../../src/lib/redact.ts';
import { attemptRecord } from '../../src/probe/attempt-record.ts';
import { judge } from '../../src/probe/judge.ts';
import { createReplyReader } from '../../src/probe/reply-reader.ts';
import { askTarget } from '../../src/probe/request.ts';
import type { Exchange, Reply } from '../../src/probe/types.ts';
import { anIdentity, aPlannedProbe, probeSettings, TOKEN } from '../support/builders.ts';
import { holdsFragment } from '../support/canary.ts';
import { CORPUS_CONTEXT, exchangeOf, type StreamCase, streamCorpus } from '../support/stream-corpus.ts';
import { flawsOf } from '../support/valid-record.ts';

/** Streams of habits and faults, small enough to be spoilt many times. */
const CASES = streamCorpus().filter(({ status, delivered }) => status !== null && delivered.length < 10_000);
const CANARY = Buffer.from(`data: {"error":"bad token ${TOKEN}"}\n\n`);

/** One way to spoil bytes; places are parts of their length. */
type Mutation =
  | { readonly kind: 'flip'; readonly at: number; readonly bit: number }
  | { readonly kind: 'cut' | 'drop' | 'double'; readonly from: number; readonly to: number }
  | { readonly kind: 'insert'; readonly at: number; readonly bytes: Uint8Array };

const place = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const inserted = fc.oneof(
  fc.uint8Array({ maxLength: 20 }),
  fc
    .constantFrom('\n', '\r', '\r\n\r\n', 'data:', '[DONE]', '\0', '\ufeff', '{', '"', '<think>', 'event: error\n')
    .map((text) => Buffer.from(text)),
  fc.constant(CANARY),
);
const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  fc.record({ kind: fc.constant('flip' as const), at: place, bit: fc.nat(7) }),
  fc.record({ kind: fc.constantFrom('cut' as const, 'drop' as const, 'double' as const), from: place, to: place }),
  fc.record({ kind: fc.constant('insert' as const), at: place, bytes: inserted }),
);

function spoilt(bytes: Uint8Array, mutations: readonly Mutation[]): Uint8Array {
  return mutations.reduce((body, change) => {
    const index = (part: number) => Math.floor(part * body.length);
    if (change.kind === 'flip') {
      const flipped = Uint8Array.from(body);
      if (body.length > 0) flipped[index(change.at)]! ^= 1 << change.bit;
      return flipped;
    }
    if (change.kind === 'insert') {
      return Buffer.concat([body.subarray(0, index(change.at)), change.bytes, body.subarray(index(change.at))]);
    }
    const [from, to] = [index(change.from), index(change.to)].sort((a, b) => a - b) as [number, number];
    if (change.kind === 'cut') return body.subarray(0, to);
    return Buffer.concat([
      body.subarray(0, change.kind === 'drop' ? from : to),
      body.subarray(change.kind === 'drop' ? to : from),
    ]);
  }, bytes);
}

const ask = askTarget(aPlannedProbe(), probeSettings(), '0.1.0');
const frame = { identity: anIdentity(), settings: probeSettings(), redact: createRedactor([TOKEN]) };

/** From bytes to a row, by everything the program has in between. */
function rowOf(streamCase: StreamCase, bytes: Uint8Array, cuts: readonly number[]) {
  const reader = createReplyReader({ mode: streamCase.mode, status: streamCase.status! });
  const positions = cuts.map((part) => Math.floor(part * bytes.length)).sort((a, b) => a - b);
  [...positions, bytes.length].forEach((to, read) => {
    reader.read(101 + read, bytes.subarray(positions[read - 1] ?? 0, to));
  });
  const reply = reader.end();
  const exchange: Exchange = { ...exchangeOf(streamCase, reply), closedMs: 120 };
  const verdict = judge(exchange, CORPUS_CONTEXT);
  const planned = aPlannedProbe();
  const record = attemptRecord(
    { planned, attempt: 1, final: true, ask, exchange, verdict, instrumentErrorP99Ms: null, first: null },
    frame,
  );
  return { reply, verdict, record };
}

const hasOutput = ({ answer, hasToolCall }: Reply) => answer !== '' || hasToolCall;
const spentThinking = ({ finishReason, reasoning, usage }: Reply) =>
  finishReason === 'length' && (reasoning !== '' || (usage?.reasoningTokens ?? 0) > 0);
const momentsOf = (record: AttemptRecord) =>
  [
    record.sentMs,
    record.headersMs,
    record.firstEventMs,
    record.firstTokenMs,
    record.lastTokenMs,
    record.closedMs,
  ].filter((moment) => moment !== null);

describe('however a stream is spoilt', () => {
  test('nothing is thrown; ok has output or a spent allowance; a failure has a class and a message; no secret is shown', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...CASES),
        fc.array(mutation, { minLength: 1, maxLength: 6 }),
        fc.array(place, { maxLength: 6 }),
        (streamCase, mutations, cuts) => {
          const { reply, verdict, record } = rowOf(streamCase, spoilt(streamCase.delivered, mutations), cuts);

          expect(flawsOf(record)).toEqual([]);
          expect(holdsFragment(JSON.stringify(record), TOKEN)).toBe(false);
          const moments = momentsOf(record);
          expect(moments).toEqual(moments.toSorted((a, b) => a - b));
          if (verdict.outcome === 'ok') {
            expect(hasOutput(reply) || spentThinking(reply) || verdict.conformance.includes('cut_by_prober')).toBe(
              true,
            );
            expect(record.responseStatusCode).toBeWithin(200, 300);
          } else {
            expect(verdict.errorClass).not.toBeEmpty();
            expect(verdict.message).toMatch(/^[^\n]{1,300}$/);
            expect(['target_error', 'account_error', 'rate_limited', 'router_error', 'prober_error']).toContain(
              verdict.outcome,
            );
          }
        },
      ),
      { seed: 20260803, numRuns: 600 },
    );
  });

  test('the reads that cut it change nothing but its moments', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...CASES),
        fc.array(mutation, { minLength: 1, maxLength: 4 }),
        fc.array(place, { minLength: 1, maxLength: 8 }),
        (streamCase, mutations, cuts) => {
          const bytes = spoilt(streamCase.delivered, mutations);
          const whole = rowOf(streamCase, bytes, []);
          const cut = rowOf(streamCase, bytes, cuts);

          expect(cut.verdict).toEqual(whole.verdict);
          expect([cut.reply.content, cut.reply.reasoning, cut.reply.completion, cut.reply.usage]).toEqual([
            ...[whole.reply.content, whole.reply.reasoning, whole.reply.completion, whole.reply.usage],
          ]);
        },
      ),
      { seed: 20260804, numRuns: 300 },
    );
  });
});
