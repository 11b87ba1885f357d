import { describe, expect, test } from 'bun:test';
import { judge } from '../../../src/probe/judge.ts';
import { Attempt } from '../../../src/probe/transport/attempt.ts';
import { createTransport } from '../../../src/probe/transport/transport.ts';
import { aQuestion, watchReads } from '../../support/asking.ts';
import { startRawServer, TEST_CA } from '../../support/raw-server.ts';

const HEAD = 'HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n';
const signal = new AbortController().signal;

function expectAscending(moments: readonly (number | null)[]) {
  expect(moments).toEqual(moments.map(() => expect.any(Number)));
  expect(moments).toEqual(moments.toSorted((a, b) => a! - b!));
}

describe('the moments of an exchange', () => {
  test('come in the order in which things happen', async () => {
    const { createReader, reads, seen } = watchReads();
    await using server = await startRawServer(
      async (connection) => {
        await connection.request();
        await connection.write(HEAD);
        for (const text of ['first token', 'second token']) {
          await connection.write(text);
          await seen(text);
        }
        connection.finish();
      },
      { certificate: 'server' },
    );
    const before = Date.now();
    const exchange = await createTransport({ createReader, ca: [TEST_CA] }).exchange(aQuestion(server.origin), signal);

    const { dnsMs, tcpMs, tlsMs, sentMs, headersMs, closedMs } = exchange;
    expectAscending([0, sentMs, headersMs, ...reads.map(({ atMs }) => atMs), closedMs]);
    expect(sentMs).toBeGreaterThanOrEqual(dnsMs! + tcpMs! + tlsMs!);
    expect(Math.min(dnsMs!, tcpMs!, tlsMs!)).toBeGreaterThan(0);
    expect(exchange.remoteIp).toBe('127.0.0.1');
    expect(exchange.requestStartAtMs).toBeWithin(before, Date.now() + 1);
  });

  test('have no lookup for an address and no handshake for plain HTTP', async () => {
    await using server = await startRawServer(async (connection) => {
      await connection.request();
      await connection.write(HEAD);
      connection.finish();
    });
    const exchange = await createTransport(watchReads()).exchange(aQuestion(server.origin), signal);
    expect(exchange).toMatchObject({ dnsMs: null, tlsMs: null, tcpMs: expect.any(Number) });
  });

  test('are those of the address that was connected, also over IPv6', async () => {
    await using server = await startRawServer(
      async (connection) => {
        await connection.request();
        await connection.write(HEAD);
        connection.finish();
      },
      { host: '::1' },
    );
    const exchange = await createTransport(watchReads()).exchange(aQuestion(server.origin), signal);
    expect(exchange).toMatchObject({ remoteIp: '::1', ending: { kind: 'complete' } });
  });

  test('are taken at the read: our own work on one reply does not delay those of another', async () => {
    const { promise: bothAsked, resolve: secondAsked } = Promise.withResolvers<void>();
    let connections = 0;
    await using server = await startRawServer(async (connection) => {
      await connection.request();
      await connection.write(HEAD);
      if (++connections === 2) secondAsked();
      await bothAsked;
      await connection.write('token');
      connection.finish();
    });
    const work: { readonly readAtMs: number; readonly beganMs: number }[] = [];
    const asking = ['one', 'two'].map(() => {
      const zeroMs = performance.now();
      const createReader = () => {
        const reader = watchReads().createReader();
        return {
          ...reader,
          read(atMs: number, bytes: Uint8Array) {
            work.push({ readAtMs: zeroMs + atMs, beganMs: performance.now() });
            const untilMs = performance.now() + 20;
            while (performance.now() < untilMs); // parsing takes long
            return reader.read(atMs, bytes);
          },
        };
      };
      return createTransport({ createReader }).exchange(aQuestion(server.origin), signal);
    });
    await Promise.all(asking);

    const [first, second] = work;
    expect(second!.beganMs).toBeGreaterThan(first!.beganMs + 19);
    expect(second!.readAtMs).toBeLessThan(first!.beganMs + 19);
  });
});

describe('the delay of our event loop', () => {
  const block = (ms: number) => {
    const untilMs = performance.now() + ms;
    while (performance.now() < untilMs); // the server shares our thread
  };
  const CONTEXT = { provider: 'swiftcloud', requestedModels: [], loopLagLimitMs: 50, online: true };

  test('is kept with the exchange it may have spoiled', async () => {
    await using server = await startRawServer(async (connection) => {
      await connection.request();
      block(60);
      await connection.write(HEAD);
      connection.finish();
    });
    const exchange = await createTransport(watchReads()).exchange(aQuestion(server.origin), signal);
    expect(exchange.loopLagMs).toBeGreaterThan(45);
    expect(exchange.deadlineLagMs).toBeNull();
  });

  test('makes a deadline that fires meanwhile our own fault', async () => {
    await using server = await startRawServer(async (connection) => {
      await connection.request();
      block(150);
    });
    const question = aQuestion(server.origin, { limits: { firstTokenMs: 40 } });
    const exchange = await createTransport(watchReads()).exchange(question, signal);

    expect(exchange.ending).toEqual({ kind: 'limit', limit: 'first_token_timeout' });
    expect(exchange.deadlineLagMs).toBeGreaterThan(50);
    expect(judge(exchange, CONTEXT)).toMatchObject({ outcome: 'prober_error', errorClass: 'overloaded' });
  });

  test('excuses nobody for a deadline that fires in time, long after it', async () => {
    await using server = await startRawServer(() => {});
    const loopLag = { watch: () => () => 900, lateMs: () => 3 };
    const proxy = { httpsProxy: null, httpProxy: null, noProxy: null };
    const question = aQuestion(server.origin, { limits: { firstTokenMs: 20 } });
    const attempt = new Attempt(question, { ...watchReads(), loopLag, proxy, ca: null });
    attempt.open();
    const exchange = await attempt.settled;

    expect(exchange).toMatchObject({ loopLagMs: 900, deadlineLagMs: 3 });
    expect(judge(exchange, CONTEXT)).toMatchObject({ outcome: 'target_error', errorClass: 'first_token_timeout' });
  });
});
