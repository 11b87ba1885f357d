import { describe, expect, test } from 'bun:test';
import type { AskedReader, AttemptStore } from '../../src/ports.ts';
import { aRecord, aSkippedRecord, DUE_AT_MS } from '../support/builders.ts';
import type { Place } from './place.ts';

const at = (minute: number) => ({ cycleTimestampIso: new Date(DUE_AT_MS + minute * 60_000).toISOString() });
const target = { modelId: 'acme/Thinker-7B', provider: 'swiftcloud' };
const failed = { outcome: 'target_error', errorClass: 'http_5xx', errorMessage: 'HTTP 500' } as const;
const trying = (feature: string) => ({ probeKind: 'feature', feature });

export function describeAskedReader(name: string, newPlace: () => Promise<Place<AskedReader & AttemptStore>>): void {
  describe(`${name} as a reader of what was asked`, () => {
    test('tells how standard and confirm probes of a place ended, oldest first, by their final attempts that were sent', async () => {
      await using place = await newPlace();
      await using store = await place.open();
      await store.append([
        aRecord({ ...at(2), probeKind: 'confirm' }),
        aRecord({ ...at(0), ...failed, final: false }),
        aRecord({ ...at(0), ...failed, attempt: 2 }),
        aRecord({ ...at(-1) }),
        aRecord({ ...at(3), ...trying('stop') }),
        aSkippedRecord(at(4)),
        aRecord({ ...at(5), location: 'far away' }),
      ]);
      expect(await store.endingsSince(DUE_AT_MS, 'local')).toEqual([
        { ...target, kind: 'standard', outcome: 'target_error', dueAtMs: DUE_AT_MS },
        { ...target, kind: 'confirm', outcome: 'ok', dueAtMs: DUE_AT_MS + 120_000 },
      ]);
    });

    test('tells which features were tried at a place, cycle by cycle', async () => {
      await using place = await newPlace();
      await using store = await place.open();
      await store.append([
        aRecord({ ...at(-1), ...trying('stop') }),
        aRecord({ ...at(0), ...trying('seed'), probeId: 'a'.repeat(32) }),
        aRecord({ ...at(0), ...trying('seed'), probeId: 'b'.repeat(32), ...failed }),
        aRecord({ ...at(2), ...trying('seed') }),
        aRecord(at(2)),
        aRecord({ ...at(3), ...trying('seed'), location: 'far away' }),
      ]);
      const trials = (await store.featureTrialsSince(DUE_AT_MS, 'local')).toSorted((a, b) => b.requests - a.requests);
      expect(trials).toEqual([
        { ...target, feature: 'seed', requests: 2, failed: 1 },
        { ...target, feature: 'seed', requests: 1, failed: 0 },
      ]);
    });
  });
}
