import { afterEach, describe, expect, test } from 'bun:test';
import { type CalibrationOptions, openCalibration } from '../../../src/probe/calibration/calibration.ts';
import { startScheduleServer } from '../../../src/probe/calibration/schedule-server.ts';
import { SCHEDULES } from '../../../src/probe/calibration/schedules.ts';
import { type ServerProcess, startServer } from '../../../src/probe/calibration/start-server.ts';
import { createReplyReader } from '../../../src/probe/reply-reader.ts';
import { createTransport } from '../../../src/probe/transport/transport.ts';
import { openWorkerTransport } from '../../../src/probe/transport/worker-transport.ts';
import type { Exchange } from '../../../src/probe/types.ts';
import { anExchange } from '../../support/builders.ts';
import { recordingLog } from '../../support/log.ts';

const STRAIGHT = { httpsProxy: null, httpProxy: null, noProxy: null };
const signal = new AbortController().signal;
const transport = createTransport({ createReader: createReplyReader });

const opened: AsyncDisposable[] = [];
afterEach(async () => {
  for (const each of opened.splice(0)) await each[Symbol.asyncDispose]();
});

/** In this process unless a test is about the process: starting one costs more than all that it is asked. */
async function startHere(): Promise<ServerProcess> {
  const { replies, clock, [Symbol.dispose]: close } = await startScheduleServer();
  return { ports: { replies, clock }, isAlive: true, [Symbol.asyncDispose]: async () => close() };
}

function open(options: Partial<CalibrationOptions> = {}) {
  const runner = openCalibration({ transport, rounds: 1, start: startHere, ...options });
  opened.push(runner);
  return runner;
}

function openCounting(start: () => Promise<ServerProcess>, options: Partial<CalibrationOptions> = {}) {
  const servers: ServerProcess[] = [];
  const counted = async () => {
    const server = await start();
    servers.push(server);
    return server;
  };
  return { runner: open({ start: counted, ...options }), servers };
}

/** The real one, but what it saw is changed on the way. */
const seenAs = (change: (seen: Exchange) => Exchange): CalibrationOptions['transport'] => ({
  ...transport,
  exchange: async (question, stop) => change(await transport.exchange(question, stop)),
});

describe('a calibration', () => {
  test('asks through the Worker and compares every moment of every schedule with the server, on aligned clocks', async () => {
    const worker = openWorkerTransport({ log: recordingLog(), proxy: STRAIGHT });
    opened.push({ [Symbol.asyncDispose]: worker.close });
    const { clockBoundMs, errors } = await open({ transport: worker, rounds: 2, start: startServer }).measure(signal);

    const asked = 2 * SCHEDULES.length;
    const [all, ...others] = errors;
    const chunks = others.find(({ moment }) => moment === 'chunk_at_ms')!.n;
    expect(others).toHaveLength(12);
    expect(others.filter(({ n }) => n === asked)).toHaveLength(11);
    expect(all).toMatchObject({ moment: 'all', n: 9 * asked + chunks, p99Ms: expect.any(Number) });
    expect(clockBoundMs).toBeGreaterThan(0);
  });

  test('shows a delay of ours as that delay: the server does not share it', async () => {
    const lateMs = 100_000;
    const late = seenAs((seen) => ({ ...seen, headersMs: seen.headersMs! + lateMs }));
    const { errors } = await open({ transport: late }).measure(signal);
    const headers = errors.find(({ moment }) => moment === 'headers_ms')!;
    expect(headers.maxMs).toBeWithin(lateMs, 2 * lateMs);
    expect(errors.find(({ moment }) => moment === 'usage_ms')!.maxMs).toBeLessThan(lateMs);
  });

  test('asks often enough for a p99 of each moment', async () => {
    let asked = 0;
    const nothing = { ...transport, exchange: async () => anExchange({ closedMs: ++asked }) };
    await openCalibration({ transport: nothing })
      .measure(signal)
      .catch(() => {});
    expect(asked).toBeGreaterThanOrEqual(200);
  });

  test('asks without a token, of this machine alone', async () => {
    const asked: object[] = [];
    const watched = seenAs((seen) => seen);
    const watching: CalibrationOptions['transport'] = {
      ...watched,
      exchange(question, stop) {
        asked.push(question);
        return watched.exchange(question, stop);
      },
    };
    await open({ transport: watching }).measure(signal);
    expect(asked).toHaveLength(SCHEDULES.length);
    expect(JSON.stringify(asked)).not.toMatch(/authorization|bearer/i);
    expect(asked.every((question) => 'url' in question && String(question.url).startsWith('http://127.0.0.1:'))).toBe(
      true,
    );
  });
});

describe('its server', () => {
  test('is started once for all of them', async () => {
    const { runner, servers } = openCounting(startHere);
    await runner.measure(signal);
    await runner.measure(signal);
    expect(servers).toHaveLength(1);
  });

  test('that died spoils nothing but the calibration under way: the next one starts another', async () => {
    let kill = async () => {};
    const mortal: CalibrationOptions['transport'] = {
      ...transport,
      async exchange(question, stop) {
        await kill();
        return transport.exchange(question, stop);
      },
    };
    const { runner, servers } = openCounting(startServer, { transport: mortal });
    kill = async () => servers[0]![Symbol.asyncDispose]();
    await expect(runner.measure(signal)).rejects.toThrow('a question failed: ECONNREFUSED');
    kill = async () => {};
    expect((await runner.measure(signal)).errors).not.toEqual([]);
    expect(servers).toHaveLength(2);
  });

  test('that does not come up is said in words', async () => {
    const start = async () => await Promise.reject(new Error('the calibration server did not come up'));
    await expect(open({ start }).measure(signal)).rejects.toThrow('the calibration server did not come up');
  });
});

describe('a calibration that cannot be trusted is none', () => {
  test.each([
    [
      'a reply that was not understood as it was sent',
      seenAs((seen) => ({ ...seen, headersMs: null })),
      'was not understood',
    ],
    [
      'a reply cut short',
      seenAs((seen) => ({ ...seen, ending: { kind: 'limit', limit: 'stall_timeout' } })),
      'stall_timeout',
    ],
    ['a clock that does not answer', { ...transport, pingClock: async () => [] }, 'did not tell its clock'],
    ['a clock that was replaced', { ...transport, pingClock: differentEachTime() }, 'ran apart'],
  ] as const)('%s', async (_what, broken, reason) => {
    await expect(open({ transport: broken }).measure(signal)).rejects.toThrow(reason);
  });

  test('nor is one that was told to stop', async () => {
    const stop = new AbortController();
    const stopping = seenAs((seen) => {
      stop.abort(new Error('enough'));
      return seen;
    });
    await expect(open({ transport: stopping }).measure(stop.signal)).rejects.toThrow('enough');
    const { runner, servers } = openCounting(startHere);
    await expect(runner.measure(AbortSignal.abort(new Error('before')))).rejects.toThrow('before');
    expect(servers).toHaveLength(0);
  });
});

/** As if the Worker were another one at each look. */
function differentEachTime(): CalibrationOptions['transport']['pingClock'] {
  let zeroMs = 0;
  return async (port) => {
    zeroMs += 60_000;
    const pings = await transport.pingClock(port);
    return pings.map((ping) => ({ ...ping, theirsMs: ping.theirsMs + zeroMs }));
  };
}
