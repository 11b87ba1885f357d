import { Database } from 'bun:sqlite';
import { expect, test } from 'bun:test';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { type AttemptRecord, isCsvRow } from '../../src/domain/record.ts';
import type { Store } from '../../src/store/open-store.ts';
import { aRecord, aSkippedRecord, DUE_AT_MS } from '../support/builders.ts';
import { sqlitePlace } from './sqlite-place.ts';

const dayAt = (day: number) => new Date(Date.UTC(2026, 7, 1 + day)).toISOString().slice(0, 10);
const idsOf = (records: Iterable<AttemptRecord> | AsyncIterable<AttemptRecord>) =>
  Array.fromAsync(records, ({ attemptId }) => attemptId);

type Step =
  | { readonly kind: 'append'; readonly day: number; readonly rows: number }
  /** A push on that day, by a clock that may go back; what it commits may fail to be marked. */
  | { readonly kind: 'push'; readonly today: number; readonly marks: boolean }
  | { readonly kind: 'reopen' };

const day = fc.nat(5);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('append' as const), day, rows: fc.nat(3) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('push' as const), today: day, marks: fc.boolean() }) },
  fc.record({ kind: fc.constant('reopen' as const) }),
);

test('whenever rows come and whatever the clock does, each CSV row is in exactly one file, and no file ever changes', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
      using place = sqlitePlace();
      const appended: AttemptRecord[] = [];
      const files = new Map<string, readonly string[]>();
      let store = place.open();
      try {
        for (const next of steps) {
          if (next.kind === 'reopen') {
            store[Symbol.dispose]();
            store = place.open();
          } else if (next.kind === 'append') await append(next.day, next.rows, appended, store);
          else await push(dayAt(next.today), next.marks, files, store);
        }
        await push(dayAt(9), true, files, store);
        expect(await store.daysToWrite(dayAt(9))).toEqual([]);
      } finally {
        store[Symbol.dispose]();
      }
      expect([...files.values()].flat().sort()).toEqual((await idsOf(appended.filter(isCsvRow))).sort());
    }),
    { seed: 20260803, numRuns: 40 },
  );
}, 30_000);

async function append(day: number, rows: number, appended: AttemptRecord[], store: Store): Promise<void> {
  const records = Array.from({ length: rows }, (_, i) => {
    const at = { cycleTimestampIso: `${dayAt(day)}T12:00:00.000Z`, providerName: `p${appended.length + i}` };
    return i === 2 ? aSkippedRecord(at) : aRecord(at);
  });
  appended.push(...records);
  await store.append(records);
}

/** As a push does: the same names bring the same rows until they are marked; a row that is in no file is in today's. */
async function push(today: string, marks: boolean, files: Map<string, readonly string[]>, store: Store): Promise<void> {
  const names = await store.daysToWrite(today);
  for (const name of names) {
    const ids = await idsOf(store.csvRowsOfFile(name));
    expect(ids).not.toEqual([]);
    expect(files.get(name) ?? ids).toEqual(ids);
    files.set(name, ids);
  }
  const filed = [...files.values()].flat();
  const open = (await Array.fromAsync(store.read())).filter((row) => isCsvRow(row) && !filed.includes(row.attemptId));
  expect(open.filter(({ cycleTimestampIso }) => cycleTimestampIso < today)).toEqual([]);
  if (marks) await store.pushed([], names, null, DUE_AT_MS);
}

test('days that an earlier version of the store had pushed are closed as they stood', async () => {
  using place = sqlitePlace();
  mkdirSync(place.settings.dataDir);
  {
    using db = new Database(join(place.settings.dataDir, 'tracker.db'), { create: true });
    db.run(readFileSync(new URL('../fixtures/store/version-1.sql', import.meta.url), 'utf8'));
    db.run("INSERT INTO pushed_days (day, pushed_at_ms) VALUES ('2026-08-02', 0)");
  }
  using store = place.open();
  expect(await store.daysToWrite('2026-08-04')).toEqual(['2026-08-03']);

  const late = aRecord({ cycleTimestampIso: '2026-08-02T12:00:00.000Z', providerName: 'late' });
  await store.append([late]);
  expect(await store.daysToWrite('2026-08-04')).toEqual(['2026-08-02-2', '2026-08-03']);
  expect(await Array.fromAsync(store.csvRowsOfFile('2026-08-02-2'))).toEqual([late]);
});
