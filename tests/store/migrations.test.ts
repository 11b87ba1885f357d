import { Database } from 'bun:sqlite';
import { describe, expect, test } from 'bun:test';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AttemptRecord } from '../../src/domain/record.ts';
import { openStore } from '../../src/store/open-store.ts';
import { SetClock } from '../support/set-clock.ts';
import { tempDir } from '../support/temp-dir.ts';

/** A store of every version of the schema (tests/support/make-store-fixture.ts), and its records as JSON. */
const FIXTURES = join(import.meta.dir, '..', 'fixtures', 'stores');
const VERSIONS = readdirSync(FIXTURES)
  .flatMap((name) => /^v(\d+)\.db$/.exec(name)?.[1] ?? [])
  .map(Number)
  .toSorted((a, b) => a - b);

interface Contents {
  readonly writer: string;
  readonly records: readonly AttemptRecord[];
}

const dataDirIn = (folder: string) => join(folder, 'data');
const contentsOf = (version: number) =>
  JSON.parse(readFileSync(join(FIXTURES, `v${version}.json`), 'utf8')) as Contents;
const open = (folder: string) =>
  openStore({ dataDir: dataDirIn(folder), csvPath: join(folder, 'b.csv') }, { clock: new SetClock() });

function storeOf(version: number, folder: string): void {
  mkdirSync(dataDirIn(folder));
  if (version > 0) copyFileSync(join(FIXTURES, `v${version}.db`), join(dataDirIn(folder), 'tracker.db'));
}

/** 0 for a file without tables. */
function versionIn(folder: string): number {
  using db = new Database(join(dataDirIn(folder), 'tracker.db'));
  if (db.query(`SELECT 1 FROM sqlite_schema WHERE name = 'meta'`).get() === null) return 0;
  return Number(db.query<{ value: string }, []>(`SELECT value FROM meta WHERE key = 'schema_version'`).get()!.value);
}

const CURRENT = (() => {
  using folder = tempDir();
  open(folder.path)[Symbol.dispose]();
  return versionIn(folder.path);
})();

/** Columns that came later may be there too. */
async function expectContents(folder: string, { writer, records }: Contents): Promise<void> {
  using store = open(folder);
  expect(store.writer).toBe(writer);
  expect(await Array.fromAsync(store.read())).toMatchObject(records as object as object[]);
  const [waiting, last] = await store.seal(Date.parse('2026-08-03T14:00:00.000Z'));
  expect([waiting?.attempts, last?.attempts]).toEqual([3, 5]);
  expect(await store.daysToWrite('2026-08-04')).toEqual(['2026-08-02']); // in the third a cycle is still open
  expect(await store.unfinished()).toHaveLength(1);
  expect(await store.seenLiveSince(0)).toHaveLength(1);
}

describe('a store of an earlier version', () => {
  test('is kept for every version that came before this one', () => {
    expect(VERSIONS).toEqual(Array.from({ length: CURRENT }, (_, i) => i + 1));
  });

  test.each(VERSIONS)('of version %i is brought up to date with all its records', async (version) => {
    using folder = tempDir();
    storeOf(version, folder.path);
    await expectContents(folder.path, contentsOf(version));
    expect(versionIn(folder.path)).toBe(CURRENT);
  });

  const kills = [0, ...VERSIONS].flatMap((from) =>
    Array.from({ length: CURRENT - from }, (_, i) => [from, from + i + 1] as const),
  );
  test.each(kills)(
    'of version %i, killed in the step to version %i, goes on from the step before',
    async (from, killedAt) => {
      using folder = tempDir();
      storeOf(from, folder.path);
      const script = Bun.fileURLToPath(import.meta.resolve('./migrate-until-killed.ts'));
      const child = Bun.spawn([process.execPath, script, dataDirIn(folder.path), String(killedAt)], {
        stderr: 'inherit',
      });
      await child.exited;
      expect(child.signalCode).toBe('SIGKILL');
      expect(versionIn(folder.path)).toBe(killedAt - 1);
      if (from > 0) await expectContents(folder.path, contentsOf(from));
      else open(folder.path)[Symbol.dispose]();
      expect(versionIn(folder.path)).toBe(CURRENT);
    },
  );
});

test('a store of a later version is refused with a clear word, and left as it is', () => {
  using folder = tempDir();
  storeOf(CURRENT, folder.path);
  {
    using db = new Database(join(dataDirIn(folder.path), 'tracker.db'));
    db.query(`UPDATE meta SET value = ? WHERE key = 'schema_version'`).run(CURRENT + 1);
  }
  expect(() => open(folder.path)).toThrow(
    `is of version ${CURRENT + 1}, this program knows versions up to ${CURRENT}; use the newer program`,
  );
  expect(versionIn(folder.path)).toBe(CURRENT + 1);
  expect(existsSync(join(folder.path, 'b.csv'))).toBe(false);
});
