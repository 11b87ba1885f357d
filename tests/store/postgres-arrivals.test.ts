import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import type { AttemptRecord } from '../../src/domain/record.ts';
import type { ArrivalMark } from '../../src/ports.ts';
import { createArrivals } from '../../src/store/postgres/arrivals.ts';
import { insertRecords } from '../../src/store/postgres/attempts.ts';
import { type Client, openClient } from '../../src/store/postgres/client.ts';
import { aRecord } from '../support/builders.ts';
import { emptyDatabase, IS_POSTGRES_SKIPPED } from '../support/postgres.ts';

const append = (client: Client, records: readonly AttemptRecord[]) =>
  client.transaction((db) => insertRecords(db, records));
const models = (names: readonly string[]) => names.map((name) => aRecord({ modelId: `acme/${name}` }));

/** An append whose transaction stays open until told to end. */
async function openAppend(client: Client, records: readonly AttemptRecord[]) {
  const [inserted, gate] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const appended = client
    .transaction(async (db) => {
      await insertRecords(db, records);
      inserted.resolve();
      await gate.promise;
    })
    .catch((error) => error);
  await inserted.promise;
  const end = (how: (gate: PromiseWithResolvers<void>) => void) => {
    how(gate);
    return appended;
  };
  return {
    commit: () => end(({ resolve }) => resolve()),
    rollBack: () => end(({ reject }) => reject(new Error('no'))),
  };
}

/** Who follows from a mark on. */
function follower(client: Client, mark: ArrivalMark, limit = 100) {
  return {
    mark: () => mark,
    async hears(): Promise<readonly string[]> {
      const page = await createArrivals(client).arrivals(mark, limit);
      ({ mark } = page);
      return page.records.map(({ modelId }) => modelId!.replace('acme/', ''));
    },
  };
}

describe.skipIf(IS_POSTGRES_SKIPPED)('whoever follows while others append', () => {
  test('hears what a transaction that stayed open brings below what was heard long ago, once', async () => {
    await using database = await emptyDatabase();
    await using client = openClient({ url: database.url });
    const { hears, mark } = follower(client, await createArrivals(client).arrivalsSoFar());
    const open = await openAppend(client, models(['early']));
    const heard: string[] = [];
    for (const name of ['a', 'b', 'c']) {
      await append(client, models([name]));
      heard.push(...(await hears()), ...(await hears()));
    }
    expect(heard).toEqual(['a', 'b', 'c']);
    expect(mark().heard).toHaveLength(3);
    await open.commit();
    expect(await hears()).toEqual(['early']);
    expect(await hears()).toEqual([]);
    expect(mark()).toMatchObject({ heard: [], unsettled: null });
  });

  test('who begins while one is open hears what it brings then, and nothing that was there', async () => {
    await using database = await emptyDatabase();
    await using client = openClient({ url: database.url });
    const open = await openAppend(client, models(['early']));
    await append(client, models(['there']));
    const { hears } = follower(client, await createArrivals(client).arrivalsSoFar());
    expect(await hears()).toEqual([]);
    await open.commit();
    expect(await hears()).toEqual(['early']);
  });

  test('one that was rolled back brings nothing, and holds nobody up', async () => {
    await using database = await emptyDatabase();
    await using client = openClient({ url: database.url });
    const { hears, mark } = follower(client, await createArrivals(client).arrivalsSoFar());
    const open = await openAppend(client, models(['never']));
    await append(client, models(['a']));
    await hears();
    await open.rollBack();
    for (const _ of [1, 2]) expect(await hears()).toEqual([]);
    expect(mark()).toMatchObject({ heard: [], unsettled: null });
  });

  test('that some append all the time keeps nothing from being settled', async () => {
    await using database = await emptyDatabase();
    await using client = openClient({ url: database.url });
    const { hears, mark } = follower(client, await createArrivals(client).arrivalsSoFar());
    let open = await openAppend(client, models(['0']));
    for (let i = 1; i < 6; i++) {
      const next = await openAppend(client, models([`${i}`]));
      await open.commit();
      open = next;
      expect(await hears()).toEqual([`${i - 1}`]);
    }
    expect(mark().heard.length).toBeLessThan(4);
    await open.commit();
  });

  test('whoever appends, ends or takes back, and however it is paged, each record is heard exactly once', async () => {
    await using database = await emptyDatabase();
    await using client = openClient({ url: database.url, connections: 6 });
    let run = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom('open', 'commit', 'roll back', 'append', 'hear'), { maxLength: 24 }),
        fc.integer({ min: 1, max: 4 }),
        async (steps, limit) => {
          run++;
          const { hears } = follower(client, await createArrivals(client).arrivalsSoFar(), limit);
          const open: (Awaited<ReturnType<typeof openAppend>> & { readonly names: readonly string[] })[] = [];
          const [heard, stored]: [string[], string[]] = [[], []];
          for (const [i, step] of steps.entries()) {
            const names = [`${run}-${i}-a`, `${run}-${i}-b`];
            if (step === 'open' && open.length < 3) open.push({ ...(await openAppend(client, models(names))), names });
            if (step === 'append') {
              await append(client, models(names));
              stored.push(...names);
            }
            const ending = step === 'commit' || step === 'roll back' ? open.shift() : undefined;
            if (step === 'commit') stored.push(...(ending?.names ?? []));
            await (step === 'commit' ? ending?.commit() : ending?.rollBack());
            if (step === 'hear') heard.push(...(await hears()));
          }
          for (const each of open) await each.rollBack();
          for (let last: readonly string[] = ['some']; last.length > 0; heard.push(...last)) last = await hears();
          expect(heard.toSorted()).toEqual(stored.toSorted());
        },
      ),
      { numRuns: 25 },
    );
  });
});
