import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import type { AttemptRecord } from '../../src/domain/record.ts';
import { createAttemptStore, insertRecords } from '../../src/store/postgres/attempts.ts';
import { createBatchStore } from '../../src/store/postgres/batches.ts';
import { type Client, openClient } from '../../src/store/postgres/client.ts';
import { createCsvDays } from '../../src/store/postgres/csv-days.ts';
import { createRollupDays } from '../../src/store/postgres/rollup-days.ts';
import { aRecord, DUE_AT_MS } from '../support/builders.ts';
import { emptyDatabase, IS_POSTGRES_SKIPPED } from '../support/postgres.ts';

const TODAY = '2026-08-04';

const batchesIn = (client: Client) => ({ ...createBatchStore(client), ...createCsvDays(client) });
const idsOf = async (records: AsyncIterable<AttemptRecord>) =>
  (await Array.fromAsync(records)).map(({ attemptId }) => attemptId);

/** The ids of every batch and of every CSV file, one after the other. */
async function sealedIn(client: Client) {
  const store = batchesIn(client);
  const batches = await Array.fromAsync(await store.seal(DUE_AT_MS), ({ name }) => idsOf(store.recordsOf(name)));
  const files = await Array.fromAsync(await store.daysToWrite(TODAY), (name) => idsOf(store.csvRowsOfFile(name)));
  return { batches: batches.flat(), files: files.flat() };
}

/** An append whose transaction stays open until `commit` is called. */
async function openAppend(client: Client, records: readonly AttemptRecord[]) {
  const [inserted, gate] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const appended = client.transaction(async (db) => {
    await insertRecords(db, records);
    inserted.resolve();
    await gate.promise;
  });
  await inserted.promise;
  return {
    commit() {
      gate.resolve();
      return appended;
    },
  };
}

/** Until one waits for those who append. */
async function someoneWaits(client: Client): Promise<void> {
  const waiting = `SELECT pg_sleep(0.005), count(*) AS waiting FROM pg_locks WHERE locktype = 'advisory' AND NOT granted`;
  while ((await client.first<{ waiting: number }>(waiting))!.waiting === 0);
}

describe.skipIf(IS_POSTGRES_SKIPPED)('sealing while others append', () => {
  test.each(['batch', 'CSV file'] as const)(
    'what an append that is still open brings is in exactly one %s, though a later one is there already',
    async (kind) => {
      await using database = await emptyDatabase();
      await using client = openClient({ url: database.url });
      const [early, late] = [aRecord({ modelId: 'a/early' }), aRecord({ modelId: 'a/late' })];
      const open = await openAppend(client, [early]);
      await createAttemptStore(client).append([late]);

      const store = batchesIn(client);
      const sealing = kind === 'batch' ? store.seal(DUE_AT_MS) : store.daysToWrite(TODAY);
      await someoneWaits(client);
      await open.commit();
      await sealing;

      const sealed = await sealedIn(client);
      const both = [early.attemptId, late.attemptId].toSorted();
      expect(sealed.batches.toSorted()).toEqual(both);
      expect(sealed.files.toSorted()).toEqual(both);
    },
  );

  test('a day of rollups is not offered before what is being appended to it is there', async () => {
    await using database = await emptyDatabase();
    await using client = openClient({ url: database.url });
    const open = await openAppend(client, [aRecord()]);
    const offered = createRollupDays(client).rollupDaysToPush(TODAY);
    await someoneWaits(client);
    await open.commit();
    expect(await offered).toEqual(['2026-08-03']);
  });

  test('whoever appends and seals at once, each record is in exactly one batch and one file', async () => {
    await using database = await emptyDatabase();
    await using client = openClient({ url: database.url });
    let run = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(anAppender, { minLength: 2, maxLength: 4 }), someRests, async (appenders, rests) => {
        run++;
        const ids: string[] = [];
        const appending = appenders.map(async (appends, place) => {
          for (const [turn, { rows, openMs }] of appends.entries()) {
            const records = recordsOf(`${run}/${place}-${turn}`, rows);
            ids.push(...records.map(({ attemptId }) => attemptId));
            await client.transaction(async (db) => {
              await insertRecords(db, records);
              await db.run('SELECT pg_sleep($1::float8 / 1000)', openMs);
            });
          }
        });
        const sealing = [0, 1].map(async () => {
          for (const restMs of rests) {
            await batchesIn(client).seal(DUE_AT_MS);
            await batchesIn(client).daysToWrite(TODAY);
            await client.run('SELECT pg_sleep($1::float8 / 1000)', restMs);
          }
        });
        await Promise.all([...appending, ...sealing]);

        const sealed = await sealedIn(client);
        const ofThisRun = (found: readonly string[]) => found.filter((id) => ids.includes(id)).toSorted();
        expect(ofThisRun(sealed.batches)).toEqual(ids.toSorted());
        expect(ofThisRun(sealed.files)).toEqual(ids.toSorted());
      }),
      { numRuns: 12 },
    );
  });
});

const someRests = fc.array(fc.nat(8), { maxLength: 6 });
const anAppender = fc.array(fc.record({ rows: fc.integer({ min: 1, max: 3 }), openMs: fc.nat(8) }), { maxLength: 4 });

const recordsOf = (model: string, rows: number) =>
  Array.from({ length: rows }, (_, i) => aRecord({ modelId: `${model}-${i}` }));
