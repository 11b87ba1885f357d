import { describe, expect, test } from 'bun:test';
import type { AttemptRecord } from '../../src/domain/record.ts';
import type { AttemptStore, BacklogReader, BatchStore, CycleStore } from '../../src/ports.ts';
import { aCycle, aRecord, aSkippedRecord, DUE_AT_MS } from '../support/builders.ts';
import type { Place } from './place.ts';

const NOON = '2026-08-03T12:00:00.000Z';
const idsOf = (records: Iterable<AttemptRecord> | AsyncIterable<AttemptRecord>) =>
  Array.fromAsync(records, ({ attemptId }) => attemptId);
const models = (count: number) => Array.from({ length: count }, (_, i) => aRecord({ modelId: `a/${i}` }));

export function describeBatchStore(
  name: string,
  newPlace: () => Promise<Place<BatchStore & BacklogReader & AttemptStore & CycleStore>>,
): void {
  describe(`${name} as a batch store`, () => {
    test('seals nothing when nothing is new', async () => {
      await using place = await newPlace();
      await using store = await place.open();
      expect(await store.seal(DUE_AT_MS)).toEqual([]);
    });

    test('seals what is not yet in a batch, and says what is in it', async () => {
      await using place = await newPlace();
      await using store = await place.open();
      await store.append([
        aRecord({ cycleTimestampIso: '2026-08-03T13:00:00.000Z', attempt: 1, final: false }),
        aRecord({ cycleTimestampIso: '2026-08-03T13:00:00.000Z', attempt: 2 }),
        aRecord({ cycleTimestampIso: NOON }),
      ]);
      expect(await store.seal(Date.parse('2026-08-03T14:05:06.789Z'))).toEqual([
        {
          name: expect.stringMatching(/^20260803T140506Z-\d+$/),
          sealedAtMs: Date.parse('2026-08-03T14:05:06.789Z'),
          attempts: 3,
          finals: 2,
          firstCycleAtMs: Date.parse(NOON),
          lastCycleAtMs: Date.parse('2026-08-03T13:00:00.000Z'),
          sha256: null,
        },
      ]);
    });

    test('tells how much is not in the dataset yet, sealed or not, and since when', async () => {
      await using place = await newPlace();
      await using store = await place.open();
      expect(await store.backlog()).toEqual({ records: 0, oldestAtMs: null });
      await store.append([aRecord({ cycleTimestampIso: NOON }), aRecord({ cycleTimestampIso: NOON, modelId: 'a/2' })]);
      const [batch] = await store.seal(DUE_AT_MS);
      await store.append([aRecord({ cycleTimestampIso: '2026-08-03T13:00:00.000Z' })]);
      expect(await store.backlog()).toEqual({ records: 3, oldestAtMs: Date.parse(NOON) });
      await store.pushed([batch!.name], [], null, DUE_AT_MS);
      expect(await store.backlog()).toEqual({ records: 1, oldestAtMs: Date.parse('2026-08-03T13:00:00.000Z') });
    });

    test('offers the same batches with the same records until they are pushed, also after a restart', async () => {
      await using place = await newPlace();
      const [first, second] = [aRecord({ modelId: 'a/1' }), aRecord({ modelId: 'a/2' })];
      const offered = async (store: BatchStore & AttemptStore, atMs: number) =>
        Array.fromAsync(await store.seal(atMs), async (batch) => ({
          batch,
          records: await Array.fromAsync(store.recordsOf(batch.name)),
        }));
      let before: Awaited<ReturnType<typeof offered>>;
      {
        await using store = await place.open();
        await store.append([first]);
        before = await offered(store, DUE_AT_MS);
        await store.append([second]);
      }
      await using store = await place.open();
      const after = await offered(store, DUE_AT_MS); // in the same millisecond: another name all the same
      expect(before.map(({ records }) => records)).toEqual([[first]]);
      expect(after.map(({ records }) => records)).toEqual([[first], [second]]);
      expect(after[0]).toEqual(before[0]!);
      expect(after[1]!.batch.name).not.toBe(after[0]!.batch.name);
    });

    test('orders the records of a batch by model, provider and time', async () => {
      await using place = await newPlace();
      await using store = await place.open();
      const [second, third] = ['2026-08-03T12:00:01.000Z', '2026-08-03T12:00:02.000Z'];
      const sorted = [
        aSkippedRecord({ modelId: null, providerName: null, errorClass: 'no_catalogue' }),
        aRecord({ modelId: 'a/1', providerName: 'x', requestStartIso: third }),
        aRecord({ modelId: 'a/1', providerName: 'y', attempt: 1, final: false, requestStartIso: second }),
        aRecord({ modelId: 'a/1', providerName: 'y', attempt: 2, requestStartIso: third }),
        aSkippedRecord({ modelId: 'b/1', providerName: 'x' }),
      ];
      await store.append(sorted.toReversed());
      const [batch] = await store.seal(DUE_AT_MS);
      expect(await Array.fromAsync(store.recordsOf(batch!.name))).toEqual(sorted);
    });

    test('remembers the hash of a built shard', async () => {
      await using place = await newPlace();
      {
        await using store = await place.open();
        await store.append([aRecord()]);
        const [batch] = await store.seal(DUE_AT_MS);
        await store.built(batch!.name, 'f00d');
      }
      await using store = await place.open();
      expect(await store.seal(DUE_AT_MS)).toMatchObject([{ sha256: 'f00d' }]);
    });

    test('does not offer a pushed batch again; marking it twice is harmless', async () => {
      await using place = await newPlace();
      await using store = await place.open();
      await store.append([aRecord({ modelId: 'a/1' })]);
      const [first] = await store.seal(DUE_AT_MS);
      await store.append([aRecord({ modelId: 'a/2' })]);
      const [, second] = await store.seal(DUE_AT_MS);
      await store.pushed([first!.name], [], 'https://hub/commit/1', DUE_AT_MS);
      await store.pushed([first!.name], [], null, DUE_AT_MS + 1);
      expect(await store.seal(DUE_AT_MS)).toEqual([second!]);
    });

    test('puts at most 10,000 records into a batch, oldest first', async () => {
      await using place = await newPlace();
      await using store = await place.open();
      await store.append(models(10_001));
      const batches = await store.seal(DUE_AT_MS);
      expect(batches.map(({ attempts }) => attempts)).toEqual([10_000, 1]);
      expect(new Set(batches.map((batch) => batch.name)).size).toBe(2);
      expect(await idsOf(store.recordsOf(batches[1]!.name))).toEqual([aRecord({ modelId: 'a/10000' }).attemptId]);
    });

    test('a day is written once, when it is over and none of its cycles still runs', async () => {
      await using place = await newPlace();
      await using store = await place.open();
      const days = ['2026-08-01', '2026-08-02', '2026-08-03'];
      const running = aCycle({ dueAtMs: Date.parse('2026-08-02T23:59:59.000Z') });
      await store.begin(running, [], running.dueAtMs);
      await store.append(days.map((day) => aRecord({ cycleTimestampIso: `${day}T23:59:59.000Z` })));
      expect(await store.daysToWrite('2026-08-03')).toEqual(['2026-08-01']);

      await store.pushed([], ['2026-08-01'], 'https://hub/commit/1', DUE_AT_MS);
      await store.pushed([], ['2026-08-01'], null, DUE_AT_MS);
      expect(await store.daysToWrite('2026-08-03')).toEqual([]);
      await store.finish(running.cycleId, running.dueAtMs + 10_000);
      expect(await store.daysToWrite('2026-08-04')).toEqual(['2026-08-02', '2026-08-03']);
    });

    test('rows that come after their day was sealed have a file of their own, and no file changes', async () => {
      await using place = await newPlace();
      await using store = await place.open();
      const [first, late, later] = [1, 2, 3].map((second) =>
        aRecord({
          cycleTimestampIso: NOON,
          requestStartIso: `2026-08-03T12:00:0${second}.000Z`,
          modelId: `a/${second}`,
        }),
      ) as [AttemptRecord, AttemptRecord, AttemptRecord];
      await store.append([first]);
      expect(await store.daysToWrite('2026-08-04')).toEqual(['2026-08-03']);
      await store.append([late]);
      expect(await store.daysToWrite('2026-08-05')).toEqual(['2026-08-03', '2026-08-03-2']);
      await store.pushed([], ['2026-08-03', '2026-08-03-2'], null, DUE_AT_MS);
      await store.append([later]);
      expect(await store.daysToWrite('2026-08-05')).toEqual(['2026-08-03-3']);

      const files = await Array.fromAsync(['2026-08-03', '2026-08-03-2', '2026-08-03-3'], (name) =>
        Array.fromAsync(store.csvRowsOfFile(name)),
      );
      expect(files).toEqual([[first], [late], [later]]);
      expect(await Array.fromAsync(store.csvRowsOfDay('2026-08-03'))).toEqual([first, late, later]);
    });

    test('a day that was marked without being sealed, as an import does, is closed as it stands', async () => {
      await using place = await newPlace();
      await using store = await place.open();
      const late = aRecord({ cycleTimestampIso: NOON, providerName: 'late' });
      await store.append([aRecord({ cycleTimestampIso: NOON })]);
      await store.pushed([], ['2026-08-03'], null, DUE_AT_MS);
      expect(await store.daysToWrite('2026-08-04')).toEqual([]);
      await store.append([late]);
      expect(await store.daysToWrite('2026-08-04')).toEqual(['2026-08-03-2']);
      expect(await Array.fromAsync(store.csvRowsOfFile('2026-08-03-2'))).toEqual([late]);
    });

    test('the open day is that of the clock, or of the last cycle when the clock was set back', async () => {
      await using place = await newPlace();
      await using store = await place.open();
      expect(await store.today(Date.parse(NOON))).toBe('2026-08-03');
      const ahead = aCycle({ dueAtMs: Date.parse('2026-08-05T00:30:00.000Z') });
      await store.begin(ahead, [], ahead.dueAtMs);
      expect(await store.today(Date.parse(NOON))).toBe('2026-08-05');
      expect(await store.today(Date.parse('2026-08-06T00:00:00.000Z'))).toBe('2026-08-06');
    });

    test('a day without CSV rows is not written', async () => {
      await using place = await newPlace();
      await using store = await place.open();
      await store.append([aSkippedRecord({ cycleTimestampIso: NOON })]);
      expect(await store.daysToWrite('2026-08-09')).toEqual([]);
    });

    test('a day holds the final attempts of standard probes of its cycles that were really sent, in order of start', async () => {
      await using place = await newPlace();
      await using store = await place.open();
      const at = (time: string, overrides: Partial<AttemptRecord> = {}) =>
        aRecord({ cycleTimestampIso: NOON, requestStartIso: `2026-08-03T${time}.000Z`, ...overrides });
      const late = at('12:00:09', { modelId: 'a/1' });
      const early = at('12:00:01', { modelId: 'a/2' });
      const afterMidnight = aRecord({
        modelId: 'a/3',
        cycleTimestampIso: '2026-08-03T23:59:00.000Z',
        requestStartIso: '2026-08-04T00:00:05.000Z',
      });
      await store.append([
        late,
        early,
        afterMidnight,
        at('12:00:02', { modelId: 'a/4', final: false }),
        at('12:00:03', { modelId: 'a/5', probeKind: 'confirm' }),
        aSkippedRecord({ modelId: 'a/6', cycleTimestampIso: NOON }),
        aRecord({ cycleTimestampIso: '2026-08-04T00:00:00.000Z' }),
        aRecord({ cycleTimestampIso: '2026-08-02T23:59:59.999Z' }),
      ]);
      expect(await Array.fromAsync(store.csvRowsOfDay('2026-08-03'))).toEqual([early, late, afterMidnight]);
    });
  });
}
