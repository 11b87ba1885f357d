import { describe, expect, test } from 'bun:test';
import type { PlannedProbe } from '../../src/domain/types.ts';
import type { AttemptStore, BatchStore, CycleStore } from '../../src/ports.ts';
import { aCycle, aPlannedProbe, aRecord, aTarget, DUE_AT_MS } from '../support/builders.ts';
import type { Place } from './place.ts';

const HOUR_MS = 3_600_000;
const cycleAt = (hour: number) => aCycle({ dueAtMs: DUE_AT_MS + hour * HOUR_MS });
const recordOf = ({ probeId, cycle, target }: PlannedProbe, attempt: number, final: boolean) =>
  aRecord({
    probeId,
    cycleId: cycle.cycleId,
    cycleTimestampIso: new Date(cycle.dueAtMs).toISOString(),
    modelId: target.modelId,
    attempt,
    final,
  });

export function describeCycleStore(
  name: string,
  newPlace: () => Promise<Place<CycleStore & AttemptStore & BatchStore>>,
): void {
  describe(`${name} as a cycle store`, () => {
    test('knows when the last cycle began, also after a restart; one that was skipped did not begin', async () => {
      await using place = await newPlace();
      {
        await using store = await place.open();
        expect(await store.lastBeganAtMs()).toBeNull();
        await store.begin(cycleAt(0), [], DUE_AT_MS + 5);
        await store.skip(cycleAt(1), 'overrun', DUE_AT_MS + HOUR_MS);
      }
      await using store = await place.open();
      expect(await store.lastBeganAtMs()).toBe(DUE_AT_MS + 5);
    });

    test('knows when the last cycle was due that was not left out for the budget', async () => {
      await using place = await newPlace();
      await using store = await place.open();
      expect(await store.lastAskedDueAtMs()).toBeNull();
      await store.begin(cycleAt(0), [aPlannedProbe({ skip: 'delisted' }), aPlannedProbe()], DUE_AT_MS + 5);
      await store.begin(
        cycleAt(1),
        [aPlannedProbe({ skip: 'delisted' }), aPlannedProbe({ skip: 'budget' })],
        DUE_AT_MS + HOUR_MS + 6,
      );
      await store.skip(cycleAt(2), 'overrun', DUE_AT_MS + 7);
      expect(await store.lastAskedDueAtMs()).toBe(DUE_AT_MS);
      expect(await store.lastBeganAtMs()).toBe(DUE_AT_MS + HOUR_MS + 6);
    });

    test('a clock that was set back does not change which cycle was the last', async () => {
      await using place = await newPlace();
      await using store = await place.open();
      await store.begin(cycleAt(5), [], DUE_AT_MS + 5 * HOUR_MS);
      await store.begin(cycleAt(0), [], DUE_AT_MS);
      expect(await store.lastBeganAtMs()).toBe(DUE_AT_MS);
    });

    test('a cycle that was due later than its clock said began when it was due, so that no due time comes again', async () => {
      await using place = await newPlace();
      await using store = await place.open();
      await store.begin(cycleAt(5), [], DUE_AT_MS + 5 * HOUR_MS);
      await store.begin(cycleAt(6), [], DUE_AT_MS); // somebody set the clock back
      expect(await store.lastBeganAtMs()).toBe(DUE_AT_MS + 6 * HOUR_MS);
    });

    test('after a crash it tells which probes have no final attempt, and how many attempts each has', async () => {
      await using place = await newPlace();
      const cycle = cycleAt(0);
      const [done, retrying, unasked] = ['a/done', 'a/retrying', 'a/unasked'].map((modelId) =>
        aPlannedProbe({ cycle, target: aTarget({ modelId, claimedTps: null }) }),
      ) as [PlannedProbe, PlannedProbe, PlannedProbe];
      {
        await using store = await place.open();
        await store.begin(cycle, [done, retrying, unasked], DUE_AT_MS);
        await store.append([recordOf(done, 1, false), recordOf(done, 2, true)]);
        await store.append([recordOf(retrying, 1, false), recordOf(retrying, 2, false)]);
      }
      await using store = await place.open();
      const open = [
        { probe: retrying, attempts: 2 },
        { probe: unasked, attempts: 0 },
      ];
      expect(await store.unfinished()).toEqual([{ cycle, open }]);
      expect(await store.unfinished()).toEqual([{ cycle, open }]);
    });

    test('a plan that was kept before there were kinds of probes is one of standard probes', async () => {
      await using place = await newPlace();
      await using store = await place.open();
      const probe = aPlannedProbe();
      const { kind: _kind, ...kept } = probe;
      await store.begin(probe.cycle, [kept as PlannedProbe], DUE_AT_MS);
      expect(await store.unfinished()).toEqual([{ cycle: probe.cycle, open: [{ probe, attempts: 0 }] }]);
    });

    test('a crash after the last final attempt leaves a cycle without open probes', async () => {
      await using place = await newPlace();
      await using store = await place.open();
      const probe = aPlannedProbe();
      await store.begin(probe.cycle, [probe], DUE_AT_MS);
      await store.append([recordOf(probe, 1, true)]);
      expect(await store.unfinished()).toEqual([{ cycle: probe.cycle, open: [] }]);
    });

    test('a finished or skipped cycle is not unfinished', async () => {
      await using place = await newPlace();
      await using store = await place.open();
      await store.begin(cycleAt(0), [aPlannedProbe()], DUE_AT_MS);
      await store.finish(cycleAt(0).cycleId, DUE_AT_MS + 1);
      await store.skip(cycleAt(1), 'no_catalogue', DUE_AT_MS + 2);
      expect(await store.unfinished()).toEqual([]);
    });

    test('a cycle that was skipped for want of a catalogue begins after all when a restart tries it again', async () => {
      await using place = await newPlace();
      await using store = await place.open();
      await store.skip(cycleAt(0), 'no_catalogue', DUE_AT_MS);
      await store.begin(cycleAt(0), [aPlannedProbe()], DUE_AT_MS + 7);
      expect(await store.lastBeganAtMs()).toBe(DUE_AT_MS + 7);
      expect(await store.unfinished()).toHaveLength(1);

      await store.finish(cycleAt(0).cycleId, DUE_AT_MS + 9);
      expect([await store.sinceLastPush(), await store.unfinished()]).toEqual([1, []]);
    });

    test('beginning, finishing and skipping twice is harmless', async () => {
      await using place = await newPlace();
      await using store = await place.open();
      for (const atMs of [DUE_AT_MS, DUE_AT_MS + 9]) {
        await store.begin(cycleAt(0), [aPlannedProbe()], atMs);
        await store.finish(cycleAt(0).cycleId, atMs);
        await store.skip(cycleAt(1), 'overrun', atMs);
      }
      await store.skip(cycleAt(0), 'overrun', DUE_AT_MS);
      expect([await store.lastBeganAtMs(), await store.sinceLastPush(), await store.unfinished()]).toEqual([
        DUE_AT_MS,
        1,
        [],
      ]);
    });

    test('counts the cycles finished since the last push, also over a restart', async () => {
      await using place = await newPlace();
      {
        await using store = await place.open();
        for (const hour of [0, 1, 2]) await finishCycle(store, hour);
        await store.begin(cycleAt(3), [], DUE_AT_MS);
        await store.skip(cycleAt(4), 'overrun', DUE_AT_MS);
        expect(await store.sinceLastPush()).toBe(3);
      }
      await using store = await place.open();
      await store.append([aRecord()]);
      expect(await store.sinceLastPush()).toBe(3);

      const [batch] = await store.seal(DUE_AT_MS);
      await finishCycle(store, 5); // while the push was under way: not in the batch
      await store.pushed([batch!.name], [], 'https://hub/commit/1', DUE_AT_MS);

      expect(await store.sinceLastPush()).toBe(1);
    });

    test('a push that failed does not reset the count', async () => {
      await using place = await newPlace();
      await using store = await place.open();
      await finishCycle(store, 0);
      await store.append([aRecord()]);
      await store.seal(DUE_AT_MS);
      await store.seal(DUE_AT_MS + 1);
      expect(await store.sinceLastPush()).toBe(1);
    });
  });
}

async function finishCycle(store: CycleStore, hour: number): Promise<void> {
  await store.begin(cycleAt(hour), [], DUE_AT_MS + hour * HOUR_MS);
  await store.finish(cycleAt(hour).cycleId, DUE_AT_MS + hour * HOUR_MS + 1);
}
