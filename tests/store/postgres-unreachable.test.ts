import { describe, expect, test } from 'bun:test';
import { openClient } from '../../src/store/postgres/client.ts';
import { isUnreachable } from '../../src/store/postgres/unreachable.ts';
import { IS_POSTGRES_SKIPPED, type PostgresServer, startPostgres } from '../support/postgres.ts';

const failureOf = (call: Promise<unknown>) =>
  call.then(
    () => null,
    (error: unknown) => error,
  );

describe.skipIf(IS_POSTGRES_SKIPPED)('a database that cannot be reached is told from one that says no', () => {
  test('a server that stops cuts statements and transactions, refuses new ones, and answers once it is back', async () => {
    await using server = await startPostgres();
    await using client = openClient({ url: server.urlOf('postgres'), connections: 2 });
    const began = Promise.withResolvers<void>();
    const stopped = Promise.withResolvers<void>();
    const cut = failureOf(client.run('SELECT pg_sleep(60)'));
    const inTransaction = failureOf(
      client.transaction(async (db) => {
        await db.run('SELECT 1');
        began.resolve();
        await stopped.promise;
        await db.run('SELECT 1');
      }),
    );
    await began.promise;
    await server.stopAtOnce();
    stopped.resolve();
    for (const failure of [cut, inTransaction, failureOf(client.run('SELECT 1')), failureOf(client.reserve())]) {
      expect(isUnreachable(await failure)).toBe(true);
    }
    await server.start();
    expect(await client.values('SELECT 1')).toEqual([[1]]);
    expect(await failureOf(client.run('SELECT pg_terminate_backend(pg_backend_pid())'))).toSatisfy(isUnreachable);
    await saysNo(server);
  });

  test.each(['57P01', '57P02', '57P03', '57P05', '53300', '08006'])('state %s of the server', (errno) => {
    expect(isUnreachable({ code: 'ERR_POSTGRES_SERVER_ERROR', errno })).toBe(true);
  });

  test('a connection that is not made, or not in time', () => {
    for (const code of ['ERR_POSTGRES_CONNECTION_FAILED', 'ERR_POSTGRES_CONNECTION_TIMEOUT']) {
      expect(isUnreachable({ code })).toBe(true);
    }
  });

  test('a failure of another kind is none of these', () => {
    for (const error of [null, undefined, new Error('ours'), { code: 'SQLITE_FULL' }]) {
      expect(isUnreachable(error)).toBe(false);
    }
  });
});

async function saysNo(server: PostgresServer): Promise<void> {
  await using client = openClient({ url: server.urlOf('postgres') });
  await using nowhere = openClient({ url: server.urlOf('nowhere') });
  const refusals = [
    client.run('SELECT nothing'),
    client.run('SELECT 1 / 0'),
    nowhere.run('SELECT 1'),
    client.transaction(async (db) => {
      await db.run('SET LOCAL statement_timeout = 20');
      await db.run('SELECT pg_sleep(60)');
    }),
  ].map(failureOf);
  for (const refusal of refusals) {
    expect(await refusal).toBeInstanceOf(Error);
    expect(isUnreachable(await refusal)).toBe(false);
  }
}
