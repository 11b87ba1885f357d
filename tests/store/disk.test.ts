import type { Database } from 'bun:sqlite';
import { expect, test } from 'bun:test';
import { createAttemptStore } from '../../src/store/attempts.ts';
import { openForWriting } from '../../src/store/database.ts';
import { createRecordReader } from '../../src/store/reader.ts';
import { migrate } from '../../src/store/schema.ts';
import { selectFrom } from '../../src/store/select.ts';
import { aRecord } from '../support/builders.ts';
import { tempDir } from '../support/temp-dir.ts';

test('a commit is on the disk before it is acknowledged', () => {
  using folder = tempDir();
  using db = openForWriting(folder.path);
  expect(db.query('PRAGMA journal_mode').get()).toEqual({ journal_mode: 'wal' });
  expect(db.query('PRAGMA synchronous').get()).toEqual({ synchronous: 2 });
});

test('a full disk refuses the call, stores nothing of it, and takes it again later', async () => {
  using folder = tempDir();
  using db = openForWriting(folder.path);
  migrate(db);
  const store = createAttemptStore(db);
  const reader = createRecordReader(selectFrom(db));
  const many = Array.from({ length: 200 }, (_, i) => aRecord({ modelId: `acme/${i}`, requestId: 'x'.repeat(500) }));

  limitPages(db, pagesOf(db) + 2);
  const calls = await Promise.allSettled([store.append(many), store.append([aRecord()])]);
  expect(calls.map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
  expect(calls[0]).toMatchObject({ reason: { code: 'SQLITE_FULL' } });
  expect(await Array.fromAsync(reader.read())).toEqual([aRecord()]);

  limitPages(db, 1_000_000);
  await store.append(many);
  expect(await Array.fromAsync(reader.read())).toHaveLength(201);
});

test('a disk that became read-only refuses the call, and a later one works when it is not', async () => {
  using folder = tempDir();
  using db = openForWriting(folder.path);
  migrate(db);
  const store = createAttemptStore(db);

  db.run('PRAGMA query_only = ON');
  await expect(store.append([aRecord()])).rejects.toMatchObject({ code: 'SQLITE_READONLY' });
  db.run('PRAGMA query_only = OFF');
  await store.append([aRecord()]);
  expect(await Array.fromAsync(createRecordReader(selectFrom(db)).read())).toEqual([aRecord()]);
});

test('appends of one turn of the event loop share one commit', async () => {
  using folder = tempDir();
  using db = openForWriting(folder.path);
  migrate(db);
  const store = createAttemptStore(db);
  let settled = 0;
  const calls = ['a/1', 'a/2', 'a/3'].map(async (modelId) => {
    await store.append([aRecord({ modelId })]);
    settled++;
  });
  expect(await Array.fromAsync(createRecordReader(selectFrom(db)).read())).toEqual([]);
  store.flush();
  await calls[0];
  expect(settled).toBe(3);
  await Promise.all(calls);
});

const pagesOf = (db: Database) => db.query<{ page_count: number }, []>('PRAGMA page_count').get()!.page_count;
const limitPages = (db: Database, pages: number) => db.run(`PRAGMA max_page_count = ${pages}`);
