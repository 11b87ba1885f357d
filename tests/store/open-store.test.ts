import { Database } from 'bun:sqlite';
import { describe, expect, test } from 'bun:test';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { StoreError, StoreLockedError } from '../../src/store/errors.ts';
import { openStoreReader } from '../../src/store/open-store.ts';
import { aCatalog, aRecord } from '../support/builders.ts';
import { sqlitePlace } from './sqlite-place.ts';

describe('opening the store', () => {
  test('a new store gets a writer id of its own and keeps it', () => {
    using place = sqlitePlace();
    using other = sqlitePlace();
    const writerIn = ({ open }: typeof place) => {
      using store = open();
      return store.writer;
    };
    const writer = writerIn(place);
    expect(writer).toMatch(/^[0-9a-f]{12}$/);
    expect(writerIn(place)).toBe(writer);
    expect(writerIn(other)).not.toBe(writer);
  });

  test('a store that is open is refused, with who holds it and since when', () => {
    using place = sqlitePlace();
    using _holder = place.open();
    const error = errorOf(place.open) as StoreLockedError;
    expect(error).toBeInstanceOf(StoreLockedError);
    expect(error.holder).toEqual({ pid: process.pid, sinceIso: '2026-08-01T00:00:00.000Z' });
    expect(error.message).toContain(`in use by process ${process.pid} since 2026-08-01T00:00:00.000Z`);
  });

  test('it is refused also when nobody can tell who holds it', () => {
    using place = sqlitePlace();
    using _holder = place.open();
    writeFileSync(join(place.settings.dataDir, 'lock.json'), '{"pid":"torn');
    expect(errorOf(place.open).message).toContain('in use by another process');
  });

  test('a store that a later program wrote is refused and left free', () => {
    using place = sqlitePlace();
    place.open()[Symbol.dispose]();
    const own = changeVersion(place.settings.dataDir, '99');
    expect(errorOf(place.open).message).toContain(`is of version 99, this program knows versions up to ${own}`);
    expect(errorOf(() => openStoreReader(place.settings)).message).toContain('use the newer program');
    changeVersion(place.settings.dataDir, own);
    place.open()[Symbol.dispose]();
  });

  test('a data folder that cannot be made is refused in clear words', () => {
    using place = sqlitePlace();
    writeFileSync(place.settings.dataDir, 'a file where the folder should be');
    expect(errorOf(place.open)).toBeInstanceOf(StoreError);
    expect(errorOf(place.open).message).toMatch(/^DATA_DIR cannot be made \(E\w+\)/);
  });

  test('a data folder in which no file can be made is refused in clear words', () => {
    using place = sqlitePlace();
    mkdirSync(join(place.settings.dataDir, 'lock.db'), { recursive: true });
    expect(errorOf(place.open).message).toBe(
      'DATA_DIR cannot be written (SQLITE_CANTOPEN); check its owner and rights',
    );
    rmSync(join(place.settings.dataDir, 'lock.db'), { recursive: true });
    mkdirSync(join(place.settings.dataDir, 'tracker.db'));
    expect(errorOf(place.open).message).toContain('tracker.db in DATA_DIR cannot be opened (SQLITE_CANTOPEN)');
  });

  test('a file that is no store is refused, not overwritten', () => {
    using place = sqlitePlace();
    mkdirSync(place.settings.dataDir);
    writeFileSync(join(place.settings.dataDir, 'tracker.db'), 'my diary\n'.repeat(500));
    expect(errorOf(place.open).message).toContain('damaged or no store (SQLITE_NOTADB)');
  });
});

describe('a reader of the store', () => {
  test('reads beside the process that writes, and what that stores meanwhile', async () => {
    using place = sqlitePlace();
    using store = place.open();
    using reader = openStoreReader(place.settings);
    await store.append([aRecord()]);
    await store.save(aCatalog());
    expect(await Array.fromAsync(reader.read())).toEqual([aRecord()]);
    expect(await reader.lastGood()).toEqual(aCatalog());
    expect(await reader.seenLiveSince(0)).toEqual([...aCatalog().targets]);
    expect(reader.writer).toBe(store.writer);
  });

  test('reads when nobody writes, and holds up no writer', async () => {
    using place = sqlitePlace();
    {
      using store = place.open();
      await store.append([aRecord()]);
    }
    using reader = openStoreReader(place.settings);
    expect(await Array.fromAsync(reader.read())).toEqual([aRecord()]);
    using store = place.open();
    await store.append([aRecord({ modelId: 'acme/Other' })]);
    expect(await Array.fromAsync(reader.read())).toHaveLength(2);
  });

  test('says so when there is no store yet, and makes none', () => {
    using place = sqlitePlace();
    expect(errorOf(() => openStoreReader(place.settings)).message).toContain('there is no store in DATA_DIR yet');
    mkdirSync(place.settings.dataDir);
    expect(errorOf(() => openStoreReader(place.settings)).message).toContain('there is no store in DATA_DIR yet');
  });
});

function errorOf(call: () => unknown): Error {
  try {
    call();
  } catch (error) {
    return error as Error;
  }
  throw new Error('nothing was thrown');
}

/** @returns what it was */
function changeVersion(dataDir: string, version: string): string {
  using db = new Database(join(dataDir, 'tracker.db'));
  const was = db.query<{ value: string }, []>(`SELECT value FROM meta WHERE key = 'schema_version'`).get()!.value;
  db.query(`UPDATE meta SET value = ? WHERE key = 'schema_version'`).run(version);
  return was;
}
