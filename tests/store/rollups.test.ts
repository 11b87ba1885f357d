import { Database } from 'bun:sqlite';
import { describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import fc from 'fast-check';
import type { AttemptRecord } from '../../src/domain/record.ts';
import { bucketAtMs, RollupSum, SPAN_MS, seriesOf } from '../../src/domain/rollup.ts';
import type { BucketRollup } from '../../src/ports.ts';
import type { LocalStore } from '../../src/store/open-store.ts';
import { createRollupTables } from '../../src/store/rollup-tables.ts';
import { aRecord, aSkippedRecord, DUE_AT_MS } from '../support/builders.ts';
import { rollupsIn } from './rollups-in.ts';
import { sqlitePlace } from './sqlite-place.ts';

const rebuild = (store: LocalStore) => [...store.rebuildRollups()];
const dueAfter = (hours: number, overrides: Partial<AttemptRecord> = {}) =>
  aRecord({ cycleTimestampIso: new Date(DUE_AT_MS + hours * SPAN_MS.hour).toISOString(), ...overrides });

const orNull = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null });
const length = orNull(fc.oneof(fc.double({ min: -5, max: 300_000, noNaN: true }), fc.constant(Number.NaN)));
const count = orNull(fc.oneof(fc.nat(5000), fc.constantFrom(-1, 12.5, Number.MAX_SAFE_INTEGER, 1e300)));

/** Attempts of few targets over four days; whatever a provider may say. */
const attempt: fc.Arbitrary<Partial<AttemptRecord>> = fc.record({
  cycleTimestampIso: fc.nat(96).map((hours) => new Date(DUE_AT_MS + hours * SPAN_MS.hour).toISOString()),
  modelId: fc.constantFrom('a/1', 'a/2', 'torn \ud83d', null),
  location: fc.constantFrom('local', 'paris'),
  questionId: fc.constantFrom('q1', 'q2'),
  probeKind: fc.constantFrom('standard', 'standard', 'standard', 'confirm'),
  attempt: fc.nat(3),
  final: fc.boolean(),
  outcome: fc.constantFrom('ok', 'ok', 'target_error', 'skipped'),
  errorClass: fc.constantFrom(null, 'http_5xx', 'stall_timeout'),
  ttftMs: length,
  tpotMs: length,
  dispatchDelayMs: length,
  chunkAtMs: orNull(fc.array(fc.oneof(fc.double({ min: 0, max: 9000, noNaN: true }), fc.constant(Number.NaN)))),
  completionTokens: count,
  promptTokens: count,
  costUsd: orNull(fc.oneof(fc.double({ min: 0, max: 1, noNaN: true }), fc.constantFrom(1e-12, 1e300, Infinity))),
  answerCorrect: fc.constantFrom(true, false, null),
});

/** What the rollups should be, from the attempts as the store gives them back, by a way that shares no SQL with it. */
async function expectedFrom(store: LocalStore): Promise<readonly BucketRollup[]> {
  const sums = new Map<string, { atMs: number; series: BucketRollup['series']; sum: RollupSum }>();
  for (const span of ['hour', 'day'] as const) {
    for await (const record of store.read()) {
      const series = seriesOf(record);
      if (series === null) continue;
      const atMs = bucketAtMs(span, Date.parse(record.cycleTimestampIso));
      const key = JSON.stringify([span, atMs, series]);
      const found = sums.get(key) ?? { atMs, series, sum: new RollupSum() };
      found.sum.add(record);
      sums.set(key, found);
    }
  }
  const all = [...sums].map(([key, { atMs, series, sum }]) => ({ key, bucket: { atMs, series, ...sum.rollup() } }));
  const isHour = ({ key }: { key: string }) => key.startsWith('["hour"');
  const order = (a: (typeof all)[number], b: (typeof all)[number]) =>
    Number(isHour(b)) - Number(isHour(a)) ||
    (`${a.bucket.atMs} ${JSON.stringify(a.bucket.series)}` < `${b.bucket.atMs} ${JSON.stringify(b.bucket.series)}`
      ? -1
      : 1);
  return all.sort(order).map(({ bucket }) => bucket);
}

test('kept as attempts arrive, in whatever order, with doubles, refusals and restarts, they are what a rebuild makes of the attempts', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(attempt, { maxLength: 6 }), { maxLength: 8 }),
      fc.nat(8),
      async (calls, restart) => {
        using place = sqlitePlace();
        let store = place.open();
        try {
          for (const [i, records] of calls.entries()) {
            if (i === restart) {
              store[Symbol.dispose]();
              store = place.open();
            }
            // A second final attempt of a probe is refused, and its whole call with it.
            await Promise.allSettled([
              store.append(records.map(aRecord)),
              store.append(records.slice(0, 2).map(aRecord)),
            ]);
          }
          const kept = await rollupsIn(store);
          expect(kept).toEqual(await expectedFrom(store));
          rebuild(store);
          expect(await rollupsIn(store)).toEqual(kept);
        } finally {
          store[Symbol.dispose]();
        }
      },
    ),
    { seed: 20260803, numRuns: 20 },
  );
});

describe('a rebuild', () => {
  test('mends what is wrong, missing or too much', async () => {
    using place = sqlitePlace();
    using store = place.open();
    await store.append([dueAfter(0), dueAfter(24), dueAfter(24, { modelId: 'a/2' }), dueAfter(72)]);
    const right = await rollupsIn(store);
    spoil(place.settings.dataDir);
    expect(await rollupsIn(store)).not.toEqual(right);
    expect(rebuild(store)).toEqual(['2026-08-03', '2026-08-04', '2026-08-06']);
    expect(await rollupsIn(store)).toEqual(right);
    expect(rebuild(store)).toHaveLength(3);
    expect(await rollupsIn(store)).toEqual(right);
  });

  test('that was interrupted is finished when the store is opened again', async () => {
    using place = sqlitePlace();
    let right: readonly BucketRollup[];
    {
      using store = place.open();
      await store.append([dueAfter(0), dueAfter(24), dueAfter(48)]);
      right = await rollupsIn(store);
      spoil(place.settings.dataDir);
      store.rebuildRollups()[Symbol.iterator]().next();
    }
    using store = place.open();
    expect(await rollupsIn(store)).toEqual(right);
  });

  test('counts once what is appended between its days', async () => {
    using place = sqlitePlace();
    using store = place.open();
    await store.append([dueAfter(0), dueAfter(24), dueAfter(48)]);
    for (const day of store.rebuildRollups()) {
      await store.append([0, 24, 48].map((hours) => dueAfter(hours, { modelId: `a/${day}` })));
    }
    expect(await rollupsIn(store)).toEqual(await expectedFrom(store));
  });

  test('leaves the days alone that lost attempts to their age', async () => {
    using place = sqlitePlace();
    using store = place.open();
    await store.append([dueAfter(-24), dueAfter(0), dueAfter(6), dueAfter(24)]);
    const right = await rollupsIn(store);
    change(place.settings.dataDir, (db) => {
      db.query('DELETE FROM attempts WHERE cycle_timestamp_iso < ?').run(DUE_AT_MS + SPAN_MS.hour);
      db.query(`INSERT INTO meta (key, value) VALUES ('raw_since_ms', ?)`).run(String(DUE_AT_MS + SPAN_MS.hour));
      db.run(
        `UPDATE rollups SET counts = replace(counts, '[1,1,1]', '[8,8,8]') WHERE at_ms >= ${DUE_AT_MS + 12 * SPAN_MS.hour}`,
      );
    });
    expect(rebuild(store)).toEqual(['2026-08-04']);
    expect(await rollupsIn(store)).toEqual(right);
  });

  test('of an empty store is done at once', () => {
    using place = sqlitePlace();
    using store = place.open();
    expect(rebuild(store)).toEqual([]);
  });
});

test('a store from before there were rollups gets them from its attempts when it is opened', async () => {
  using place = sqlitePlace();
  {
    using store = place.open();
    await store.append(
      [dueAfter(0), dueAfter(30), aSkippedRecord()].map((record, i) => ({
        ...record,
        attemptId: `a${i}`,
        probeId: `p${i}`,
      })),
    );
  }
  change(place.settings.dataDir, (db) => {
    for (const table of ['rollups', 'series', 'pushed_rollup_days']) db.run(`DROP TABLE ${table}`);
    createRollupTables(db);
  });
  using store = place.open();
  expect(await rollupsIn(store)).toEqual(await expectedFrom(store));
  expect(await rollupsIn(store)).toHaveLength(4);
});

/** Doubles one rollup, drops another, invents a third. */
function spoil(dataDir: string): void {
  change(dataDir, (db) => {
    db.run(`UPDATE rollups SET counts = replace(counts, '[1,1,1]', '[2,2,2]') WHERE rollup_id = 1`);
    db.run('DELETE FROM rollups WHERE rollup_id = 4');
    db.run(
      `INSERT INTO rollups (span, at_ms, series_id, counts) SELECT span, at_ms + 3600000, series_id, counts FROM rollups WHERE rollup_id = 5`,
    );
  });
}

function change(dataDir: string, how: (db: Database) => void): void {
  using db = new Database(join(dataDir, 'tracker.db'), { strict: true });
  how(db);
}
