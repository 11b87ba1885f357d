import { describe, expect, test } from 'bun:test';
import type { AttemptRecord } from '../../src/domain/record.ts';
import type { RetentionSettings } from '../../src/domain/settings.ts';
import { type Client, openClient } from '../../src/store/postgres/client.ts';
import { metaOf } from '../../src/store/postgres/meta.ts';
import { openPostgresStore } from '../../src/store/postgres/open-postgres-store.ts';
import { aCycle, aRecord } from '../support/builders.ts';
import { emptyDatabase, IS_POSTGRES_SKIPPED } from '../support/postgres.ts';
import { SetClock } from '../support/set-clock.ts';

const DAY_MS = 24 * 3600 * 1000;
const NOW_MS = Date.parse('2026-08-10T15:00:00.000Z');
const WEEK: RetentionSettings = { days: 7, limitBytes: null, onlyPushed: true };
/** So small that everything must go that may. */
const NO_ROOM: RetentionSettings = { days: 90, limitBytes: 1, onlyPushed: true };

type Store = Awaited<ReturnType<typeof openPostgresStore>>;

const daysAgo = (days: number, overrides: Partial<AttemptRecord> = {}) =>
  aRecord({ cycleTimestampIso: new Date(NOW_MS - days * DAY_MS).toISOString(), ...overrides });
const idsIn = async (store: Store) => (await Array.fromAsync(store.read())).map(({ attemptId }) => attemptId);
const open = (url: string) => openPostgresStore({ url, csvPath: '' }, { clock: new SetClock() });

/** Into the dataset with everything so far, closed days included. */
async function push(store: Store): Promise<void> {
  const names = (await store.seal(NOW_MS)).map(({ name }) => name);
  await store.pushed(names, await store.daysToWrite('2026-08-10'), null, NOW_MS);
}

async function prune(store: Store, settings: RetentionSettings) {
  const gone = { rows: 0, bodies: 0 };
  for await (const { rows, bodies } of store.prune(settings, NOW_MS)) {
    gone.rows += rows;
    gone.bodies += bodies;
  }
  return gone;
}

/** By how much the store is over a limit of one byte. */
const sizeOf = async (store: Store) => (await store.excessBytes(NO_ROOM)) + 1;
const filesOf = async (client: Client) =>
  (await client.first<{ bytes: number }>('SELECT pg_database_size(current_database()) AS bytes'))!.bytes;

describe.skipIf(IS_POSTGRES_SKIPPED)('retention in PostgreSQL', () => {
  test('lets go of pushed attempts older than that many whole UTC days, and says since when all are there', async () => {
    await using database = await emptyDatabase();
    await using client = openClient({ url: database.url, connections: 1 });
    await using store = await open(database.url);
    const [old, young] = [daysAgo(8), daysAgo(7)];
    await store.append([old, young]);
    await push(store);
    expect(await metaOf(client, 'raw_since_ms')).toBeNull();

    expect(await prune(store, WEEK)).toEqual({ rows: 1, bodies: 0 });

    expect(await idsIn(store)).toEqual([young.attemptId]);
    expect(await metaOf(client, 'raw_since_ms')).toBe(String(Date.parse(old.cycleTimestampIso) + 1));
    expect(await prune(store, WEEK)).toEqual({ rows: 0, bodies: 0 });
  });

  test('what is left is counted without looking at each row', async () => {
    await using database = await emptyDatabase();
    await using store = await open(database.url);
    const attempts = async () => (await store.extent()).attempts;
    await store.append([daysAgo(9), daysAgo(8), daysAgo(7), daysAgo(6)]);
    expect(await attempts()).toBe(4);
    await push(store);
    await store.append([daysAgo(5), daysAgo(4)]);
    expect(await attempts()).toBe(6);

    await prune(store, WEEK);
    expect(await attempts()).toBe(4);
    await push(store);
    await prune(store, { ...WEEK, days: 6 });
    expect(await attempts()).toBe(3);

    await store.append([daysAgo(20), daysAgo(3)]);
    await prune(store, { ...WEEK, onlyPushed: false }); // also what is in no batch
    expect(await attempts()).toBe(4);
    expect(await idsIn(store)).toHaveLength(4);
  });

  test('keeps what is not pushed, sealed or not, and rows whose CSV file is not in the dataset, however old they are', async () => {
    await using database = await emptyDatabase();
    await using store = await open(database.url);
    const [unwritten, sealed, waiting] = [daysAgo(500), daysAgo(400), daysAgo(300)];
    await store.append([unwritten]);
    const pushed = (await store.seal(NOW_MS)).map(({ name }) => name);
    await store.append([sealed]);
    await store.seal(NOW_MS);
    await store.append([waiting]);
    await store.pushed(pushed, [], null, NOW_MS);

    await prune(store, WEEK);
    await prune(store, NO_ROOM);

    expect(await idsIn(store)).toEqual([unwritten, sealed, waiting].map(({ attemptId }) => attemptId));
  });

  test('with `PUSH=off` age alone decides', async () => {
    await using database = await emptyDatabase();
    await using store = await open(database.url);
    const [old, young] = [daysAgo(8), daysAgo(1)];
    await store.append([old, young]);
    expect(await prune(store, { ...WEEK, onlyPushed: false })).toEqual({ rows: 1, bodies: 0 });
    expect(await idsIn(store)).toEqual([young.attemptId]);
  });

  test('over the limit bodies go before rows, and those of today and yesterday stay', async () => {
    await using database = await emptyDatabase();
    await using store = await open(database.url);
    await store.append([daysAgo(3), daysAgo(1), daysAgo(0)]);
    await push(store);
    expect(await prune(store, NO_ROOM)).toEqual({ rows: 1, bodies: 1 });
    expect(await idsIn(store)).toEqual([daysAgo(1), daysAgo(0)].map(({ attemptId }) => attemptId));
  });

  test('goes no further than the limit asks, and rows that went do not count, though the files stay as long as they are', async () => {
    await using database = await emptyDatabase();
    await using client = openClient({ url: database.url, connections: 1 });
    await using store = await open(database.url);
    const noise = () => crypto.getRandomValues(new Uint8Array(3000)).toHex();
    const records = Array.from({ length: 2500 }, (_, i) =>
      daysAgo(30, { modelId: `a/${i}`, responseBodyRaw: noise() }),
    );
    await store.append(records);
    await push(store);
    const before = { size: await sizeOf(store), files: await filesOf(client) };
    const settings = { ...NO_ROOM, limitBytes: before.size - 1_000_000 };

    expect(await prune(store, settings)).toEqual({ rows: 0, bodies: 1000 }); // one step of three
    expect(await filesOf(client)).toBeGreaterThanOrEqual(before.files);
    expect(await store.excessBytes(settings)).toBe(0);
    expect(await prune(store, settings)).toEqual({ rows: 0, bodies: 0 });
  });

  test('forgets old cycles, but not the last that asked', async () => {
    await using database = await emptyDatabase();
    await using client = openClient({ url: database.url, connections: 1 });
    await using store = await open(database.url);
    for (const days of [30, 20, 10]) {
      const cycle = aCycle({ dueAtMs: NOW_MS - days * DAY_MS });
      await store.begin(cycle, [], cycle.dueAtMs);
      await store.finish(cycle.cycleId, cycle.dueAtMs + 1);
    }
    await store.append([daysAgo(10)]);
    await push(store);
    await prune(store, WEEK);
    expect(await store.lastAskedDueAtMs()).toBe(NOW_MS - 10 * DAY_MS);
    expect(await client.all('SELECT count(*) AS cycles FROM cycles')).toEqual([{ cycles: 1 }]);
  });
});
