import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import type { AttemptRecord } from '../../src/domain/record.ts';
import { LATENCY_NAMES, type Rollup, RollupSum, SPAN_MS } from '../../src/domain/rollup.ts';
import { createAttemptStore } from '../../src/store/postgres/attempts.ts';
import { type Client, openClient } from '../../src/store/postgres/client.ts';
import { ROLLUP_COLUMNS, rollupOf } from '../../src/store/rollups.ts';
import { aRecord, DUE_AT_MS } from '../support/builders.ts';
import { IS_POSTGRES_SKIPPED, newDatabase } from '../support/postgres.ts';

describe.skipIf(IS_POSTGRES_SKIPPED)('attempts that arrive from several places at once', () => {
  test('add up in rollups and ledger to what one after the other does, and nobody waits for ever', async () => {
    await using database = await newDatabase();
    await using client = openClient({ url: database.url, connections: 6 });
    let run = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(anAsking, { maxLength: 12 }), { minLength: 2, maxLength: 6 }),
        async (calls) => {
          const location = `run-${++run}`;
          const batches = calls.map((askings, call) =>
            askings.map((asking, i) => recordOf(asking, { location, id: `${run}-${call}-${i}` })),
          );
          const before = await spent(client);
          await Promise.all(
            batches.map(async (records) => {
              const store = createAttemptStore(client); // one a worker: they share no commit
              await store.append(records);
            }),
          );
          const all = batches.flat();
          expect(await storedDays(client, location)).toEqual(daysOf(all));
          const costUsd = all.reduce((sum, record) => sum + record.costUsd!, 0);
          expect((await spent(client)) - before).toBeCloseTo(costUsd, 9);
        },
      ),
      { numRuns: 10 },
    );
  });
});

describe.skipIf(IS_POSTGRES_SKIPPED)('names that no text of PostgreSQL tells apart', () => {
  test('are counted together, and found by each of them', async () => {
    await using database = await newDatabase();
    await using client = openClient({ url: database.url });
    const names = ['a\0', 'a\ufffd', 'a\ud800'];
    await createAttemptStore(client).append(
      names.map((modelId, i) => aRecord({ modelId, probeId: `probe ${i}`, attemptId: `attempt ${i}`, costUsd: 0.25 })),
    );
    expect(await client.values('SELECT model_id, known_attempts, known_usd FROM ledger')).toEqual([
      ['a\ufffd', 3, 0.75],
    ]);
    expect([...(await storedDays(client, 'local')).values()].map(({ tallies }) => tallies.ok?.all)).toEqual([3]);
    for (const name of names) {
      expect(await client.values('SELECT count(*) FROM attempts WHERE model_id = $1', name)).toEqual([[3]]);
    }
  });
});

interface Asking {
  readonly model: number;
  readonly provider: number;
  readonly hour: number;
  readonly ttftMs: number;
}

const anAsking = fc.record<Asking>({
  model: fc.nat(2),
  provider: fc.nat(2),
  hour: fc.nat(2),
  ttftMs: fc.integer({ min: 1, max: 5000 }),
});

function recordOf({ model, provider, hour, ttftMs }: Asking, { location, id }: { location: string; id: string }) {
  return aRecord({
    location,
    modelId: `acme/${model}`,
    providerName: `p${provider}`,
    cycleTimestampIso: new Date(DUE_AT_MS + hour * SPAN_MS.hour).toISOString(),
    probeId: `probe ${id}`,
    attemptId: `attempt ${id}`,
    ttftMs,
    costUsd: ttftMs / 1e6,
  });
}

function daysOf(records: readonly AttemptRecord[]): ReadonlyMap<string, Rollup> {
  const sums = new Map<string, RollupSum>();
  for (const record of records) {
    const key = `${record.modelId} ${record.providerName}`;
    sums.set(key, sums.get(key) ?? new RollupSum());
    sums.get(key)!.add(record);
  }
  return new Map([...sums].map(([key, sum]) => [key, sum.rollup()]));
}

async function storedDays(client: Client, location: string): Promise<ReadonlyMap<string, Rollup>> {
  const rows = await client.values(
    `SELECT model_id || ' ' || provider, ${ROLLUP_COLUMNS} FROM rollups JOIN series USING (series_id)
     WHERE span = 'day' AND location = $1`,
    location,
  );
  return new Map(rows.map(([key, ...values]) => [key as string, rollupOf(values, 0, LATENCY_NAMES)]));
}

async function spent(client: Client): Promise<number> {
  const [[usd]] = (await client.values('SELECT coalesce(sum(known_usd), 0) FROM ledger')) as [[number]];
  return usd;
}
