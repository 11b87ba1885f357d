import { describe, expect, test } from 'bun:test';
import { createTransport } from '../../../src/probe/transport/transport.ts';
import type { Exchange } from '../../../src/probe/types.ts';
import { aQuestion, watchReads } from '../../support/asking.ts';
import { startConnectProxy } from '../../support/connect-proxy.ts';
import { closedPort, type RawConnection, startRawServer, TEST_CA } from '../../support/raw-server.ts';

/** A name that only the proxy could find. */
const ROUTER = 'https://router.test/chat';
const PASSWORD = 'pa:ss wörd';

async function reply(connection: RawConnection) {
  await connection.request();
  await connection.write('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\ntoken');
}

function ask(
  proxyPort: number,
  { url = ROUTER, limits = {}, noProxy = '', signal = new AbortController().signal } = {},
) {
  const httpsProxy = `http://user:${encodeURIComponent(PASSWORD)}@127.0.0.1:${proxyPort}`;
  const proxy = { httpsProxy, httpProxy: httpsProxy, noProxy };
  const transport = createTransport({ ...watchReads(), proxy, ca: [TEST_CA] });
  return transport.exchange(aQuestion(url, { limits }), signal);
}

function expectOurFault(exchange: Exchange, detail: string) {
  expect(exchange.ending).toEqual({ kind: 'failed', errorClass: 'no_connectivity', errorPhase: 'connect', detail });
  expect(exchange).toMatchObject({ sentMs: null, status: null, reply: null, remoteIp: null });
}

describe('through a proxy', () => {
  test('the reply is the router’s, and the connection’s own moments are unknown', async () => {
    await using server = await startRawServer(reply, { certificate: 'server' });
    await using proxy = await startConnectProxy({ targetPort: server.port });
    const exchange = await ask(proxy.port);

    expect(exchange.ending).toEqual({ kind: 'complete' });
    expect(exchange.reply?.text).toBe('token');
    expect(exchange).toMatchObject({ dnsMs: null, tcpMs: null, tlsMs: null, remoteIp: null });
    expect(exchange.sentMs).toBeLessThanOrEqual(exchange.headersMs!);
    expect(server.connections).toHaveLength(1);
  });

  test('the proxy learns the host and its own credentials, and nothing of the request', async () => {
    await using server = await startRawServer(reply, { certificate: 'server' });
    await using proxy = await startConnectProxy({ targetPort: server.port });
    await ask(proxy.port);

    const credentials = Buffer.from(`user:${PASSWORD}`).toString('base64');
    expect(proxy.asked).toHaveLength(1);
    expect(proxy.asked[0]!.authority).toBe('router.test:443');
    expect(proxy.asked[0]!.headers).toMatchObject({
      host: 'router.test:443',
      'proxy-authorization': `Basic ${credentials}`,
    });
    expect(proxy.asked[0]!.headers).not.toHaveProperty('authorization');
    expect(server.connections[0]!.received).not.toMatch(/proxy-authorization/i);
  });

  test('a host that NO_PROXY names is asked straight', async () => {
    await using server = await startRawServer(reply, { certificate: 'server' });
    await using proxy = await startConnectProxy({ targetPort: server.port });
    const exchange = await ask(proxy.port, { url: server.origin, noProxy: 'localhost' });

    expect(exchange).toMatchObject({ ending: { kind: 'complete' }, remoteIp: '127.0.0.1', tlsMs: expect.any(Number) });
    expect(proxy.asked).toHaveLength(0);
  });

  test('plain HTTP to this machine is asked straight', async () => {
    await using server = await startRawServer(reply);
    await using proxy = await startConnectProxy({ targetPort: server.port });
    await ask(proxy.port, { url: server.origin });
    expect(proxy.asked).toHaveLength(0);
  });
});

describe('before the tunnel stands it is never the provider’s fault', () => {
  test.each([
    ['407', 'HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 2\r\n\r\nno', 'proxy: HTTP 407'],
    ['502', 'HTTP/1.1 502 Bad Gateway\r\n\r\n', 'proxy: HTTP 502'],
    ['a redirect', 'HTTP/1.1 302 Found\r\nLocation: http://elsewhere.test/\r\n\r\n', 'proxy: HTTP 302'],
    ['something that is no HTTP', 'what?\r\n\r\n', 'proxy: HPE_INVALID_CONSTANT'],
    ['nothing', '', 'proxy: ECONNRESET'],
  ])('when the proxy answers %s', async (_what, refuse, detail) => {
    await using proxy = await startConnectProxy({ refuse });
    expectOurFault(await ask(proxy.port), detail);
  });

  test('when the proxy never answers', async () => {
    await using proxy = await startConnectProxy({ hang: true });
    expectOurFault(await ask(proxy.port, { limits: { connectMs: 25 } }), 'proxy: no tunnel in time');
  });

  test('when the proxy is not there', async () => {
    expectOurFault(await ask(await closedPort()), 'proxy: ECONNREFUSED');
  });

  test('and a stop is only a stop', async () => {
    await using proxy = await startConnectProxy({ hang: true });
    const stop = new AbortController();
    const asked = ask(proxy.port, { signal: stop.signal });
    stop.abort();
    expect((await asked).ending).toEqual({ kind: 'cancelled' });
  });
});

describe('once the tunnel stands', () => {
  test('a bad certificate is tls, and the request is never sent', async () => {
    await using server = await startRawServer(reply, { certificate: 'wrong-name' });
    await using proxy = await startConnectProxy({ targetPort: server.port });
    const exchange = await ask(proxy.port);

    expect(exchange.ending).toMatchObject({ errorClass: 'tls', errorPhase: 'connect' });
    expect(exchange.sentMs).toBeNull();
    expect(server.connections.map(({ received }) => received).join('')).toBe('');
  });

  test('a close in the handshake is connection_reset', async () => {
    await using server = await startRawServer((connection) => connection.finish());
    await using proxy = await startConnectProxy({ targetPort: server.port });
    const { ending } = await ask(proxy.port);
    expect(ending).toMatchObject({ errorClass: 'connection_reset', errorPhase: 'connect' });
  });

  test('a handshake that never ends is the router’s connect_timeout', async () => {
    await using server = await startRawServer(() => {});
    await using proxy = await startConnectProxy({ targetPort: server.port });
    const { ending } = await ask(proxy.port, { limits: { connectMs: 50 } });
    expect(ending).toEqual({ kind: 'limit', limit: 'connect_timeout' });
  });

  test('a close instead of a response is the provider’s connection_reset', async () => {
    await using server = await startRawServer(
      async (connection) => {
        await connection.request();
        connection.finish();
      },
      { certificate: 'server' },
    );
    await using proxy = await startConnectProxy({ targetPort: server.port });
    const exchange = await ask(proxy.port);
    expect(exchange.ending).toMatchObject({ errorClass: 'connection_reset', errorPhase: 'headers' });
    expect(exchange.sentMs).not.toBeNull();
  });

  test('a header that cannot be sent is our own failure', async () => {
    await using server = await startRawServer(reply, { certificate: 'server' });
    await using proxy = await startConnectProxy({ targetPort: server.port });
    const httpsProxy = `http://127.0.0.1:${proxy.port}`;
    const transport = createTransport({
      ...watchReads(),
      proxy: { httpsProxy, httpProxy: null, noProxy: null },
      ca: [TEST_CA],
    });
    const question = aQuestion(ROUTER, { headers: { 'x-bad': 'line\nbreak' } });
    const exchange = await transport.exchange(question, new AbortController().signal);
    expect(exchange.ending).toMatchObject({ errorClass: 'internal', errorPhase: null });
  });
});
