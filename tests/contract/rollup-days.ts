import { describe, expect, test } from 'bun:test';
import type { AttemptStore, CycleStore, RollupDays } from '../../src/ports.ts';
import { aCycle, aRecord, aSkippedRecord, DUE_AT_MS } from '../support/builders.ts';
import type { Place } from './place.ts';

export function describeRollupDays(
  name: string,
  newPlace: () => Promise<Place<RollupDays & AttemptStore & CycleStore>>,
): void {
  describe(`${name} as days of rollups`, () => {
    const onDay = (day: string) => aRecord({ cycleTimestampIso: `${day}T23:59:59.000Z` });

    test('a day is pushed once, when it is over and none of its cycles still runs', async () => {
      await using place = await newPlace();
      await using store = await place.open();
      await store.append(['2026-08-01', '2026-08-02', '2026-08-03'].map(onDay));
      expect(await store.rollupDaysToPush('2026-08-03')).toEqual(['2026-08-01', '2026-08-02']);

      await store.rollupDaysPushed(['2026-08-01'], 'https://hub/commit/1', DUE_AT_MS);
      await store.rollupDaysPushed(['2026-08-01'], null, DUE_AT_MS);
      expect(await store.rollupDaysToPush('2026-08-03')).toEqual(['2026-08-02']);

      const running = aCycle({ dueAtMs: Date.parse('2026-08-02T23:59:59.000Z') });
      await store.begin(running, [], running.dueAtMs);
      expect(await store.rollupDaysToPush('2026-08-03')).toEqual([]);
      await store.finish(running.cycleId, running.dueAtMs + 10_000);
      expect(await store.rollupDaysToPush('2026-08-04')).toEqual(['2026-08-02', '2026-08-03']);
    });

    test('a day on which nothing could be sent is pushed too: it counts for coverage', async () => {
      await using place = await newPlace();
      await using store = await place.open();
      await store.append([aSkippedRecord({ cycleTimestampIso: '2026-08-01T12:00:00.000Z' })]);
      expect(await store.rollupDaysToPush('2026-08-03')).toEqual(['2026-08-01']);
    });

    test('remembers which days of a month are pushed, also after a restart', async () => {
      await using place = await newPlace();
      {
        await using store = await place.open();
        await store.rollupDaysPushed(['2026-08-02', '2026-08-01', '2026-07-31', '2026-09-01'], null, DUE_AT_MS);
      }
      await using store = await place.open();
      expect(await store.pushedRollupDays('2026-08')).toEqual(['2026-08-01', '2026-08-02']);
      expect(await store.pushedRollupDays('2026-06')).toEqual([]);
    });

    test('gives a day by location, model, provider and question, with every histogram', async () => {
      await using place = await newPlace();
      await using store = await place.open();
      const sorted = [
        aRecord({ location: 'a', modelId: 'z/1' }),
        aRecord({ modelId: 'a/1', providerName: 'x', questionId: 'q1' }),
        aRecord({ modelId: 'a/1', providerName: 'x', questionId: 'q2' }),
        aRecord({ modelId: 'a/1', providerName: 'y' }),
        aRecord({ modelId: 'b/1', providerName: 'x' }),
      ].map((record, i) => ({ ...record, probeId: `p${i}`, attemptId: `a${i}` }));
      await store.append(sorted.toReversed());
      const rollups = await store.rollupsOfDay('2026-08-03');
      expect(
        rollups.map(({ series }) => [series.location, series.modelId, series.provider, series.questionId]),
      ).toEqual(
        sorted.map(({ location, modelId, providerName, questionId }) => [
          location,
          modelId!,
          providerName!,
          questionId,
        ]),
      );
      expect(Object.keys(rollups[0]!.histograms)).toHaveLength(6);
      expect(await store.rollupsOfDay('2026-08-02')).toEqual([]);
    });
  });
}
