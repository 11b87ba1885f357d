import { Database } from 'bun:sqlite';
import { describe, expect, test } from 'bun:test';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { csvHeader, csvText } from '../../src/domain/csv.ts';
import { type AttemptRecord, isCsvRow } from '../../src/domain/record.ts';
import type { RetentionSettings } from '../../src/domain/settings.ts';
import { JOURNAL_BYTES } from '../../src/store/database.ts';
import type { Store } from '../../src/store/open-store.ts';
import { aCycle, aRecord, aSkippedRecord } from '../support/builders.ts';
import { SetClock } from '../support/set-clock.ts';
import { sqlitePlace } from './sqlite-place.ts';

const DAY_MS = 24 * 3600 * 1000;
const NOW_MS = Date.parse('2026-08-10T15:00:00.000Z');
const WEEK: RetentionSettings = { days: 7, limitBytes: null, onlyPushed: true };
/** So small that everything must go that may. */
const NO_ROOM: RetentionSettings = { days: 90, limitBytes: 1, onlyPushed: true };

const daysAgo = (days: number, overrides: Partial<AttemptRecord> = {}) =>
  aRecord({ cycleTimestampIso: new Date(NOW_MS - days * DAY_MS).toISOString(), ...overrides });
const idsOf = (records: Iterable<AttemptRecord> | AsyncIterable<AttemptRecord>) =>
  Array.fromAsync(records, ({ attemptId }) => attemptId);

/** Into the dataset with everything so far, closed days included. */
async function push(store: Store, nowMs = NOW_MS): Promise<void> {
  const names = (await store.seal(nowMs)).map(({ name }) => name);
  await store.pushed(names, await store.daysToWrite(new Date(nowMs).toISOString().slice(0, 10)), null, nowMs);
}

async function prune(store: Store, settings: RetentionSettings, nowMs = NOW_MS) {
  const gone = { rows: 0, bodies: 0 };
  for await (const { rows, bodies } of store.prune(settings, nowMs)) {
    gone.rows += rows;
    gone.bodies += bodies;
  }
  return gone;
}

function metaOf(dataDir: string, key: string): string | null {
  using db = new Database(join(dataDir, 'tracker.db'), { readonly: true });
  return db.query<{ value: string }, [string]>('SELECT value FROM meta WHERE key = ?').get(key)?.value ?? null;
}

describe('retention by age', () => {
  test('lets go of pushed attempts older than that many whole UTC days, and says since when all are there', async () => {
    using place = sqlitePlace();
    using store = place.open();
    const [old, young] = [daysAgo(8), daysAgo(7)];
    await store.append([old, young]);
    await push(store);
    expect(metaOf(place.settings.dataDir, 'raw_since_ms')).toBeNull();

    expect(await prune(store, WEEK)).toEqual({ rows: 1, bodies: 0 });

    expect(await Array.fromAsync(store.read())).toEqual([young]);
    expect(metaOf(place.settings.dataDir, 'raw_since_ms')).toBe(String(Date.parse(old.cycleTimestampIso) + 1));
    expect(await prune(store, WEEK)).toEqual({ rows: 0, bodies: 0 });
  });

  test('keeps what is not pushed, sealed or not, however old it is', async () => {
    using place = sqlitePlace();
    using store = place.open();
    const [sealed, waiting] = [daysAgo(400, { modelId: 'a/1' }), daysAgo(300, { modelId: 'a/2' })];
    await store.append([sealed]);
    await store.seal(NOW_MS);
    await store.append([waiting]);
    await store.pushed([], await store.daysToWrite('2026-08-10'), null, NOW_MS);

    await prune(store, WEEK);
    await prune(store, NO_ROOM);

    expect(await Array.fromAsync(store.read())).toEqual([sealed, waiting]);
  });

  test('keeps rows of the CSV until their file is in the dataset', async () => {
    using place = sqlitePlace();
    using store = place.open();
    await store.append([daysAgo(20), daysAgo(20, { modelId: 'a/2' })]);
    await store.pushed(
      (await store.seal(NOW_MS)).map(({ name }) => name),
      [],
      null,
      NOW_MS,
    );
    expect(await prune(store, NO_ROOM)).toEqual({ rows: 0, bodies: 0 });
    expect(await store.daysToWrite('2026-08-10')).toEqual(['2026-07-21']);

    await store.pushed([], ['2026-07-21'], null, NOW_MS);
    expect(await prune(store, WEEK)).toEqual({ rows: 2, bodies: 0 });
    expect(await store.daysToWrite('2026-08-10')).toEqual([]);
  });

  test('a day without CSV rows has no file to wait for', async () => {
    using place = sqlitePlace();
    using store = place.open();
    await store.append([aSkippedRecord({ cycleTimestampIso: daysAgo(20).cycleTimestampIso })]);
    await push(store);
    expect((await prune(store, WEEK)).rows).toBe(1);
  });

  test('with PUSH=off lets go by age alone; what was sealed for a push and never got there stays', async () => {
    using place = sqlitePlace();
    using store = place.open();
    const sealed = daysAgo(30, { modelId: 'a/sealed' });
    await store.append([sealed]);
    await store.seal(NOW_MS);
    await store.append([20, 9, 8, 7, 0].map((days) => daysAgo(days)));

    expect(await prune(store, { ...WEEK, onlyPushed: false })).toEqual({ rows: 3, bodies: 0 });
    expect(await idsOf(store.read())).toEqual(await idsOf([sealed, daysAgo(7), daysAgo(0)]));
  });

  test('goes on where it stopped, and takes no more than a hundred rows at a time', async () => {
    using place = sqlitePlace();
    {
      using store = place.open();
      await store.append(Array.from({ length: 450 }, (_, i) => daysAgo(30, { modelId: `a/${i}` })));
      await push(store);
      const first = await store.prune(WEEK, NOW_MS)[Symbol.asyncIterator]().next();
      expect(first.value).toEqual({ rows: 100, bodies: 0 });
    }
    using store = place.open();
    expect(await prune(store, WEEK)).toEqual({ rows: 350, bodies: 0 });
  });

  test('a clock that is set back lets go of nothing, and does not move the mark', async () => {
    using place = sqlitePlace();
    using store = place.open();
    await store.append([daysAgo(8), daysAgo(1)]);
    await push(store);
    await prune(store, WEEK);
    const mark = metaOf(place.settings.dataDir, 'raw_since_ms');

    expect(await prune(store, WEEK, NOW_MS - 4000 * DAY_MS)).toEqual({ rows: 0, bodies: 0 });
    expect(await prune(store, NO_ROOM, NOW_MS - 4000 * DAY_MS)).toEqual({ rows: 0, bodies: 0 });

    expect(await Array.fromAsync(store.read())).toHaveLength(1);
    expect(metaOf(place.settings.dataDir, 'raw_since_ms')).toBe(mark);
  });

  test('forgets old cycles, but not the last one, nor those that count for the next push', async () => {
    using place = sqlitePlace();
    using store = place.open();
    const run = async (days: number) => {
      const cycle = aCycle({ dueAtMs: NOW_MS - days * DAY_MS });
      await store.begin(cycle, [], cycle.dueAtMs);
      await store.finish(cycle.cycleId, cycle.dueAtMs + 1);
    };
    for (const days of [40, 39]) await run(days);
    await store.append([daysAgo(39)]);
    await push(store);
    await store.skip(aCycle({ dueAtMs: NOW_MS - 38 * DAY_MS }), 'overrun', NOW_MS);
    for (const days of [37, 36]) await run(days);

    await prune(store, WEEK);

    using db = new Database(join(place.settings.dataDir, 'tracker.db'), { readonly: true });
    expect(db.query('SELECT count(*) AS cycles FROM cycles').get()).toEqual({ cycles: 2 });
    expect([await store.sinceLastPush(), await store.lastBeganAtMs()]).toEqual([2, NOW_MS - 36 * DAY_MS]);
    await run(35);
    expect(await store.sinceLastPush()).toBe(3);
  });
});

describe('a limit of size', () => {
  const big = (i: number, days: number) =>
    daysAgo(days, { modelId: `a/${i}`, responseBodyRaw: hardToPack(i), requestId: `id-${i}` });
  const used = async (store: Store) => (await store.excessBytes({ ...NO_ROOM, limitBytes: 1 })) - JOURNAL_BYTES + 1;

  test('drops bodies of pushed attempts first, oldest first, and only as many as it takes', async () => {
    using place = sqlitePlace();
    using store = place.open();
    await store.append(Array.from({ length: 400 }, (_, i) => big(i, 30)));
    await push(store);
    const limitBytes = JOURNAL_BYTES + (await used(store)) - 400_000;

    const gone = await prune(store, { ...NO_ROOM, limitBytes });

    expect(gone).toEqual({ rows: 0, bodies: expect.any(Number) });
    expect(gone.bodies).toBeGreaterThan(0);
    expect(gone.bodies).toBeLessThan(400);
    expect((await Array.fromAsync(store.read())).map(({ responseBodyRaw }) => responseBodyRaw === null)).toEqual(
      Array.from({ length: 400 }, (_, i) => i < gone.bodies),
    );
    expect(await store.excessBytes({ ...NO_ROOM, limitBytes })).toBe(0);
    expect(metaOf(place.settings.dataDir, 'bodies_since_ms')).not.toBeNull();
    expect(metaOf(place.settings.dataDir, 'raw_since_ms')).toBeNull();
  });

  test('then rows, and the file becomes smaller', async () => {
    using place = sqlitePlace();
    using store = place.open();
    const file = join(place.settings.dataDir, 'tracker.db');
    await store.append(Array.from({ length: 600 }, (_, i) => big(i, 30)));
    await push(store);
    const limitBytes = JOURNAL_BYTES + 600_000; // the rollups of these rows stay

    const gone = await prune(store, { ...NO_ROOM, limitBytes });
    store[Symbol.dispose]();

    expect(gone.bodies).toBe(600);
    expect(gone.rows).toBeGreaterThan(0);
    expect(statSync(file).size + JOURNAL_BYTES).toBeLessThanOrEqual(limitBytes);
  });

  test('never today nor yesterday, of which the two-day CSV is made', async () => {
    using place = sqlitePlace();
    using store = place.open();
    await store.append([daysAgo(2), daysAgo(1), daysAgo(0)]);
    await push(store);
    await store.pushed([], ['2026-08-10'], null, NOW_MS);
    expect(await prune(store, NO_ROOM)).toEqual({ rows: 1, bodies: 1 });
    expect(await Array.fromAsync(store.read())).toEqual([daysAgo(1), daysAgo(0)]);
  });

  test('with PUSH=off drops nothing: this disk is the only place where it is', async () => {
    using place = sqlitePlace();
    using store = place.open();
    await store.append([daysAgo(30), daysAgo(1)]);
    expect(await prune(store, { ...NO_ROOM, onlyPushed: false })).toEqual({ rows: 0, bodies: 0 });
  });

  test('when nothing more may go, new records keep their figures and the beginning of their bodies', async () => {
    using place = sqlitePlace();
    using store = place.open();
    const long = aRecord({ modelId: 'a/long', responseBodyRaw: '👋'.repeat(9_000), answerText: 'x'.repeat(9_000) });
    store.shortenBodies(true);
    await store.append([long, aRecord()]);
    store.shortenBodies(false);
    await store.append([{ ...long, ...idsWith('a/whole') }]);

    const [short, small, whole] = await Array.fromAsync(store.read());
    expect(short).toEqual({
      ...long,
      responseBodyRaw: '👋'.repeat(250),
      responseBodyTruncated: true,
      answerText: 'x'.repeat(500),
    });
    expect(small).toEqual(aRecord());
    expect(whole?.responseBodyRaw).toBe(long.responseBodyRaw);
  });

  const idsWith = (modelId: string) => {
    const { probeId, attemptId } = aRecord({ modelId });
    return { modelId, probeId, attemptId };
  };
});

describe('whatever is appended, pushed, let go of and reopened', () => {
  const day = fc.integer({ min: 0, max: 12 });
  const step = fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({ kind: fc.constant('append' as const), days: fc.array(day, { maxLength: 6 }) }),
    },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('seal' as const) }) },
    { weight: 4, arbitrary: fc.record({ kind: fc.constant('push' as const), nth: fc.nat(1), days: fc.boolean() }) },
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constant('prune' as const),
        days: fc.integer({ min: 1, max: 10 }),
        cap: fc.constantFrom(null, 1, JOURNAL_BYTES + 220_000),
        steps: fc.nat(6),
      }),
    },
    fc.record({ kind: fc.constant('reopen' as const) }),
  );

  test('nothing unpushed goes, nothing needed for a CSV goes, the marks tell what may be missing, and the buffer is right', async () => {
    let wentAtAll = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 30 }), async (steps) => {
        const clock = new SetClock(NOW_MS);
        using place = sqlitePlace(clock);
        let store = place.open();
        const appended: AttemptRecord[] = [];
        const batches = new Map<string, readonly string[]>();
        const pushed = new Set<string>();
        const written = new Set<string>();
        try {
          for (const next of steps) {
            if (next.kind === 'append') {
              const make = (days: number, i: number) =>
                (i % 4 === 3 ? aSkippedRecord : aRecord)({
                  cycleTimestampIso: new Date(NOW_MS - days * DAY_MS).toISOString(),
                  modelId: `a/${appended.length + i}`,
                });
              const records = next.days.map(make);
              await store.append(records);
              appended.push(...records);
            } else if (next.kind === 'seal') {
              for (const { name } of await store.seal(NOW_MS)) batches.set(name, await idsOf(store.recordsOf(name)));
            } else if (next.kind === 'push') {
              const [name] = [...batches.keys()].filter((batch) => !pushed.has(batch)).slice(next.nth);
              const days = next.days ? await store.daysToWrite('2026-08-10') : [];
              await store.pushed(name ? [name] : [], days, null, NOW_MS);
              if (name) pushed.add(name);
              for (const utcDay of days) written.add(utcDay);
            } else if (next.kind === 'prune') {
              const settings = { days: next.days, limitBytes: next.cap, onlyPushed: true };
              let taken = 0;
              for await (const _ of store.prune(settings, NOW_MS)) if (taken++ >= next.steps) break;
            } else {
              store[Symbol.dispose]();
              store = place.open();
            }
            if (next.kind === 'prune') await expectSafe(store);
          }
          await expectSafe(store);
        } finally {
          store[Symbol.dispose]();
        }

        async function expectSafe(open: Store): Promise<void> {
          const inDataset = new Set([...pushed].flatMap((name) => [...batches.get(name)!]));
          const left = new Map((await Array.fromAsync(open.read())).map((record) => [record.attemptId, record]));
          const mark = (key: string) => Number(metaOf(place.settings.dataDir, key) ?? -Infinity);
          const [rawSinceMs, bodiesSinceMs] = [mark('raw_since_ms'), mark('bodies_since_ms')];
          for (const record of appended) {
            const found = left.get(record.attemptId);
            if (found !== undefined && found.requestBody === record.requestBody) {
              expect(found).toEqual(record);
              continue;
            }
            wentAtAll++;
            const dueAtMs = Date.parse(record.cycleTimestampIso);
            const utcDay = record.cycleTimestampIso.slice(0, 10);
            expect(inDataset.has(record.attemptId)).toBe(true);
            expect(utcDay < '2026-08-09').toBe(true);
            expect(written.has(utcDay) || !isCsvRow(record) || noCsvRowsOf(utcDay)).toBe(true);
            expect(dueAtMs).toBeLessThan(found ? bodiesSinceMs : rawSinceMs);
          }
          expect(open.csvBuffer('unpushed').refresh()).toBeNull();
          const rows = appended.filter((record) => isCsvRow(record) && !inDataset.has(record.attemptId));
          expect(readFileSync(place.settings.csvPath, 'utf8')).toBe(csvHeader() + csvText(rows));
          for (const [name, ids] of batches)
            if (!pushed.has(name)) expect(await idsOf(open.recordsOf(name))).toEqual([...ids]);
        }

        function noCsvRowsOf(utcDay: string): boolean {
          return !appended.some((record) => isCsvRow(record) && record.cycleTimestampIso.startsWith(utcDay));
        }
      }),
      { seed: 20260810, numRuns: 16 },
    );
    expect(wentAtAll).toBeGreaterThan(50);
  });
});

/** Text that zstd hardly shortens: 3 KB. */
function hardToPack(seed: number): string {
  return Array.from(
    { length: 70 },
    (_, i) => Bun.hash(`${seed}-${i}`).toString(36) + Bun.hash(`${i}/${seed}`).toString(36),
  ).join('');
}
