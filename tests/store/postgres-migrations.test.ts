import { describe, expect, test } from 'bun:test';
import { openClient } from '../../src/store/postgres/client.ts';
import { setMeta } from '../../src/store/postgres/meta.ts';
import { migrate, requireCurrentVersion, writerOf } from '../../src/store/postgres/schema.ts';
import { IS_POSTGRES_SKIPPED, newDatabase } from '../support/postgres.ts';

/** As the server's `createdb` leaves it. */
async function bareDatabase() {
  const database = await newDatabase();
  await using client = openClient({ url: database.url, connections: 1 });
  await client.run('DROP SCHEMA public CASCADE');
  await client.run('CREATE SCHEMA public');
  return database;
}

describe.skipIf(IS_POSTGRES_SKIPPED)('migrations of a database that several share', () => {
  test('ten that come to an empty one at once all find it up to date, made by one of them', async () => {
    await using database = await bareDatabase();
    const writers = await Promise.all(
      Array.from({ length: 10 }, async () => {
        await using client = openClient({ url: database.url, connections: 1 });
        await migrate(client);
        await requireCurrentVersion(client);
        return await writerOf(client);
      }),
    );
    expect(new Set(writers).size).toBe(1);
  });

  test('one that is up to date stays as it is', async () => {
    await using database = await newDatabase();
    await using client = openClient({ url: database.url, connections: 1 });
    const writer = await writerOf(client);
    await migrate(client);
    expect(await writerOf(client)).toBe(writer);
  });

  test('one of a later version is refused, and an empty one by those that may not change it', async () => {
    await using later = await newDatabase();
    await using bare = await bareDatabase();
    await using client = openClient({ url: later.url, connections: 1 });
    await setMeta(client, 'schema_version' as Parameters<typeof setMeta>[1], '99');
    await expect(migrate(client)).rejects.toThrow('is of version 99');
    await using other = openClient({ url: bare.url, connections: 1 });
    await expect(requireCurrentVersion(other)).rejects.toThrow('is not up to date');
  });
});
