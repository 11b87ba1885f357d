import { describe, expect, test } from 'bun:test';
import { type Sample, sampleOf } from '../../src/domain/sample.ts';
import type { AttemptStore, SampleReader } from '../../src/ports.ts';
import { aRecord, aSkippedRecord, DUE_AT_MS } from '../support/builders.ts';
import type { Place } from './place.ts';

const at = (minutes: number) => ({ cycleTimestampIso: new Date(DUE_AT_MS + minutes * 60_000).toISOString() });

export function describeSampleReader(name: string, newPlace: () => Promise<Place<SampleReader & AttemptStore>>): void {
  describe(`${name} as a sample reader`, () => {
    const all = async (store: SampleReader, query: Parameters<SampleReader['samples']>[0]) =>
      (await Array.fromAsync(store.samples(query))).flat();

    test('gives what verdicts look at of every attempt, of every kind, oldest cycle first', async () => {
      await using place = await newPlace();
      await using store = await place.open();
      const records = [
        aRecord({ ...at(30), answerValue: 1.5, repeatedShare: 0.2, answerCorrect: false }),
        aRecord({ ...at(0), probeKind: 'feature', feature: 'seed', featureWorks: true }),
        aSkippedRecord(at(10)),
      ];
      await store.append(records);
      const [last, first, second] = records.map(sampleOf) as [Sample, Sample, Sample];
      expect(await all(store, { sinceMs: 0 })).toEqual([first, second, last]);
    });

    test('leaves out the row of a cycle without a catalogue', async () => {
      await using place = await newPlace();
      await using store = await place.open();
      await store.append([aSkippedRecord({ modelId: null, providerName: null, errorClass: 'no_catalogue' })]);
      expect(await all(store, { sinceMs: 0 })).toEqual([]);
    });

    test('reads a stretch of due times, its end left out, and one model where it is asked for', async () => {
      await using place = await newPlace();
      await using store = await place.open();
      await store.append([0, 1, 2, 3].map((minutes) => aRecord({ ...at(minutes), modelId: `a/${minutes % 2}` })));
      const stretch = { sinceMs: DUE_AT_MS + 60_000, untilMs: DUE_AT_MS + 180_000 };
      expect((await all(store, stretch)).map(({ modelId }) => modelId)).toEqual(['a/1', 'a/0']);
      expect((await all(store, { ...stretch, modelId: 'a/0' })).map(({ dueAtMs }) => dueAtMs)).toEqual([
        DUE_AT_MS + 120_000,
      ]);
    });

    test('reads more than a page, each sample once', async () => {
      await using place = await newPlace();
      await using store = await place.open();
      await store.append(Array.from({ length: 1201 }, (_, i) => aRecord({ ...at(0), modelId: `a/${i}` })));
      const models = (await all(store, { sinceMs: 0 })).map(({ modelId }) => modelId);
      expect(new Set(models).size).toBe(1201);
      expect(models).toHaveLength(1201);
    });
  });
}
