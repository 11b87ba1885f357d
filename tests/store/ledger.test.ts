import { Database } from 'bun:sqlite';
import { expect, test } from 'bun:test';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { spendingOf } from '../../src/domain/money.ts';
import type { AttemptRecord } from '../../src/domain/record.ts';
import { aCalibration, aCatalog, aRecord, aSkippedRecord, aTarget } from '../support/builders.ts';
import { sqlitePlace } from './sqlite-place.ts';

const FIXTURES = new URL('../fixtures/store/', import.meta.url);
const DAYS = ['2026-08-02', '2026-08-03', '2026-08-04'];
const UNPRICED = { priceInputUsdPerMtok: null, priceOutputUsdPerMtok: null };
const TARGETS = [
  aTarget(),
  aTarget({ provider: 'gale', ...UNPRICED }),
  aTarget({ modelId: 'acme/Other', priceInputUsdPerMtok: 7, priceOutputUsdPerMtok: 9 }),
  aTarget({ modelId: 'acme/Unpriced', ...UNPRICED }),
];

/** What was paid for, whatever happened: a day, a target, tokens or none, a status or none. */
const attempts: fc.Arbitrary<AttemptRecord> = fc
  .record({
    day: fc.constantFrom(...DAYS),
    target: fc.constantFrom(...TARGETS),
    number: fc.nat(30),
    costUsd: fc.option(fc.double({ min: 0, max: 10, noNaN: true })),
    promptTokens: fc.option(fc.nat(5000)),
    completionTokens: fc.option(fc.nat(5000)),
    chunks: fc.option(fc.nat(5000)),
    responseStatusCode: fc.constantFrom(200, -1, 429, 500),
    sentMs: fc.option(fc.constant(40)),
    isSkipped: fc.boolean(),
  })
  .map(({ day, target, number, isSkipped, ...others }) => {
    const { modelId, provider: providerName, priceInputUsdPerMtok, priceOutputUsdPerMtok } = target;
    const cycleTimestampIso = `${day}T12:${String(number).padStart(2, '0')}:00.000Z`;
    const planned = { cycleTimestampIso, modelId, providerName };
    if (isSkipped) return aSkippedRecord(planned);
    return aRecord({ ...planned, priceInputUsdPerMtok, priceOutputUsdPerMtok, ...others });
  });

test('the ledger is the sum over the rows, whatever is appended in whatever groups, also after the rows are gone', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(attempts, { maxLength: 5 }), { maxLength: 8 }), async (groups) => {
      using place = sqlitePlace();
      {
        using store = place.open();
        await store.save(aCatalog({ targets: TARGETS }));
        await Promise.allSettled(groups.map((records) => store.append(records)));
        const stored = await Array.fromAsync(store.read());
        for (const day of DAYS) expect(await store.spentOn(day)).toEqual(sumOf(stored, day));
        using db = new Database(join(place.settings.dataDir, 'tracker.db'));
        const before = await Promise.all(DAYS.map(store.spentOn));
        db.run('DELETE FROM bodies');
        db.run('DELETE FROM attempts');
        expect(await Promise.all(DAYS.map(store.spentOn))).toEqual(before);
      }
    }),
    { numRuns: 25 },
  );
});

function sumOf(records: readonly AttemptRecord[], day: string) {
  const spendings = records
    .filter(({ cycleTimestampIso }) => cycleTimestampIso.startsWith(day))
    .flatMap((record) => spendingOf(record, () => TARGETS) ?? []);
  const sum = (amounts: readonly number[]) =>
    expect.closeTo(
      amounts.reduce((total, usd) => total + usd, 0),
      9,
    );
  return {
    knownUsd: sum(spendings.map(({ knownUsd }) => knownUsd ?? 0)),
    estimatedUsd: sum(spendings.map((spending) => (spending.knownUsd === null ? spending.estimatedUsd : 0))),
  };
}

test('a store of version 1 is brought up to date: its rows stay, and what they cost is booked', async () => {
  using place = sqlitePlace();
  mkdirSync(place.settings.dataDir);
  {
    using db = new Database(join(place.settings.dataDir, 'tracker.db'), { create: true });
    db.run(readFileSync(new URL('version-1.sql', FIXTURES), 'utf8'));
  }
  using store = place.open();

  expect(store.writer).toBe('49ce0e0770ee');
  expect(await Array.fromAsync(store.read())).toHaveLength(8);
  expect(await store.spentOn('2026-08-02')).toEqual({ knownUsd: 0.25, estimatedUsd: 0 });
  // a million tokens in at 1, two million out at 2, and a usual reply of the one that timed out
  const usualUsd = (30 * 0.5 + 600 * 1.5) / 1e6;
  expect(await store.spentOn('2026-08-03')).toEqual({ knownUsd: 0.3, estimatedUsd: 5 + usualUsd });
  const books = (['swiftcloud', 'dear'] as const).map((provider) => ({ modelId: 'acme/Thinker-7B', provider }));
  expect(await store.costsSince('2026-08-03')).toEqual([
    { ...books[1]!, usd: 0.2 },
    { ...books[0]!, usd: 0.1 },
  ]);
  expect(await store.lastAskedDueAtMs()).toBe(Date.parse('2026-08-03T12:00:00.000Z'));
  await store.saveCalibration(aCalibration());
  expect(await store.lastCalibration()).toEqual(aCalibration());
});
