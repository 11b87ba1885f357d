import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { type ErrorSample, errorsOf, summarize } from '../../../src/probe/calibration/errors.ts';
import { endTelling, eventsOf, SCHEDULES, type Schedule } from '../../../src/probe/calibration/schedules.ts';
import { type Stamps, stampsIn } from '../../../src/probe/calibration/stamps.ts';
import { createReplyReader } from '../../../src/probe/reply-reader.ts';
import type { Exchange } from '../../../src/probe/types.ts';
import { anExchange, aReply } from '../../support/builders.ts';

const OFFSET_MS = 7_000;
const START_MONOTONIC_MS = 5_000;

/** The server's clock, for a moment of the exchange. */
const serverAt = (ms: number) => START_MONOTONIC_MS + ms + OFFSET_MS;

/** The request is read at 3 ms, the first write is at 10 ms, each further one 10 ms later. */
function stampsOf({ writes }: Schedule): Stamps {
  return { requestAtMs: serverAt(3), writtenAtMs: [...writes, 'end'].map((_, index) => serverAt(10 + 10 * index)) };
}

/** What an instrument sees that is `lateMs` late at every moment but the request's. */
function seenOf(schedule: Schedule, lateMs = 0): Exchange {
  const reader = createReplyReader({ mode: 'stream', status: 200 });
  schedule.writes.forEach((write, index) => {
    reader.read(10 + 10 * index + lateMs, Buffer.from(eventsOf(write, schedule)));
  });
  const endMs = 10 + 10 * schedule.writes.length + lateMs;
  return anExchange({
    requestStartMonotonicMs: START_MONOTONIC_MS,
    sentMs: 3,
    headersMs: 10 + lateMs,
    closedMs: endMs,
    reply: reader.end(),
  });
}

const sizes = (samples: readonly ErrorSample[] | null) => [...new Set(samples!.map(({ errorMs }) => errorMs))];
const named = (name: string) => SCHEDULES.find((schedule) => schedule.name === name)!;

describe.each(SCHEDULES.map((schedule) => [schedule.name, schedule] as const))('the schedule %s', (_name, schedule) => {
  test('has no error where every moment is that of its write', () => {
    expect(sizes(errorsOf(seenOf(schedule), schedule, stampsOf(schedule), OFFSET_MS))).toEqual([0]);
  });

  test('shows a delay on our side as that delay, at every moment but the request', () => {
    const samples = errorsOf(seenOf(schedule, 2.5), schedule, stampsOf(schedule), OFFSET_MS)!;
    expect(sizes(samples.filter(({ column }) => column !== 'sent_ms'))).toEqual([2.5]);
    expect(sizes(samples.filter(({ column }) => column === 'sent_ms'))).toEqual([0]);
  });

  test('has every moment once, and each chunk', () => {
    const samples = errorsOf(seenOf(schedule), schedule, stampsOf(schedule), OFFSET_MS)!;
    const counts = Object.fromEntries(summarize(samples).map(({ moment, n }) => [moment, n]));
    const { chunk_at_ms: chunks = 0, all, ...others } = counts;
    expect(others).toEqual({
      ...{ sent_ms: 1, headers_ms: 1, first_event_ms: 1, first_token_ms: 1, first_answer_ms: 1, last_token_ms: 1 },
      ...{ usage_ms: 1, done_ms: 1, closed_ms: 1, ttft_ms: 1, e2e_ms: 1 },
    });
    expect(chunks).toBeGreaterThanOrEqual(4);
    expect(all).toBe(9 + chunks);
  });
});

describe('the error of a moment', () => {
  test('does not change with what the two clocks call zero', () => {
    const schedule = named('reasoning');
    const seen = seenOf(schedule, 1);
    const { requestAtMs, writtenAtMs } = stampsOf(schedule);
    fc.assert(
      fc.property(
        fc.integer({ min: -(10 ** 9), max: 10 ** 9 }),
        fc.integer({ min: 0, max: 10 ** 9 }),
        (server, ours) => {
          const shifted = { requestAtMs: requestAtMs + server, writtenAtMs: writtenAtMs.map((atMs) => atMs + server) };
          const exchange = { ...seen, requestStartMonotonicMs: START_MONOTONIC_MS + ours };
          const samples = errorsOf(exchange, schedule, shifted, OFFSET_MS + server - ours);
          expect(samples).toEqual(errorsOf(seen, schedule, { requestAtMs, writtenAtMs }, OFFSET_MS));
        },
      ),
    );
  });

  test('has a sign: what we saw too early is negative', () => {
    const schedule = named('early-headers');
    const seen = { ...seenOf(schedule), headersMs: 9 };
    const samples = errorsOf(seen, schedule, stampsOf(schedule), OFFSET_MS)!;
    expect(samples.find(({ column }) => column === 'headers_ms')).toEqual({ column: 'headers_ms', errorMs: -1 });
  });

  test('belongs to the write that brought it: a role is no token, reasoning no answer, headers come first', () => {
    const wrong = { ...seenOf(named('role-only')), sentMs: 3 };
    const tooEarly = { ...wrong, reply: { ...wrong.reply!, firstTokenMs: wrong.reply!.firstEventMs } };
    const samples = errorsOf(tooEarly, named('role-only'), stampsOf(named('role-only')), OFFSET_MS)!;
    expect(samples.find(({ column }) => column === 'first_token_ms')!.errorMs).toBe(-10);
    expect(samples.find(({ column }) => column === 'ttft_ms')!.errorMs).toBe(-10);

    const thinking = seenOf(named('reasoning')).reply!;
    expect([thinking.firstEventMs, thinking.firstTokenMs, thinking.firstAnswerMs]).toEqual([10, 20, 50]);
  });

  test('is unknown for all of a reply that was not understood as it was sent', () => {
    const schedule = named('crlf');
    const seen = seenOf(schedule);
    const stamps = stampsOf(schedule);
    const reply = (overrides: Partial<Exchange['reply'] & object>) => ({
      ...seen,
      reply: { ...seen.reply!, ...overrides },
    });
    expect(errorsOf(reply({ usageMs: null }), schedule, stamps, OFFSET_MS)).toBeNull();
    expect(errorsOf(reply({ chunkAtMs: [30] }), schedule, stamps, OFFSET_MS)).toBeNull();
    expect(errorsOf({ ...seen, reply: null }, schedule, stamps, OFFSET_MS)).toBeNull();
    expect(errorsOf({ ...seen, requestStartMonotonicMs: null }, schedule, stamps, OFFSET_MS)).toBeNull();
    expect(errorsOf(seen, schedule, { ...stamps, writtenAtMs: stamps.writtenAtMs.slice(1) }, OFFSET_MS)).toBeNull();
    expect(errorsOf({ ...seen, reply: aReply() }, schedule, stamps, OFFSET_MS)).toBeNull();
  });
});

describe('the summary', () => {
  const samplesOf = (column: string, errorsMs: readonly number[]) => errorsMs.map((errorMs) => ({ column, errorMs }));

  test('tells n, median, p99 and maximum of the sizes, and those of all moments first', () => {
    const chunks = samplesOf(
      'chunk_at_ms',
      Array.from({ length: 200 }, (_, index) => (index % 2 ? 1 : -1) * (index + 1)),
    );
    const headers = samplesOf('headers_ms', [-500, 0.5]);
    expect(summarize([...chunks, ...headers])).toEqual([
      { moment: 'all', n: 202, p50Ms: 100, p99Ms: 199, maxMs: 500 },
      { moment: 'chunk_at_ms', n: 200, p50Ms: 100, p99Ms: 198, maxMs: 200 },
      { moment: 'headers_ms', n: 2, p50Ms: null, p99Ms: null, maxMs: 500 },
    ]);
  });

  test('counts a length among nothing but its own kind: it is made of two moments that were counted', () => {
    expect(
      summarize([...samplesOf('sent_ms', [1]), ...samplesOf('ttft_ms', [9]), ...samplesOf('e2e_ms', [9])]),
    ).toEqual([
      { moment: 'all', n: 1, p50Ms: null, p99Ms: null, maxMs: 1 },
      { moment: 'sent_ms', n: 1, p50Ms: null, p99Ms: null, maxMs: 1 },
      { moment: 'ttft_ms', n: 1, p50Ms: null, p99Ms: null, maxMs: 9 },
      { moment: 'e2e_ms', n: 1, p50Ms: null, p99Ms: null, maxMs: 9 },
    ]);
  });
});

describe('the stamps in a reply', () => {
  const stamps = { requestAtMs: 1.5, writtenAtMs: [2.25, 3] };

  test('are its last comment', () => {
    expect(stampsIn(`data: [DONE]\n\n${endTelling(stamps).toString().split('\r\n')[1]}`)).toEqual(stamps);
  });

  test.each([
    '',
    'data: [DONE]\n\n',
    ': stamps\n',
    ': stamps {',
    ': stamps {"requestAtMs":1}',
    ': stamps {"requestAtMs":null,"writtenAtMs":[]}',
  ])('are unknown where it does not tell them whole: %j', (text) => {
    expect(stampsIn(text)).toBeNull();
  });
});
