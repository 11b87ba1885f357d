import { expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { csvHeader, csvText } from '../../src/domain/csv.ts';
import { type AttemptRecord, isCsvRow } from '../../src/domain/record.ts';
import type { CsvBuffer } from '../../src/store/csv-buffer.ts';
import type { Store } from '../../src/store/open-store.ts';
import { aRecord, aSkippedRecord, DUE_AT_MS } from '../support/builders.ts';
import { sqlitePlace } from './sqlite-place.ts';

/** What a store is, without a disk: records in order of arrival, cut into batches, some of them pushed. */
interface Model {
  readonly records: AttemptRecord[];
  readonly batches: { name: string; ids: readonly string[]; pushed: boolean }[];
}

type Step =
  | { readonly kind: 'append'; readonly calls: readonly number[] }
  | { readonly kind: 'append again'; readonly nth: number }
  | { readonly kind: 'seal' }
  | { readonly kind: 'push'; readonly nth: number }
  | { readonly kind: 'refresh the buffer' }
  | { readonly kind: 'reopen' };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('append' as const), calls: fc.array(fc.nat(4), { maxLength: 4 }) }),
  },
  fc.record({ kind: fc.constant('append again' as const), nth: fc.nat(50) }),
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('seal' as const) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('push' as const), nth: fc.nat(5) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('refresh the buffer' as const) }) },
  fc.record({ kind: fc.constant('reopen' as const) }),
);

const sealedIds = ({ batches }: Model) => batches.flatMap(({ ids }) => ids);
const idsOf = (records: Iterable<AttemptRecord> | AsyncIterable<AttemptRecord>) =>
  Array.fromAsync(records, ({ attemptId }) => attemptId);

test('whatever is appended, sealed, pushed and reopened in whatever order, nothing is lost, doubled or moved', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
      using place = sqlitePlace();
      const model: Model = { records: [], batches: [] };
      let store = place.open();
      let buffer = store.csvBuffer('unpushed');
      try {
        for (const next of steps) {
          if (next.kind === 'reopen') {
            store[Symbol.dispose]();
            store = place.open();
            buffer = store.csvBuffer('unpushed');
          } else await take(next, model, store, buffer, place.settings.csvPath);
          await expectSame(model, store);
        }
      } finally {
        store[Symbol.dispose]();
      }
    }),
    { seed: 20260803, numRuns: 60 },
  );
}, 30_000); // many commits, each waits for the disk

async function take(
  next: Exclude<Step, { kind: 'reopen' }>,
  model: Model,
  store: Store,
  buffer: CsvBuffer,
  path: string,
) {
  switch (next.kind) {
    case 'append': {
      const calls = next.calls.map((count) => Array.from({ length: count }, () => newRecord(model)));
      await Promise.all(calls.map((records) => store.append(records)));
      return;
    }
    case 'append again': {
      const known = model.records[next.nth];
      return store.append(known ? [{ ...known, errorMessage: 'another' }] : []);
    }
    case 'seal': {
      const unsealed = (await idsOf(model.records)).slice(sealedIds(model).length);
      const { name } = (await store.seal(DUE_AT_MS)).at(-1) ?? {};
      if (unsealed.length > 0) model.batches.push({ name: name!, ids: unsealed, pushed: false });
      return;
    }
    case 'push': {
      const batch = model.batches[next.nth];
      await store.pushed(batch ? [batch.name] : [], [], null, DUE_AT_MS);
      if (batch) batch.pushed = true;
      return;
    }
    case 'refresh the buffer': {
      expect(buffer.refresh()).toBeNull();
      const pushed = new Set(sealedIds({ ...model, batches: model.batches.filter((batch) => batch.pushed) }));
      const rows = model.records.filter((record) => isCsvRow(record) && !pushed.has(record.attemptId));
      expect(readFileSync(path, 'utf8')).toBe(csvHeader() + csvText(rows));
      return;
    }
    default:
      return next satisfies never;
  }
}

/** Every third is no CSV row. */
function newRecord({ records }: Model): AttemptRecord {
  const make = records.length % 3 === 2 ? aSkippedRecord : aRecord;
  const record = make({ modelId: `acme/Model-${String(records.length).padStart(4, '0')}` });
  records.push(record);
  return record;
}

async function expectSame(model: Model, store: Store): Promise<void> {
  expect(await Array.fromAsync(store.read())).toEqual(model.records);
  for (const { name, ids } of model.batches) expect(await idsOf(store.recordsOf(name))).toEqual([...ids]);
}
