import { describe, expect, test } from 'bun:test';
import { createConnectivity } from '../../../src/probe/transport/connectivity.ts';
import { startConnectProxy } from '../../support/connect-proxy.ts';
import { closedPort, type RawConnection, startRawServer, TEST_CA } from '../../support/raw-server.ts';

const STRAIGHT = { httpsProxy: null, httpProxy: null, noProxy: null };

const online = (urls: readonly string[], options = {}) =>
  createConnectivity({ urls, proxy: STRAIGHT, ca: [TEST_CA], ...options }).online();

const answering = (bytes: string) => async (connection: RawConnection) => {
  await connection.request();
  await connection.write(bytes);
};
const NOT_FOUND = answering('HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n');

async function refusing() {
  return `http://127.0.0.1:${await closedPort()}/`;
}

describe('we are online', () => {
  test('when a control host answers, whatever it says', async () => {
    await using server = await startRawServer(NOT_FOUND);
    expect(await online([server.origin])).toBe(true);
  });

  test('when one of several answers and the others do not', async () => {
    await using silent = await startRawServer(() => {});
    await using server = await startRawServer(NOT_FOUND, { certificate: 'server' });
    expect(await online([await refusing(), silent.origin, server.origin])).toBe(true);
  });

  test('as far as we know when there is no control host', async () => {
    expect(await online([])).toBe(true);
  });
});

describe('we are offline', () => {
  test('when every control host refuses', async () => {
    expect(await online([await refusing(), await refusing()])).toBe(false);
  });

  test('when no control host answers in time', async () => {
    await using silent = await startRawServer(() => {});
    expect(await online([silent.origin, await refusing()], { timeoutMs: 25 })).toBe(false);
  });

  test('when what answers is no HTTP, or not the host we trust', async () => {
    await using garbage = await startRawServer(answering('hello\r\n\r\n'));
    await using impostor = await startRawServer(NOT_FOUND, { certificate: 'wrong-name' });
    expect(await online([garbage.origin, impostor.origin])).toBe(false);
  });

  test('when a control host is no URL at all', async () => {
    expect(await online(['nonsense'])).toBe(false);
  });
});

describe('the control request', () => {
  test('bears no credential and no body', async () => {
    await using server = await startRawServer(NOT_FOUND);
    await online([`${server.origin}/health`]);
    const { received } = server.connections[0]!;
    expect(received).toStartWith('HEAD /health HTTP/1.1\r\n');
    expect(received).not.toMatch(/authorization|cookie/i);
  });

  test('is shared by all who ask while it is under way, and made anew for who asks later', async () => {
    await using server = await startRawServer(NOT_FOUND);
    const connectivity = createConnectivity({ urls: [server.origin], proxy: STRAIGHT });

    expect(await Promise.all([connectivity.online(), connectivity.online(), connectivity.online()])).toEqual([
      true,
      true,
      true,
    ]);
    expect(server.connections).toHaveLength(1);

    await connectivity.online();
    expect(server.connections).toHaveLength(2);
  });

  test('is closed once the answer is known', async () => {
    await using silent = await startRawServer(() => {});
    await using server = await startRawServer(async (connection) => {
      await connection.request();
      while (silent.connections.length === 0) await new Promise((turn) => setImmediate(turn));
      await NOT_FOUND(connection);
    });
    await online([silent.origin, server.origin]);
    await silent.connections[0]!.closed;
    await server.connections[0]!.closed;
  });

  test('goes the way of the probes: through the proxy', async () => {
    await using server = await startRawServer(NOT_FOUND, { certificate: 'server' });
    await using proxy = await startConnectProxy({ targetPort: server.port });
    await using refusal = await startConnectProxy({ refuse: 'HTTP/1.1 407 Proxy Authentication Required\r\n\r\n' });
    const by = (port: number) => ({ proxy: { ...STRAIGHT, httpsProxy: `http://127.0.0.1:${port}` } });

    expect(await online(['https://router.test/'], by(proxy.port))).toBe(true);
    expect(await online(['https://router.test/'], by(refusal.port))).toBe(false);
  });
});
