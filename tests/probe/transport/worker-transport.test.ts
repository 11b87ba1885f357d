import { afterEach, describe, expect, test } from 'bun:test';
import net from 'node:net';
import { openWorkerTransport, type WorkerTransportOptions } from '../../../src/probe/transport/worker-transport.ts';
import type { Ending, Transport } from '../../../src/probe/types.ts';
import { aQuestion } from '../../support/asking.ts';
import { recordingLog } from '../../support/log.ts';
import { closedPort, type RawConnection, startRawServer, TEST_CA } from '../../support/raw-server.ts';

const STRAIGHT = { httpsProxy: null, httpProxy: null, noProxy: null };
const MORTAL = { entry: new URL('./mortal-worker.ts', import.meta.url) };
const signal = new AbortController().signal;

const opened: Transport[] = [];
afterEach(async () => {
  for (const transport of opened.splice(0)) await transport.close();
});

function open(options: Partial<WorkerTransportOptions> = {}) {
  const log = recordingLog();
  const transport = openWorkerTransport({ log, proxy: STRAIGHT, ca: [TEST_CA], ...options });
  opened.push(transport);
  return { transport, log };
}

const EVENTS = [
  '{"choices":[{"index":0,"delta":{"role":"assistant","content":"1771.2"},"finish_reason":"stop"}]}',
  '[DONE]',
]
  .map((data) => `data: ${data}\n\n`)
  .join('');

async function reply(connection: RawConnection) {
  await connection.request();
  await connection.write(`HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n${EVENTS}`);
  connection.finish();
}

describe('asking in the Worker', () => {
  test('gives the whole exchange, its reply understood', async () => {
    await using server = await startRawServer(reply, { certificate: 'server' });
    const { transport } = open();
    const exchange = await transport.exchange(aQuestion(server.origin), signal);

    expect(exchange).toMatchObject({
      ending: { kind: 'complete' },
      status: 200,
      remoteIp: '127.0.0.1',
      reply: { answer: '1771.2', finishReason: 'stop', text: EVENTS },
      loopLagMs: expect.any(Number),
    });
    expect(exchange.reply!.firstTokenMs).toBeGreaterThanOrEqual(exchange.sentMs!);
  });

  test('gives each of many their own', async () => {
    await using server = await startRawServer(async (connection) => {
      const path = /^POST \/(\S*)/.exec(await connection.request())![1]!;
      await connection.write(`HTTP/1.1 400 Bad Request\r\nContent-Length: ${path.length}\r\n\r\n${path}`);
    });
    const { transport } = open();
    const paths = Array.from({ length: 20 }, (_, index) => `path-${index}`);
    const exchanges = await Promise.all(
      paths.map((path) => transport.exchange(aQuestion(`${server.origin}/${path}`), signal)),
    );
    expect(exchanges.map((exchange) => exchange.reply?.text)).toEqual(paths);
  });

  test('stops when told to, across the border', async () => {
    const stop = new AbortController();
    await using server = await startRawServer(async (connection) => {
      await connection.request();
      stop.abort();
    });
    const exchange = await open().transport.exchange(aQuestion(server.origin), stop.signal);
    expect(exchange.ending).toEqual({ kind: 'cancelled' });
    await server.connections[0]!.closed;
  });

  test('contacts nobody when told to stop before it began', async () => {
    await using server = await startRawServer(reply);
    const exchange = await open().transport.exchange(aQuestion(server.origin), AbortSignal.abort());
    expect(exchange.ending).toEqual({ kind: 'cancelled' });
    expect(server.connections).toHaveLength(0);
  });
});

describe('a Worker that is lost', () => {
  test.each(['throw', 'reject', 'exit', 'spin'])(
    'takes its running attempts with it, and the next one is asked by another: %s',
    async (way) => {
      let lose = () => {};
      await using server = await startRawServer(async (connection) => {
        if ((await connection.request()).startsWith('POST /waiting')) lose();
        else await reply(connection);
      });
      const { transport, log } = open({ ...MORTAL, hungAfterMs: 10 });
      const fatal = Promise.withResolvers<Awaited<ReturnType<Transport['exchange']>>>();
      lose = () => {
        const limits = { connectMs: 0, totalMs: 0 };
        transport.exchange(aQuestion(`${server.origin}/${way}`, { limits }), signal).then(fatal.resolve, fatal.reject);
      };
      const waiting = await transport.exchange(aQuestion(`${server.origin}/waiting`), signal);
      const after = await transport.exchange(aQuestion(`${server.origin}/after`), signal);

      const lost: Ending = {
        kind: 'failed',
        errorClass: 'internal',
        errorPhase: null,
        detail: 'the Worker that asked has died',
      };
      expect(waiting.ending).toEqual(lost);
      expect((await fatal.promise).ending).toEqual(lost);
      expect(waiting).toMatchObject({ sentMs: null, status: null, reply: null, loopLagMs: null });
      expect(after.reply?.answer).toBe('1771.2');
      expect(log.lines.map(({ level, fields }) => [level, fields])).toEqual([['warn', { attempts: 2 }]]);
      expect(JSON.stringify([log.lines, waiting])).not.toMatch(/secret|home|mortal/);
    },
  );
});

describe('the clock of the Worker', () => {
  test('is compared with that of a port again and again', async () => {
    await using theirs = await startClock((asked) => `${asked * 1000}.5\n`);
    const pings = await open().transport.pingClock(theirs.port);
    expect(pings.map(({ theirsMs }) => theirsMs)).toEqual(Array.from(pings, (_, index) => (index + 1) * 1000 + 0.5));
    expect(pings.length).toBeGreaterThan(20);
    expect(pings.every(({ askedAtMs, answeredAtMs }) => askedAtMs <= answeredAtMs)).toBe(true);
  });

  test('is the one by which the Worker tells when a request began', async () => {
    await using server = await startRawServer(reply);
    await using theirs = await startClock(() => '1\n');
    const { transport } = open();
    const before = await transport.pingClock(theirs.port);
    const { requestStartMonotonicMs } = await transport.exchange(aQuestion(server.origin), signal);
    const after = await transport.pingClock(theirs.port);
    expect(requestStartMonotonicMs).toBeWithin(before.at(-1)!.answeredAtMs, after[0]!.askedAtMs);
  });

  test('is compared with nothing where no clock answers', async () => {
    await using other = await startClock(() => 'HTTP/1.1 200 OK\r\n');
    await using mortal = await startClock((asked) => (asked < 3 ? '1\n' : null));
    const { transport } = open();
    expect(await transport.pingClock(other.port)).toEqual([]);
    expect(await transport.pingClock(mortal.port)).toEqual([]);
    expect(await transport.pingClock(await closedPort())).toEqual([]);
    await transport.close();
    expect(await transport.pingClock(other.port)).toEqual([]);
  });

  test.each(['exit', 'spin'])('is lost with the Worker: %s', async (way) => {
    const { transport } = open({ ...MORTAL, hungAfterMs: 10 });
    await using silent = await startClock(() => {
      void transport.exchange(aQuestion(`http://127.0.0.1:1/${way}`, { limits: { connectMs: 0, totalMs: 0 } }), signal);
      return '';
    });
    expect(await transport.pingClock(silent.port)).toEqual([]);
  });
});

/** A port that answers what it reads with a clock, which is as the test likes; null: it leaves. */
async function startClock(answer: (asked: number) => string | null) {
  const server = net.createServer((socket) => {
    let asked = 0;
    socket
      .on('error', () => {})
      .on('data', () => {
        const line = answer(++asked);
        if (line === null) socket.destroy();
        else socket.write(line);
      });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as net.AddressInfo;
  return { port, [Symbol.asyncDispose]: () => new Promise<void>((closed) => server.close(() => closed())) };
}

test('a Worker that does not even stop when told to is ended', async () => {
  const { transport } = open({ ...MORTAL, hungAfterMs: 10 });
  const stop = new AbortController();
  const asked = transport.exchange(aQuestion('http://127.0.0.1:1/spin'), stop.signal);
  stop.abort();
  expect((await asked).ending).toMatchObject({ kind: 'failed', errorClass: 'internal' });
});

describe('closing', () => {
  test('stops what runs, and says so', async () => {
    let closed = Promise.resolve();
    const { transport, log } = open();
    await using server = await startRawServer(async (connection) => {
      await connection.request();
      closed = transport.close();
    });
    const exchange = await transport.exchange(aQuestion(server.origin), signal);
    await closed;

    expect(exchange.ending).toEqual({ kind: 'cancelled' });
    expect((await transport.exchange(aQuestion(server.origin), signal)).ending).toEqual({ kind: 'cancelled' });
    expect(log.lines).toEqual([]);
  });

  test('is not needed for the process to end', async () => {
    const module = new URL('../../../src/probe/transport/worker-transport.ts', import.meta.url).href;
    const program = `
      import { openWorkerTransport } from ${JSON.stringify(module)};
      openWorkerTransport({ log: { warn() {} }, proxy: ${JSON.stringify(STRAIGHT)} });
    `;
    const { exited } = Bun.spawn([process.execPath, '-e', program], { stdout: 'ignore', stderr: 'ignore' });
    expect(await exited).toBe(0);
  });
});
