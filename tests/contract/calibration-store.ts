import { describe, expect, test } from 'bun:test';
import type { CalibrationStore } from '../../src/ports.ts';
import { aCalibration, aCycle, aMomentError, DUE_AT_MS } from '../support/builders.ts';
import type { Place } from './place.ts';

export function describeCalibrationStore(name: string, newPlace: () => Promise<Place<CalibrationStore>>): void {
  describe(`${name} as a calibration store`, () => {
    test('has none before one is saved', async () => {
      await using place = await newPlace();
      await using store = await place.open();
      expect(await store.lastCalibration()).toBeNull();
    });

    test('returns the one saved last, moment by moment in their order, also after a restart', async () => {
      await using place = await newPlace();
      const errors = [
        aMomentError({ moment: 'all' }),
        aMomentError({ moment: 'usage_ms', n: 3, p50Ms: null, p99Ms: null }),
        aMomentError({ moment: 'headers_ms' }),
      ];
      const last = aCalibration({ cycleId: 'last', errors });
      {
        await using store = await place.open();
        await store.saveCalibration(aCalibration({ cycleId: 'first' }));
        await store.saveCalibration(last);
      }
      await using store = await place.open();
      expect(await store.lastCalibration()).toEqual(last);
    });

    test('a clock that was set back does not change which one was the last', async () => {
      await using place = await newPlace();
      await using store = await place.open();
      await store.saveCalibration(aCalibration({ cycleId: 'first', finishedAtMs: DUE_AT_MS }));
      await store.saveCalibration(aCalibration({ cycleId: 'second', finishedAtMs: DUE_AT_MS - 1 }));
      expect((await store.lastCalibration())?.cycleId).toBe('second');
    });

    test('keeps one for each cycle: the first', async () => {
      await using place = await newPlace();
      await using store = await place.open();
      const { cycleId } = aCycle();
      await store.saveCalibration(aCalibration({ cycleId, clockBoundMs: 0.1 }));
      await store.saveCalibration(aCalibration({ cycleId, clockBoundMs: 0.2 }));
      expect(await store.lastCalibration()).toEqual(aCalibration({ cycleId, clockBoundMs: 0.1 }));
    });
  });
}
