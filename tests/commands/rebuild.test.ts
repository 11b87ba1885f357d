import { Database } from 'bun:sqlite';
import { expect, test } from 'bun:test';
import { join } from 'node:path';
import { rebuild } from '../../src/commands/rebuild.ts';
import { StoreLockedError } from '../../src/store/errors.ts';
import { rollupsIn } from '../store/rollups-in.ts';
import { sqlitePlace } from '../store/sqlite-place.ts';
import { aRecord } from '../support/builders.ts';

type SqlitePlace = ReturnType<typeof sqlitePlace>;

const DAYS = ['2026-08-01', '2026-08-02', '2026-08-03'];

/** A store of three days whose rollups somebody spoilt, and what they should be. */
async function aSpoiltStore(place: SqlitePlace) {
  using store = place.open();
  await store.append(DAYS.map((day) => aRecord({ cycleTimestampIso: `${day}T12:00:00.000Z` })));
  const right = await rollupsIn(store);
  using db = new Database(join(place.settings.dataDir, 'tracker.db'));
  db.run(`UPDATE rollups SET counts = replace(counts, '[1,1,1]', '[2,2,2]')`);
  return right;
}

async function runRebuild({ settings }: SqlitePlace, stop = new AbortController().signal) {
  const said: string[] = [];
  const output = { write: (text: string) => said.push(text) };
  const environment = { DATA_DIR: settings.dataDir, LOCAL_CSV_PATH: settings.csvPath };
  const code = await rebuild.run(
    [],
    {},
    { environment, baseDir: join(import.meta.dir, '../..'), stdout: output, stderr: output, stop },
  );
  return { code, said: said.join('') };
}

async function rollupsOf(place: SqlitePlace) {
  using store = place.open();
  return await rollupsIn(store);
}

test('makes the rollups what the attempts say, and says of how many days', async () => {
  using place = sqlitePlace();
  const right = await aSpoiltStore(place);
  expect(await rollupsOf(place)).not.toEqual(right);
  expect(await runRebuild(place)).toEqual({ code: 0, said: '3 days rolled up\n' });
  expect(await rollupsOf(place)).toEqual(right);
});

test('asked to stop it ends between two days, and the next start does the rest', async () => {
  using place = sqlitePlace();
  const right = await aSpoiltStore(place);
  expect(await runRebuild(place, AbortSignal.abort())).toEqual({
    code: 1,
    said: 'stopped after 1 day rolled up; the next start does the rest\n',
  });
  expect(await rollupsOf(place)).toEqual(right);
});

test('is refused while a daemon has the store', async () => {
  using place = sqlitePlace();
  using _daemon = place.open();
  expect(await runRebuild(place).catch((error) => error)).toBeInstanceOf(StoreLockedError);
});
