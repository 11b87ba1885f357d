import { describe, expect, test } from 'bun:test';
import { cycleId } from '../../src/domain/ids.ts';
import type { AttemptRecord } from '../../src/domain/record.ts';
import type { AttemptStore, RecordRange, RecordReader } from '../../src/ports.ts';
import { anIdentity, aRecord, DUE_AT_MS } from '../support/builders.ts';
import type { Place } from './place.ts';

const MINUTE_MS = 60_000;
const recordDueAt = (minute: number, modelId = 'a/1'): AttemptRecord =>
  aRecord({ modelId, cycleTimestampIso: new Date(DUE_AT_MS + minute * MINUTE_MS).toISOString() });
const names = (records: AsyncIterable<AttemptRecord>) =>
  Array.fromAsync(
    records,
    ({ cycleTimestampIso, modelId }) => `${(Date.parse(cycleTimestampIso) - DUE_AT_MS) / MINUTE_MS} ${modelId}`,
  );

export function describeRecordReader(name: string, newPlace: () => Promise<Place<AttemptStore & RecordReader>>): void {
  describe(`${name} as a record reader`, () => {
    test('reads the oldest cycle first, and within a cycle in order of arrival', async () => {
      await using place = await newPlace();
      await using store = await place.open();
      await store.append([recordDueAt(2, 'a/2'), recordDueAt(1), recordDueAt(2, 'a/1'), recordDueAt(0)]);
      expect(await names(store.read())).toEqual(['0 a/1', '1 a/1', '2 a/2', '2 a/1']);
    });

    test('reads cycles due from `sinceMs` on and before `untilMs`', async () => {
      await using place = await newPlace();
      await using store = await place.open();
      await store.append([0, 1, 2, 3].map((minute) => recordDueAt(minute)));
      const range = { sinceMs: DUE_AT_MS + MINUTE_MS, untilMs: DUE_AT_MS + 3 * MINUTE_MS };
      expect(await names(store.read(range))).toEqual(['1 a/1', '2 a/1']);
    });

    test('reads one cycle', async () => {
      await using place = await newPlace();
      await using store = await place.open();
      await store.append([recordDueAt(0), recordDueAt(1, 'a/1'), recordDueAt(1, 'a/2')]);
      const range = { cycleId: cycleId(anIdentity().writer, DUE_AT_MS + MINUTE_MS) };
      expect(await names(store.read(range))).toEqual(['1 a/1', '1 a/2']);
      expect(await names(store.read({ ...range, sinceMs: DUE_AT_MS + 2 * MINUTE_MS }))).toEqual([]);
    });

    test('reads one model, one provider, or one of both', async () => {
      await using place = await newPlace();
      await using store = await place.open();
      const of = (modelId: string, providerName: string) => aRecord({ modelId, providerName });
      await store.append([of('a/1', 'x'), of('a/1', 'y'), of('a/2', 'x')]);
      const found = (range: RecordRange) =>
        Array.fromAsync(store.read(range), (row) => `${row.modelId} ${row.providerName}`);
      expect(await found({ modelId: 'a/1' })).toEqual(['a/1 x', 'a/1 y']);
      expect(await found({ providerName: 'x' })).toEqual(['a/1 x', 'a/2 x']);
      expect(await found({ modelId: 'a/1', providerName: 'x', untilMs: DUE_AT_MS + 1 })).toEqual(['a/1 x']);
      expect(await found({ modelId: "a/1' OR 1" })).toEqual([]);
    });

    test('reads every record once, however many there are in a cycle, while others are appended', async () => {
      await using place = await newPlace();
      await using store = await place.open();
      const stored = Array.from({ length: 450 }, (_, i) => recordDueAt(i % 2, `a/${i}`));
      await store.append(stored);
      const read = new Set<string>();
      for await (const record of store.read()) {
        expect(read.has(record.attemptId)).toBe(false);
        read.add(record.attemptId);
        if (read.size % 100 === 0) await store.append([recordDueAt(-read.size)]);
      }
      expect(stored.every(({ attemptId }) => read.has(attemptId))).toBe(true);
    });

    test('two readings at a time do not disturb each other', async () => {
      await using place = await newPlace();
      await using store = await place.open();
      await store.append(Array.from({ length: 250 }, (_, i) => recordDueAt(0, `a/${i}`)));
      const second = store.read()[Symbol.asyncIterator]();
      let same = 0;
      for await (const record of store.read()) {
        const { value } = await second.next();
        same += Number(value?.attemptId === record.attemptId);
      }
      expect(same).toBe(250);
    });
  });
}
