import { describe, expect, test } from 'bun:test';
import { createHeartbeat } from '../../src/alert/heartbeat.ts';
import { createRedactor } from '../../src/lib/redact.ts';
import { HOUR_MS } from '../support/alarms.ts';
import { recordingLog } from '../support/log.ts';
import { type RawConnection, startRawServer } from '../support/raw-server.ts';
import { SetClock } from '../support/set-clock.ts';

const SECRET = '8f14e45f-ceea-467f-9575-6f1d2c3b4a59';
const NO_CONTENT = 'HTTP/1.1 204 No Content\r\n\r\n';

/** A dead-man switch on loopback that acts like this. */
async function openSwitch(act: (connection: RawConnection) => unknown) {
  const server = await startRawServer(async (connection) => {
    await connection.request();
    await act(connection);
  });
  const [clock, log] = [new SetClock(), recordingLog()];
  const options = { fetch, clock, log, nowMs: () => clock.nowMs(), redact: createRedactor([SECRET]), timeoutMs: 300 };
  const heartbeat = createHeartbeat(`${server.origin}/${SECRET}`, options);
  return {
    ...{ clock, log, heartbeat, server },
    async [Symbol.asyncDispose]() {
      await heartbeat[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

describe('the heartbeat', () => {
  test('asks for its URL', async () => {
    const answered = Promise.withResolvers<void>();
    await using one = await openSwitch(async (connection) => {
      await connection.write(NO_CONTENT);
      answered.resolve();
    });
    one.heartbeat.beat();
    await answered.promise;

    expect(one.server.connections[0]!.received).toStartWith(`GET /${SECRET} HTTP/1.1\r\n`);
    expect(one.log.lines).toEqual([]);
  });

  test('a failure is said at most once an hour, without the URL', async () => {
    await using one = await openSwitch((connection) =>
      connection.write(`HTTP/1.1 404 No\r\ncontent-length: 40\r\n\r\n/${SECRET} ?\r\n`),
    );
    const beatOnce = async () => {
      const before = one.server.connections.length;
      while (one.server.connections.length === before) {
        one.heartbeat.beat(); // nothing while the last one is under way
        await new Promise((turn) => setImmediate(turn));
      }
    };
    await beatOnce();
    await one.log.said('HEARTBEAT_URL was not reached; the next cycle tries again');
    await beatOnce();
    await beatOnce();
    expect(one.log.lines).toHaveLength(1);

    await one.clock.advance(HOUR_MS);
    await beatOnce();
    await one.log.said('HEARTBEAT_URL was not reached; the next cycle tries again', 2);
    expect(JSON.stringify(one.log.lines)).toContain('HTTP 404');
    expect(JSON.stringify(one.log.lines)).not.toContain(SECRET);
  });

  test('one that stalls holds up nothing, and ends when it is closed', async () => {
    const one = await openSwitch(() => {});
    one.heartbeat.beat();
    one.heartbeat.beat();
    await one[Symbol.asyncDispose]();

    expect(one.log.lines).toEqual([]);
  });

  test('without a URL nothing happens', async () => {
    const [clock, log] = [new SetClock(), recordingLog()];
    const options = { fetch: () => Promise.reject(new Error('asked')), nowMs: () => 0, redact: (text: string) => text };
    await using heartbeat = createHeartbeat(null, { ...options, clock, log });
    heartbeat.beat();

    expect(log.lines).toEqual([]);
  });
});
