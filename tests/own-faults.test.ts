import { afterEach, describe, expect, test } from 'bun:test';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runCycle } from '../src/daemon.ts';
import type { AttemptRecord } from '../src/domain/record.ts';
import type { Clock } from '../src/ports.ts';
import { createConnectivity } from '../src/probe/transport/connectivity.ts';
import { openWorkerTransport, type WorkerTransportOptions } from '../src/probe/transport/worker-transport.ts';
import type { Transport } from '../src/probe/types.ts';
import { aQuestion } from './support/asking.ts';
import { aCycle, anExchange, aTarget, DUE_AT_MS } from './support/builders.ts';
import { startConnectProxy } from './support/connect-proxy.ts';
import { type CyclePartsOptions, cycleParts } from './support/cycle-parts.ts';
import { recordingLog } from './support/log.ts';
import { closedPort, type RawConnection, startRawServer, TEST_CA } from './support/raw-server.ts';
import { tempDir } from './support/temp-dir.ts';

const STRAIGHT = { httpsProxy: null, httpProxy: null, noProxy: null };
const NEVER = { starting: new AbortController().signal, running: new AbortController().signal };
const PROVIDERS = ['one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight'];
const TARGETS = PROVIDERS.map((provider) => aTarget({ provider }));
/** The real time; waits between attempts take none of it. */
const HURRIED: Clock = { nowMs: Date.now, monotonicMs: () => performance.now(), sleep: async () => {} };

const opened: Transport[] = [];
afterEach(async () => {
  for (const transport of opened.splice(0)) await transport.close();
});

function askInWorker(options: Partial<WorkerTransportOptions> = {}): Transport {
  const transport = openWorkerTransport({ log: recordingLog(), proxy: STRAIGHT, ca: [TEST_CA], ...options });
  opened.push(transport);
  return transport;
}

/** A cycle over eight targets, through the unified endpoint. @returns its rows as stored */
async function cycleAt(
  router: string,
  options: Partial<CyclePartsOptions> & Pick<CyclePartsOptions, 'transport'>,
): Promise<readonly AttemptRecord[]> {
  using folder = tempDir();
  const mapping = join(folder.path, 'mapping.json');
  writeFileSync(mapping, '{"*": "https://router.huggingface.co/v1/chat/completions"}');
  const environment = {
    HF_ROUTER_ENDPOINT: router,
    PROVIDER_ENDPOINT_MAPPING_PATH: mapping,
    ...options.environment,
  };
  await using parts = await cycleParts({ targets: TARGETS, clock: HURRIED, folder, ...options, environment });
  await runCycle(aCycle(), parts, NEVER);
  expect(await parts.store.unfinished()).toEqual([]);
  const rows = await Array.fromAsync(parts.store.read());
  const finals = rows.filter(({ final }) => final);
  expect(finals.map(({ providerName }) => providerName).sort()).toEqual([...PROVIDERS].sort());
  return rows;
}

const kindsOf = (rows: readonly AttemptRecord[]) => {
  const counts: Record<string, number> = {};
  for (const { outcome, errorClass } of rows) {
    const kind = errorClass === null ? outcome : `${outcome}: ${errorClass}`;
    counts[kind] = (counts[kind] ?? 0) + 1;
  }
  return counts;
};

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

async function answerControl(connection: RawConnection) {
  await connection.request();
  await connection.write('HTTP/1.1 204 No Content\r\n\r\n');
}

const nobodyAt = async () => `http://127.0.0.1:${await closedPort()}`;

describe('a Worker that dies in the middle of a cycle', () => {
  test('loses no target: what ran is our own failure, all others are really asked by the next Worker', async () => {
    const transport = askInWorker({ entry: new URL('./probe/transport/mortal-worker.ts', import.meta.url) });
    let requests = 0;
    await using router = await startRawServer(async (connection) => {
      if (++requests > 3) return reply(connection);
      await connection.request();
      if (requests === 3) void transport.exchange(aQuestion(`${router.origin}/exit`), NEVER.running);
    });
    const rows = await cycleAt(router.origin, { transport, environment: { PROBE_CONCURRENCY: '3' } });

    expect(kindsOf(rows)).toEqual({ 'prober_error: internal': 3, ok: 5 });
    expect(requests).toBe(PROVIDERS.length);
    expect(rows.every(({ dispatchDelayMs }) => dispatchDelayMs !== null)).toBe(true);
  });
});

describe('a cycle without a network', () => {
  test('is all our own failure when no control host answers either, and blames nobody', async () => {
    const connectivity = createConnectivity({ urls: [await nobodyAt(), await nobodyAt()], proxy: STRAIGHT });
    const rows = await cycleAt(await nobodyAt(), { transport: askInWorker(), connectivity });

    expect(kindsOf(rows)).toEqual({ 'prober_error: no_connectivity': 3 * PROVIDERS.length }); // each asked three times
  });

  test('is all the router’s when one control host answers, and blames no provider', async () => {
    await using control = await startRawServer(answerControl);
    const connectivity = createConnectivity({ urls: [await nobodyAt(), control.origin], proxy: STRAIGHT });
    const rows = await cycleAt(await nobodyAt(), { transport: askInWorker(), connectivity });

    expect(kindsOf(rows)).toEqual({ 'router_error: connect_refused': 3 * PROVIDERS.length });
  });

  test('asks the control hosts once for all that fail at one moment, and has no row before they answered', async () => {
    const held: RawConnection[] = [];
    await using router = await startRawServer(async (connection) => {
      await connection.request();
      held.push(connection);
      if (held.length === PROVIDERS.length) for (const each of held) each.reset();
    });
    const allWait = Promise.withResolvers<void>();
    await using control = await startRawServer(async (connection) => {
      await connection.request();
      await allWait.promise;
      await connection.write('HTTP/1.1 204 No Content\r\n\r\n');
    });
    const real = createConnectivity({ urls: [control.origin], proxy: STRAIGHT });
    let waiting = 0;
    const online = () => {
      if (++waiting === PROVIDERS.length) allWait.resolve();
      return real.online();
    };
    const environment = { PROBE_RETRIES: '0' };
    const rows = await cycleAt(router.origin, { transport: askInWorker(), connectivity: { online }, environment });

    expect(kindsOf(rows)).toEqual({ 'target_error: connection_reset': PROVIDERS.length });
    expect(control.connections).toHaveLength(1);
  });
});

describe('a cycle through a proxy', () => {
  const through = (port: number): WorkerTransportOptions['proxy'] => ({
    ...STRAIGHT,
    httpsProxy: `http://127.0.0.1:${port}`,
  });
  const ROUTER = 'https://router.test';
  const refusing = (status: string) => startConnectProxy({ refuse: `HTTP/1.1 ${status}\r\n\r\n` });
  const unknown = { remoteIp: null, dnsMs: null, tcpMs: null, tlsMs: null };

  test.each(['407 Proxy Authentication Required', '502 Bad Gateway'])(
    'that answers %s blames nobody',
    async (status) => {
      await using proxy = await refusing(status);
      const rows = await cycleAt(ROUTER, { transport: askInWorker({ proxy: through(proxy.port) }) });

      expect(kindsOf(rows)).toEqual({ 'prober_error: no_connectivity': PROVIDERS.length });
      for (const row of rows) expect(row).toMatchObject({ ...unknown, responseStatusCode: -1, sentMs: null });
    },
  );

  test('that hangs in CONNECT, or is not there, blames nobody', async () => {
    await using proxy = await startConnectProxy({ hang: true });
    for (const port of [proxy.port, await closedPort()]) {
      const environment = { CONNECT_TIMEOUT_SECONDS: '1' };
      const rows = await cycleAt(ROUTER, { transport: askInWorker({ proxy: through(port) }), environment });

      expect(kindsOf(rows)).toEqual({ 'prober_error: no_connectivity': PROVIDERS.length });
      for (const row of rows) expect(row).toMatchObject(unknown);
    }
  });

  test('that lets us through has good rows, which claim nothing of a connection that is not ours', async () => {
    await using server = await startRawServer(reply, { certificate: 'server' });
    await using proxy = await startConnectProxy({ targetPort: server.port });
    const rows = await cycleAt(ROUTER, { transport: askInWorker({ proxy: through(proxy.port) }) });

    expect(kindsOf(rows)).toEqual({ ok: PROVIDERS.length });
    for (const row of rows) expect(row).toMatchObject({ ...unknown, sentMs: expect.any(Number) });
    expect(proxy.asked).toHaveLength(PROVIDERS.length);
  });

  test('leaves a host that NO_PROXY names alone', async () => {
    await using server = await startRawServer(reply, { certificate: 'server' });
    await using proxy = await refusing('502 Bad Gateway');
    const noProxy = { ...through(proxy.port), noProxy: 'localhost' };
    const rows = await cycleAt(server.origin, { transport: askInWorker({ proxy: noProxy }) });

    expect(kindsOf(rows)).toEqual({ ok: PROVIDERS.length });
    for (const row of rows) expect(row).toMatchObject({ remoteIp: '127.0.0.1', tlsMs: expect.any(Number) });
    expect(proxy.asked).toEqual([]);
  });
});

describe('our own delay', () => {
  /** Replies that take two seconds of a clock that nothing else moves. */
  function slowReplies() {
    let nowMs = DUE_AT_MS;
    const sleeps: number[] = [];
    const clock: Clock = {
      nowMs: () => nowMs,
      monotonicMs: () => nowMs,
      async sleep(ms) {
        sleeps.push(ms);
      },
    };
    const exchange = async () => {
      const requestStartAtMs = nowMs;
      nowMs += 2000;
      await Promise.resolve();
      return anExchange({ requestStartAtMs, closedMs: 2000 });
    };
    return { clock, sleeps, transport: { exchange } };
  }

  test('is in every row: the wait for a free slot shows as dispatch_delay_ms, and in no latency', async () => {
    const { clock, transport } = slowReplies();
    const environment = { PROBE_CONCURRENCY: '1' };
    const rows = await cycleAt('https://router.test', { transport, clock, environment });

    expect(rows.map(({ dispatchDelayMs }) => dispatchDelayMs)).toEqual(PROVIDERS.map((_, nth) => nth * 2000));
    expect(new Set(rows.map(({ ttftMs }) => ttftMs)).size).toBe(1);
  });

  test('is kept small: starts are spread by 3 ms, since a TLS handshake takes the thread 1.3 ms', async () => {
    const { clock, sleeps, transport } = slowReplies();
    await cycleAt('https://router.test', { transport, clock });

    expect(sleeps).toEqual(PROVIDERS.map(() => 3));
  });
});
