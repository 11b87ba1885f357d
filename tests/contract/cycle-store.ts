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

export function describeCycleStore(name: string, newPlace: () => Place<CycleStore & AttemptStore & BatchStore>): void {
  describe(`${name} as a cycle store`, () => {
    test('knows when the last cycle began, also after a restart; one that was skipped did not begin', () => {
      using place = newPlace();
      {
        using store = place.open();
        expect(store.lastBeganAtMs()).toBeNull();
        store.begin(cycleAt(0), [], DUE_AT_MS + 5);
        store.skip(cycleAt(1), 'overrun', DUE_AT_MS + HOUR_MS);
      }
      using store = place.open();
      expect(store.lastBeganAtMs()).toBe(DUE_AT_MS + 5);
    });

    test('knows when the last cycle was due that was not left out for the budget', () => {
      using place = newPlace();
      using store = place.open();
      expect(store.lastAskedDueAtMs()).toBeNull();
      store.begin(cycleAt(0), [aPlannedProbe({ skip: 'delisted' }), aPlannedProbe()], DUE_AT_MS + 5);
      store.begin(
        cycleAt(1),
        [aPlannedProbe({ skip: 'delisted' }), aPlannedProbe({ skip: 'budget' })],
        DUE_AT_MS + HOUR_MS + 6,
      );
      store.skip(cycleAt(2), 'overrun', DUE_AT_MS + 7);
      expect(store.lastAskedDueAtMs()).toBe(DUE_AT_MS);
      expect(store.lastBeganAtMs()).toBe(DUE_AT_MS + HOUR_MS + 6);
    });

    test('a clock that was set back does not change which cycle was the last', () => {
      using place = newPlace();
      using store = place.open();
      store.begin(cycleAt(5), [], DUE_AT_MS + 5 * HOUR_MS);
      store.begin(cycleAt(0), [], DUE_AT_MS);
      expect(store.lastBeganAtMs()).toBe(DUE_AT_MS);
    });

    test('a cycle that was due later than its clock said began when it was due, so that no due time comes again', () => {
      using place = newPlace();
      using store = place.open();
      store.begin(cycleAt(5), [], DUE_AT_MS + 5 * HOUR_MS);
      store.begin(cycleAt(6), [], DUE_AT_MS); // somebody set the clock back
      expect(store.lastBeganAtMs()).toBe(DUE_AT_MS + 6 * HOUR_MS);
    });

    test('after a crash it tells which probes have no final attempt, and how many attempts each has', async () => {
      using place = newPlace();
      const cycle = cycleAt(0);
      const [done, retrying, unasked] = ['a/done', 'a/retrying', 'a/unasked'].map((modelId) =>
        aPlannedProbe({ cycle, target: aTarget({ modelId, claimedTps: null }) }),
      ) as [PlannedProbe, PlannedProbe, PlannedProbe];
      {
        using store = place.open();
        store.begin(cycle, [done, retrying, unasked], DUE_AT_MS);
        await store.append([recordOf(done, 1, false), recordOf(done, 2, true)]);
        await store.append([recordOf(retrying, 1, false), recordOf(retrying, 2, false)]);
      }
      using store = place.open();
      const open = [
        { probe: retrying, attempts: 2 },
        { probe: unasked, attempts: 0 },
      ];
      expect(store.unfinished()).toEqual([{ cycle, open }]);
      expect(store.unfinished()).toEqual([{ cycle, open }]);
    });

    test('a plan that was kept before there were kinds of probes is one of standard probes', () => {
      using place = newPlace();
      using store = place.open();
      const probe = aPlannedProbe();
      const { kind: _kind, ...kept } = probe;
      store.begin(probe.cycle, [kept as PlannedProbe], DUE_AT_MS);
      expect(store.unfinished()).toEqual([{ cycle: probe.cycle, open: [{ probe, attempts: 0 }] }]);
    });

    test('a crash after the last final attempt leaves a cycle without open probes', async () => {
      using place = newPlace();
      using store = place.open();
      const probe = aPlannedProbe();
      store.begin(probe.cycle, [probe], DUE_AT_MS);
      await store.append([recordOf(probe, 1, true)]);
      expect(store.unfinished()).toEqual([{ cycle: probe.cycle, open: [] }]);
    });

    test('a finished or skipped cycle is not unfinished', () => {
      using place = newPlace();
      using store = place.open();
      store.begin(cycleAt(0), [aPlannedProbe()], DUE_AT_MS);
      store.finish(cycleAt(0).cycleId, DUE_AT_MS + 1);
      store.skip(cycleAt(1), 'no_catalogue', DUE_AT_MS + 2);
      expect(store.unfinished()).toEqual([]);
    });

    test('a cycle that was skipped for want of a catalogue begins after all when a restart tries it again', () => {
      using place = newPlace();
      using store = place.open();
      store.skip(cycleAt(0), 'no_catalogue', DUE_AT_MS);
      store.begin(cycleAt(0), [aPlannedProbe()], DUE_AT_MS + 7);
      expect(store.lastBeganAtMs()).toBe(DUE_AT_MS + 7);
      expect(store.unfinished()).toHaveLength(1);

      store.finish(cycleAt(0).cycleId, DUE_AT_MS + 9);
      expect([store.sinceLastPush(), store.unfinished()]).toEqual([1, []]);
    });

    test('beginning, finishing and skipping twice is harmless', () => {
      using place = newPlace();
      using store = place.open();
      for (const atMs of [DUE_AT_MS, DUE_AT_MS + 9]) {
        store.begin(cycleAt(0), [aPlannedProbe()], atMs);
        store.finish(cycleAt(0).cycleId, atMs);
        store.skip(cycleAt(1), 'overrun', atMs);
      }
      store.skip(cycleAt(0), 'overrun', DUE_AT_MS);
      expect([store.lastBeganAtMs(), store.sinceLastPush(), store.unfinished()]).toEqual([DUE_AT_MS, 1, []]);
    });

    test('counts the cycles finished since the last push, also over a restart', async () => {
      using place = newPlace();
      {
        using store = place.open();
        for (const hour of [0, 1, 2]) finishCycle(store, hour);
        store.begin(cycleAt(3), [], DUE_AT_MS);
        store.skip(cycleAt(4), 'overrun', DUE_AT_MS);
        expect(store.sinceLastPush()).toBe(3);
      }
      using store = place.open();
      await store.append([aRecord()]);
      expect(store.sinceLastPush()).toBe(3);

      const [batch] = store.seal(DUE_AT_MS);
      finishCycle(store, 5); // while the push was under way: not in the batch
      store.pushed([batch!.name], [], 'https://hub/commit/1', DUE_AT_MS);

      expect(store.sinceLastPush()).toBe(1);
    });

    test('a push that failed does not reset the count', async () => {
      using place = newPlace();
      using store = place.open();
      finishCycle(store, 0);
      await store.append([aRecord()]);
      store.seal(DUE_AT_MS);
      store.seal(DUE_AT_MS + 1);
      expect(store.sinceLastPush()).toBe(1);
    });
  });
}

function finishCycle(store: CycleStore, hour: number): void {
  store.begin(cycleAt(hour), [], DUE_AT_MS + hour * HOUR_MS);
  store.finish(cycleAt(hour).cycleId, DUE_AT_MS + hour * HOUR_MS + 1);
}
