import { describe, expect, test } from 'bun:test';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { csvHeader, csvText } from '../../src/domain/csv.ts';
import { openPostgresReader, openPostgresStore } from '../../src/store/postgres/open-postgres-store.ts';
import { aCatalog, aRecord, DUE_AT_MS } from '../support/builders.ts';
import { emptyDatabase, IS_POSTGRES_SKIPPED } from '../support/postgres.ts';
import { SetClock } from '../support/set-clock.ts';
import { tempDir } from '../support/temp-dir.ts';

const DAY_MS = 24 * 3600 * 1000;

describe.skipIf(IS_POSTGRES_SKIPPED)('a store in PostgreSQL', () => {
  test('is one for all who open it: what one writes the others read, under one writer', async () => {
    await using database = await emptyDatabase();
    const settings = { url: database.url, csvPath: '' };
    await using one = await openPostgresStore(settings, { clock: new SetClock() });
    await using other = await openPostgresStore(settings, { clock: new SetClock() });
    await using reader = await openPostgresReader(settings);
    const [a, b] = [aRecord({ modelId: 'a/1' }), aRecord({ modelId: 'a/2' })];
    await Promise.all([one.append([a]), other.append([b])]);
    await one.save(aCatalog());

    const byModel = (await Array.fromAsync(reader.read())).toSorted((x, y) => x.modelId!.localeCompare(y.modelId!));
    expect(byModel).toEqual([a, b]);
    expect(await reader.lastGood()).toEqual(aCatalog());
    expect(await other.lastGood()).toEqual(aCatalog());
    expect([other.writer, reader.writer]).toEqual([one.writer, one.writer]);
  });

  test('commits what waits as it is closed', async () => {
    await using database = await emptyDatabase();
    const settings = { url: database.url, csvPath: '' };
    {
      await using store = await openPostgresStore(settings, { clock: new SetClock() });
      store.append([aRecord()]);
    }
    await using reader = await openPostgresReader(settings);
    expect(await Array.fromAsync(reader.read())).toEqual([aRecord()]);
  });

  test('cuts long texts short as long as it is told to', async () => {
    await using database = await emptyDatabase();
    await using store = await openPostgresStore({ url: database.url, csvPath: '' }, { clock: new SetClock() });
    store.shortenBodies(true);
    await store.append([aRecord({ answerText: 'x'.repeat(1000) })]);
    const [record] = await Array.fromAsync(store.read());
    expect(record!.answerText).toBe('x'.repeat(500));
  });
});

describe.skipIf(IS_POSTGRES_SKIPPED)('the CSV buffer of a store in PostgreSQL', () => {
  const at = (atMs: number, modelId: string) =>
    aRecord({
      cycleTimestampIso: new Date(atMs).toISOString(),
      requestStartIso: new Date(atMs).toISOString(),
      modelId,
    });

  test('shows the cycles of today and yesterday from every place, written anew at most once a minute', async () => {
    await using database = await emptyDatabase();
    using folder = tempDir();
    const csvPath = join(folder.path, 'buffer.csv');
    const clock = new SetClock(DUE_AT_MS);
    await using store = await openPostgresStore({ url: database.url, csvPath }, { clock });
    const [past, yesterday, today, later] = [2, 1, 0, 0].map((days, i) => at(DUE_AT_MS - days * DAY_MS, `a/${i}`));
    await store.append([past!, yesterday!, today!]);
    const buffer = store.csvBuffer('unpushed');
    expect(existsSync(csvPath)).toBe(false);

    /** A refresh writes while others go on. */
    const shows = async (text: string) => {
      for (; buffer.refresh() === null && !(existsSync(csvPath) && readFileSync(csvPath, 'utf8') === text); )
        await store.backlog();
    };
    await shows(csvHeader() + csvText([yesterday!, today!]));
    await store.append([later!]);
    buffer.refresh();
    expect(readFileSync(csvPath, 'utf8')).not.toContain('a/3');
    await clock.advance(60_000);
    await shows(csvHeader() + csvText([yesterday!, today!, later!]));
    expect(buffer.refresh()).toBeNull();
  });

  test('says why it cannot be written, and harms nothing', async () => {
    await using database = await emptyDatabase();
    using folder = tempDir();
    const settings = { url: database.url, csvPath: folder.path }; // a folder is no file
    await using store = await openPostgresStore(settings, { clock: new SetClock() });
    const buffer = store.csvBuffer('last-two-days');
    let said = buffer.refresh();
    while (said === null) {
      await store.backlog();
      said = buffer.refresh();
    }
    expect(said).toBe('the CSV buffer cannot be written (EISDIR)');
  });
});
