import { afterEach, beforeEach, describe, expect, test as inAnyCase } from 'bun:test';
import type { SingleRole } from '../../src/domain/settings.ts';
import { type Client, openClient } from '../../src/store/postgres/client.ts';
import { postgresRoleLock } from '../../src/store/postgres/role-lock.ts';
import { IS_POSTGRES_SKIPPED, newDatabase } from '../support/postgres.ts';

const test = IS_POSTGRES_SKIPPED ? inAnyCase.skip : inAnyCase;

let database: Awaited<ReturnType<typeof newDatabase>>;
let clients: Client[];
beforeEach(async () => {
  clients = [];
  if (!IS_POSTGRES_SKIPPED) database = await newDatabase();
});
afterEach(async () => {
  for (const client of clients) await client[Symbol.asyncDispose]();
  await database?.[Symbol.asyncDispose]();
});

/** The roles as one more process has them. */
function aProcess() {
  const client = openClient({ url: database.url, connections: 3 });
  clients.push(client);
  const roles = postgresRoleLock(client);
  const end = new AbortController();
  return { client, end, held: roles.held, hold: (role: SingleRole) => roles.hold(role, end.signal) };
}

describe('a role', () => {
  test('is one process’s at a time, and the next one’s when that gives it back', async () => {
    const [first, second] = [aProcess(), aProcess()];
    const held = await first.hold('schedule');
    expect(held?.lost.aborted).toBe(false);
    expect(await second.hold('schedule')).toBeNull();
    expect([first.held(), second.held()]).toEqual([['schedule'], []]);

    await held?.[Symbol.asyncDispose]();
    expect(first.held()).toEqual([]);
    const next = await second.hold('schedule');
    expect(next).not.toBeNull();
    await next?.[Symbol.asyncDispose]();
  });

  test('leaves other roles free', async () => {
    const [first, second] = [aProcess(), aProcess()];
    const held = [await first.hold('schedule'), await second.hold('push')];
    expect(held).not.toContain(null);
    for (const each of held) await each?.[Symbol.asyncDispose]();
  });

  test('of a process that was cut off without a word is free within half a minute: the server asks whether it is there', async () => {
    const { client } = aProcess();
    const seconds = await Promise.all(
      ['idle', 'interval', 'count'].map((name) => client.values(`SHOW tcp_keepalives_${name}`)),
    );
    const [idle, interval, count] = seconds.map(([row]) => Number(row?.[0])) as [number, number, number];
    expect(idle).toBeGreaterThan(0);
    expect(idle + interval * count).toBeLessThanOrEqual(30);
  });

  test('is lost with its connection, is known to be, and somebody else’s', async () => {
    const [first, second] = [aProcess(), aProcess()];
    const held = await first.hold('schedule');
    const lost = new Promise((resolve) => held?.lost.addEventListener('abort', resolve));
    await second.client.run(
      `SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND classid = 7862 AND granted`,
    );

    await lost;
    const next = await second.hold('schedule');
    expect(next).not.toBeNull();
    await held?.[Symbol.asyncDispose]();
    await next?.[Symbol.asyncDispose]();
  });

  test('can be had again by who lost it', async () => {
    const [first, other] = [aProcess(), aProcess()];
    {
      await using held = await first.hold('schedule');
      const lost = new Promise((resolve) => held?.lost.addEventListener('abort', resolve));
      await other.client.run(
        `SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND classid = 7862 AND granted`,
      );
      await lost;
    }
    await using again = await first.hold('schedule');
    expect(again).not.toBeNull();
  });
});
