import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import type { AttemptRecord } from '../../src/domain/record.ts';
import type { ProbeSettings } from '../../src/domain/settings.ts';
import { createRedactor } from '../../src/lib/redact.ts';
import type { Clock } from '../../src/ports.ts';
import { createProber, type Prober } from '../../src/probe/prober.ts';
import type { Exchange } from '../../src/probe/types.ts';
import {
  aCycle,
  anExchange,
  anIdentity,
  aPlannedProbe,
  aTarget,
  DUE_AT_MS,
  probeSettings,
  TOKEN,
} from '../support/builders.ts';
import { recordingLog } from '../support/log.ts';
import { type Scripted, ScriptedTransport } from '../support/scripted-transport.ts';
import { SetClock } from '../support/set-clock.ts';
import { flawsOf } from '../support/valid-record.ts';

const GOOD = anExchange();
const HTTP_500 = anExchange({ status: 500 });
const HTTP_429 = anExchange({ status: 429 });
const BUSY_FOR_7_S = anExchange({ status: 503, headers: { 'retry-after': '7' } });
const REFUSED = anExchange({
  ...{ status: null, headers: {}, reply: null, sentMs: null, headersMs: null },
  ending: { kind: 'failed', errorClass: 'connect_refused', errorPhase: 'connect', detail: 'ECONNREFUSED' },
});
const TIMED_OUT = anExchange({
  ...{ status: null, headers: {}, reply: null, headersMs: null },
  ending: { kind: 'limit', limit: 'first_token_timeout' },
});

interface Setting {
  readonly settings?: Partial<ProbeSettings>;
  readonly online?: () => Promise<boolean>;
  readonly clock?: Clock;
}

function aProber(script: readonly Scripted[], { settings, online, clock }: Setting = {}) {
  const transport = new ScriptedTransport(...script);
  const log = recordingLog();
  const prober = createProber({
    settings: probeSettings(settings),
    identity: anIdentity(),
    transport,
    connectivity: { online: online ?? (async () => true) },
    clock: clock ?? new SetClock(DUE_AT_MS),
    redact: createRedactor([TOKEN]),
    log,
    instrumentErrorP99Ms: () => 0.5,
  });
  return { prober, transport, log };
}

const never = new AbortController().signal;

/** Takes rows as they come. */
function collect(prober: Prober, signal = never, planned = aPlannedProbe()) {
  const records: AttemptRecord[] = [];
  const done = (async () => {
    for await (const record of prober.probe(planned, signal)) records.push(record);
  })();
  return { records, done };
}

const inShort = (records: readonly AttemptRecord[]) =>
  records.map(({ attempt, errorClass, final }) => [attempt, errorClass ?? 'ok', final ? 'final' : 'more']);

describe('a probe', () => {
  test('of a good reply is one final row', async () => {
    const { prober, transport } = aProber([GOOD]);
    const { records, done } = collect(prober);
    await done;

    expect(inShort(records)).toEqual([[1, 'ok', 'final']]);
    expect(records[0]).toMatchObject({ outcome: 'ok', answerCorrect: true, instrumentErrorP99Ms: 0.5 });
    expect(transport.asked).toHaveLength(1);
  });

  test('is asked again after 1 s and 3 s, each attempt a row of its own, as soon as it is settled', async () => {
    const clock = new SetClock(DUE_AT_MS);
    const { prober, transport } = aProber([HTTP_500, REFUSED, GOOD], { clock });
    const { records, done } = collect(prober);

    await clock.whenSleeping();
    expect(inShort(records)).toEqual([[1, 'http_5xx', 'more']]);
    await clock.advance(999);
    expect(transport.asked).toHaveLength(1);
    await clock.advance(1);
    expect(inShort(records.slice(1))).toEqual([[2, 'connect_refused', 'more']]);
    await clock.advance(2999);
    expect(transport.asked).toHaveLength(2);
    await clock.advance(1);
    await done;

    expect(inShort(records.slice(2))).toEqual([[3, 'ok', 'final']]);
    expect(new Set(records.map(({ attemptId }) => attemptId)).size).toBe(3);
    expect(new Set(records.map(({ probeId }) => probeId)).size).toBe(1);
  });

  test("waits as a 503's Retry-After says", async () => {
    const clock = new SetClock(DUE_AT_MS);
    const { prober, transport } = aProber([BUSY_FOR_7_S, GOOD], { clock });
    const { done } = collect(prober);

    await clock.whenSleeping();
    await clock.advance(6999);
    expect(transport.asked).toHaveLength(1);
    await clock.advance(1);
    await done;

    expect(transport.asked).toHaveLength(2);
  });

  test('ends with its last attempt, however that went', async () => {
    const clock = new SetClock(DUE_AT_MS);
    const { prober } = aProber([HTTP_500], { clock });
    const { records, done } = collect(prober);
    await clock.whenSleeping();
    await clock.advance(4000);
    await done;

    expect(inShort(records)).toEqual([
      [1, 'http_5xx', 'more'],
      [2, 'http_5xx', 'more'],
      [3, 'http_5xx', 'final'],
    ]);
  });

  test.each([
    ['a 429', HTTP_429],
    ['a deadline', TIMED_OUT],
    ['a bad answer to a good question', anExchange({ status: 404 })],
  ])('is not asked again after %s', async (_name, exchange) => {
    const { prober, transport } = aProber([exchange]);
    const { records, done } = collect(prober);
    await done;

    expect(transport.asked).toHaveLength(1);
    expect(records.map(({ final }) => final)).toEqual([true]);
  });

  test('is asked once where the settings allow no retry', async () => {
    const { prober, transport } = aProber([HTTP_500], { settings: { retries: 0 } });
    await collect(prober).done;

    expect(transport.asked).toHaveLength(1);
  });

  test('that is not to be asked is one row and no request', async () => {
    const { prober, transport } = aProber([GOOD]);
    const { records, done } = collect(prober, never, aPlannedProbe({ skip: 'delisted' }));
    await done;

    expect(inShort(records)).toEqual([[0, 'delisted', 'final']]);
    expect(transport.asked).toHaveLength(0);
  });
});

describe('a network failure', () => {
  test('has its row only once we know whether we are online', async () => {
    const answer = Promise.withResolvers<boolean>();
    const asked = Promise.withResolvers<void>();
    const online = () => {
      asked.resolve();
      return answer.promise;
    };
    const { prober } = aProber([REFUSED], { online, settings: { retries: 0 } });
    const { records, done } = collect(prober);
    await asked.promise;
    expect(records).toEqual([]);
    answer.resolve(true);
    await done;

    expect(records[0]).toMatchObject({ outcome: 'router_error', errorClass: 'connect_refused' });
  });

  test('is ours when no control host answers either', async () => {
    const { prober } = aProber([TIMED_OUT], { online: async () => false });
    const { records, done } = collect(prober);
    await done;

    expect(records[0]).toMatchObject({ outcome: 'prober_error', errorClass: 'no_connectivity' });
  });

  test('alone makes us ask', async () => {
    let times = 0;
    const online = async () => ++times > 0;
    const { prober } = aProber([GOOD], { online });
    await collect(prober).done;
    await collect(aProber([HTTP_429], { online }).prober).done;

    expect(times).toBe(0);
  });
});

describe('a shutdown', () => {
  test('before the first request leaves one skipped row', async () => {
    const { prober, transport } = aProber([GOOD]);
    const { records, done } = collect(prober, AbortSignal.abort());
    await done;

    expect(inShort(records)).toEqual([[0, 'shutdown', 'final']]);
    expect(transport.asked).toHaveLength(0);
  });

  test('drops the attempt under way', async () => {
    const stop = new AbortController();
    const { prober } = aProber(['hang']);
    const { records, done } = collect(prober, stop.signal);
    stop.abort();
    await done;

    expect(inShort(records)).toEqual([[0, 'shutdown', 'final']]);
  });

  test('inside a wait ends the wait, after the attempts that have rows', async () => {
    const stop = new AbortController();
    const clock = new SetClock(DUE_AT_MS);
    const { prober } = aProber([HTTP_500], { clock });
    const { records, done } = collect(prober, stop.signal);
    await clock.whenSleeping();
    stop.abort();
    await done;

    expect(inShort(records)).toEqual([
      [1, 'http_5xx', 'more'],
      [2, 'shutdown', 'final'],
    ]);
    expect(clock.sleeping).toBe(0);
  });

  test('inside a second attempt drops that one alone', async () => {
    const stop = new AbortController();
    const clock = new SetClock(DUE_AT_MS);
    const { prober, transport } = aProber([HTTP_500, 'hang'], { clock });
    const { records, done } = collect(prober, stop.signal);
    await clock.whenSleeping();
    await clock.advance(1000);
    expect(transport.asked).toHaveLength(2);
    stop.abort();
    await done;

    expect(inShort(records)).toEqual([
      [1, 'http_5xx', 'more'],
      [2, 'shutdown', 'final'],
    ]);
  });

  test('does not spoil an attempt that is settled all the same', async () => {
    const stop = new AbortController();
    const { prober, transport } = aProber([GOOD]);
    const whileAsking = transport.exchange.bind(transport);
    transport.exchange = async (question, signal) => {
      stop.abort();
      return await whileAsking(question, signal);
    };
    const { records, done } = collect(prober, stop.signal);
    await done;

    expect(inShort(records)).toEqual([[1, 'ok', 'final']]);
  });
});

describe('a fault of our own', () => {
  const bug = Object.assign(new TypeError('cannot read /home/me/tracker/src/x.ts'), { stack: 'TypeError at /home/me' });

  test('in the transport blames nobody, tells no path, is not asked again, and is logged in full', async () => {
    const { prober, transport, log } = aProber([bug]);
    const { records, done } = collect(prober);
    await done;

    expect(records).toHaveLength(1);
    expect(records[0]).toMatchObject({ outcome: 'prober_error', errorClass: 'internal', responseStatusCode: -1 });
    expect(records[0]!.requestUrl).toBe('https://router.huggingface.co/swiftcloud/v1/chat/completions');
    expect(records[0]!.errorMessage).toContain('TypeError');
    expect(JSON.stringify(records)).not.toContain('/home');
    expect(transport.asked).toHaveLength(1);
    expect(log.lines).toMatchObject([{ level: 'error', fields: { provider: 'swiftcloud', stack: bug.stack } }]);
  });

  test('in building the question is a row as well', async () => {
    const { prober, transport } = aProber([GOOD], { settings: { mapping: new Map() } });
    const { records, done } = collect(prober);
    await done;

    expect(records[0]).toMatchObject({
      outcome: 'prober_error',
      errorClass: 'internal',
      requestUrl: null,
      final: true,
    });
    expect(transport.asked).toHaveLength(0);
  });

  test('in bookkeeping is not blamed on the provider', async () => {
    const { prober } = aProber([anExchange({ requestStartAtMs: Number.NaN })]);
    const { records, done } = collect(prober);
    await done;

    expect(records[0]).toMatchObject({ outcome: 'prober_error', errorClass: 'internal', responseStatusCode: -1 });
  });

  test('hides the token from the log', async () => {
    const { prober, log } = aProber([new Error(`bad header: Bearer ${TOKEN}`)]);
    await collect(prober).done;

    expect(JSON.stringify(log.lines)).not.toContain(TOKEN.slice(3, 11));
  });
});

describe('whatever happens', () => {
  /** Waits take no time. */
  const hurried: Clock = {
    nowMs: () => DUE_AT_MS,
    monotonicMs: () => 0,
    sleep: async (_ms, signal) => signal?.throwIfAborted(),
  };
  const aLine: fc.Arbitrary<Scripted> = fc.constantFrom<Scripted[]>(
    ...[GOOD, HTTP_500, HTTP_429, BUSY_FOR_7_S, REFUSED, TIMED_OUT],
    ...[new Error('bug'), 'hang' as const],
  );
  /** Stops the prober when its nth request begins. */
  const stopAt = (transport: ScriptedTransport, request: number) => {
    const stop = new AbortController();
    const exchange = transport.exchange.bind(transport);
    transport.exchange = (question, signal): Promise<Exchange> => {
      if (transport.asked.length === request) stop.abort();
      return exchange(question, signal);
    };
    return stop.signal;
  };

  test('a probe has exactly one final row, its last; attempts are counted without a gap; every row keeps the schema', async () => {
    const scripts = fc.array(aLine, { minLength: 1, maxLength: 5 });
    const run = async (script: readonly Scripted[], retries: number, lastRequest: number, online: boolean) => {
      const { prober, transport } = aProber(script, {
        settings: { retries },
        online: async () => online,
        clock: hurried,
      });
      const stopBy = script.indexOf('hang') === -1 ? lastRequest : Math.min(lastRequest, script.indexOf('hang'));
      const { records, done } = collect(prober, stopAt(transport, stopBy));
      await done;

      expect(records.map(({ final }) => final)).toEqual(records.map((_, at) => at === records.length - 1));
      expect(records.map(({ attempt }) => attempt)).toEqual(
        records[0]!.attempt === 0 ? [0] : records.map((_, at) => at + 1),
      );
      expect(records.length).toBeLessThanOrEqual(retries + 2);
      expect(records.flatMap(flawsOf)).toEqual([]);
    };

    await fc.assert(fc.asyncProperty(scripts, fc.nat(4), fc.nat(6), fc.boolean(), run));
  });

  test('a cycle without a catalogue has one row, which names no model', () => {
    const { prober } = aProber([GOOD]);
    const record = prober.noCatalogue(aCycle(), DUE_AT_MS + 5);

    expect(record).toMatchObject({
      modelId: null,
      providerName: null,
      errorClass: 'no_catalogue',
      attempt: 0,
      final: true,
    });
    expect(flawsOf(record)).toEqual([]);
  });

  test('a probe that is not asked keeps the reason why it was not to be asked', () => {
    const { prober } = aProber([GOOD]);

    expect(prober.skipped(aPlannedProbe({ skip: 'budget' }), 'shutdown').errorClass).toBe('budget');
    expect(prober.skipped(aPlannedProbe({ target: aTarget() }), 'shutdown', 2)).toMatchObject({
      attempt: 3,
      final: true,
    });
  });
});
