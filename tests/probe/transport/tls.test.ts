import { describe, expect, test } from 'bun:test';
import { createTransport } from '../../../src/probe/transport/transport.ts';
import type { Exchange } from '../../../src/probe/types.ts';
import { aQuestion, watchReads } from '../../support/asking.ts';
import { type RawConnection, startRawServer, TEST_CA } from '../../support/raw-server.ts';

const REPLY = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\ntoken';

const ask = (url: string, { ca = [TEST_CA] as string[] | null, limits = {} } = {}): Promise<Exchange> =>
  createTransport({ ...watchReads(), ca }).exchange(aQuestion(url, { limits }), new AbortController().signal);

async function reply(connection: RawConnection) {
  await connection.request();
  await connection.write(REPLY);
}

test('a server whose certificate is good gets the request and replies', async () => {
  await using server = await startRawServer(reply, { certificate: 'server' });
  const exchange = await ask(server.origin);

  expect(exchange.ending).toEqual({ kind: 'complete' });
  expect(exchange.reply?.text).toBe('token');
});

test('a server is verified by its address where the URL has no name', async () => {
  await using server = await startRawServer(reply, { certificate: 'server' });
  const exchange = await ask(`https://127.0.0.1:${server.port}/`);
  expect(exchange.ending).toEqual({ kind: 'complete' });
});

describe('a certificate', () => {
  test.each([
    ['expired', 'expired' as const, [TEST_CA], 'CERT_HAS_EXPIRED'],
    ['for another name', 'wrong-name' as const, [TEST_CA], 'ERR_TLS_CERT_ALTNAME_INVALID'],
    ['of an authority nobody knows', 'server' as const, null, 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
  ])('%s is refused as tls, and the request is never sent', async (_what, certificate, ca, detail) => {
    await using server = await startRawServer(reply, { certificate });
    const exchange = await ask(server.origin, { ca });

    expect(exchange.ending).toEqual({ kind: 'failed', errorClass: 'tls', errorPhase: 'connect', detail });
    expect(exchange).toMatchObject({ tlsMs: null, sentMs: null, status: null, tcpMs: expect.any(Number) });
    expect(server.connections.map(({ received }) => received).join('')).toBe('');
  });
});

describe('in the handshake', () => {
  const asHttps = (port: number) => `https://localhost:${port}/`;

  test('something that is no TLS is tls', async () => {
    await using server = await startRawServer((connection) => connection.write('HTTP/1.1 400 Bad Request\r\n\r\n'));
    const { ending, sentMs } = await ask(asHttps(server.port));
    expect(ending).toMatchObject({ kind: 'failed', errorClass: 'tls', errorPhase: 'connect' });
    expect(sentMs).toBeNull();
  });

  test.each([
    ['close', (connection: RawConnection) => connection.finish()],
    ['reset', (connection: RawConnection) => connection.reset()],
  ])('a %s is connection_reset', async (_what, leave) => {
    await using server = await startRawServer(leave);
    const { ending, sentMs } = await ask(asHttps(server.port));
    expect(ending).toMatchObject({ kind: 'failed', errorClass: 'connection_reset', errorPhase: 'connect' });
    expect(sentMs).toBeNull();
  });

  test('silence is connect_timeout', async () => {
    await using server = await startRawServer(() => {});
    const exchange = await ask(asHttps(server.port), { limits: { connectMs: 25 } });
    expect(exchange.ending).toEqual({ kind: 'limit', limit: 'connect_timeout' });
    expect(exchange).toMatchObject({ tlsMs: null, sentMs: null, tcpMs: expect.any(Number) });
  });
});

test('a close-delimited reply that ends without close_notify looks whole: only the reply itself can tell', async () => {
  await using server = await startRawServer(
    async (connection) => {
      await connection.request();
      await connection.write('HTTP/1.1 200 OK\r\nConnection: close\r\n\r\ntoken');
      connection.finish();
    },
    { certificate: 'server' },
  );
  expect((await ask(server.origin)).ending).toEqual({ kind: 'complete' });
});

test('a reply that ends before its length is truncated_reply', async () => {
  await using server = await startRawServer(
    async (connection) => {
      await connection.request();
      await connection.write('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\ntoken');
      connection.finish();
    },
    { certificate: 'server' },
  );
  expect((await ask(server.origin)).ending).toMatchObject({ errorClass: 'truncated_reply', errorPhase: 'stream' });
});
