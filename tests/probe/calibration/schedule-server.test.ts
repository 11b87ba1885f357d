import { describe, expect, test } from 'bun:test';
import { connect } from 'node:net';
import { alignClocks } from '../../../src/probe/calibration/align-clocks.ts';
import { startScheduleServer } from '../../../src/probe/calibration/schedule-server.ts';
import { eventsOf, SCHEDULES } from '../../../src/probe/calibration/schedules.ts';
import { stampsIn } from '../../../src/probe/calibration/stamps.ts';
import { startServer } from '../../../src/probe/calibration/start-server.ts';
import { createReplyReader } from '../../../src/probe/reply-reader.ts';
import { pingClock } from '../../../src/probe/transport/ping-clock.ts';
import { createTransport } from '../../../src/probe/transport/transport.ts';
import { aQuestion } from '../../support/asking.ts';

/** A timer may fire this much early by the clock that stamps. */
const TIMER_GRAIN_MS = 1;

/** Sends bytes as they are and keeps every read with its moment, until the other side closes. */
async function readRaw(
  port: number,
  request: string,
): Promise<readonly { readonly atMs: number; readonly text: string }[]> {
  const reads: { atMs: number; text: string }[] = [];
  const { promise: closed, resolve } = Promise.withResolvers<void>();
  const socket = connect({ host: '127.0.0.1', port, noDelay: true });
  socket.on('data', (bytes) => reads.push({ atMs: performance.now(), text: bytes.toString() }));
  socket.on('error', () => {});
  socket.once('close', resolve);
  socket.write(request);
  await closed;
  return reads;
}

const post = (path: string) => `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}`;

describe('the calibration server', () => {
  test('stamps each write when it writes: not before its turn, and not after its bytes arrived', async () => {
    await using server = await startServer();
    const schedule = SCHEDULES.find(({ name }) => name === 'coalesced')!;
    const askedAtMs = performance.now();
    const [reads, pings] = [
      await readRaw(server.ports.replies, post('/coalesced')),
      await pingClock(server.ports.clock),
    ];
    const { offsetMs, boundMs } = alignClocks(pings)!;

    const { requestAtMs, writtenAtMs } = stampsIn(reads.map(({ text }) => text).join(''))!;
    expect(requestAtMs - offsetMs).toBeGreaterThan(askedAtMs - boundMs);
    let beforeMs = requestAtMs;
    for (const [index, write] of schedule.writes.entries()) {
      const writtenMs = writtenAtMs[index]!;
      expect(writtenMs - beforeMs).toBeGreaterThan(write.afterMs - TIMER_GRAIN_MS);
      const arrival = reads.find(({ text }) => text.includes(eventsOf(write, schedule)))!;
      expect(writtenMs - offsetMs).toBeLessThan(arrival.atMs + boundMs);
      beforeMs = writtenMs;
    }
    expect(writtenAtMs).toHaveLength(schedule.writes.length + 1);
  });

  test.each(SCHEDULES.map(({ name }) => name))('plays %s as it is written down', async (name) => {
    using server = await startScheduleServer();
    const question = aQuestion(`http://127.0.0.1:${server.replies}/${name}`);
    const transport = createTransport({ createReader: createReplyReader });
    const { ending, reply } = await transport.exchange(question, new AbortController().signal);

    const schedule = SCHEDULES.find((schedule) => schedule.name === name)!;
    const [body] = reply!.text.split(': stamps ');
    expect(ending).toEqual({ kind: 'complete' });
    expect(body).toBe(schedule.writes.map((write) => eventsOf(write, schedule)).join(''));
    expect(reply).toMatchObject({ problem: null, finishReason: 'stop', habits: { roleFirst: true } });
  });

  test('knows nothing but its schedules, and ends a request that never ends', async () => {
    using server = await startScheduleServer();
    for (const path of ['/', '/crl', '/crlf/', '/../../etc/passwd']) {
      const reads = await readRaw(server.replies, post(path));
      expect(reads.map(({ text }) => text).join('')).toStartWith('HTTP/1.1 404 ');
    }
    expect(await readRaw(server.replies, 'x'.repeat(70_000))).toEqual([]);
  });
});

describe('its process', () => {
  test('ends when it is told to', async () => {
    const server = await startServer();
    expect(server.isAlive).toBe(true);
    await server[Symbol.asyncDispose]();
    expect(server.isAlive).toBe(false);
    expect(await pingClock(server.ports.clock)).toEqual([]);
  });

  test.each(['ends', 'is killed'])('ends when the program that started it %s, and holds up nobody', async (how) => {
    const module = new URL('../../../src/probe/calibration/start-server.ts', import.meta.url).href;
    const program = `
      import { startServer } from ${JSON.stringify(module)};
      const { ports } = await startServer();
      process.send(ports);
      process.once('message', () => process.disconnect());
    `;
    const ready = Promise.withResolvers<{ clock: number }>();
    const parent = Bun.spawn([process.execPath, '-e', program], {
      stdio: ['ignore', 'ignore', 'inherit'],
      ipc: ready.resolve,
    });
    const { clock } = await ready.promise;
    const socket = connect({ host: '127.0.0.1', port: clock });
    const closed = new Promise((resolve) => socket.once('close', resolve).on('error', () => {}));
    await new Promise((resolve) => socket.once('connect', resolve));

    if (how === 'ends') parent.send('end');
    else parent.kill('SIGKILL');

    await closed;
    expect(await parent.exited).toBe(how === 'ends' ? 0 : 137);
    expect(await pingClock(clock)).toEqual([]);
  });
});
