import { describe, expect, test } from 'bun:test';
import type { IncidentStore } from '../../src/ports.ts';
import { aFoundIncident, DUE_AT_MS } from '../support/builders.ts';
import type { Place } from './place.ts';

const MINUTE_MS = 60_000;
const said = (reason: string) => ({ atMs: DUE_AT_MS, reason });

export function describeIncidentStore(name: string, newPlace: () => Promise<Place<IncidentStore>>): void {
  describe(`${name} as an incident store`, () => {
    const ids = (incidents: readonly { readonly incidentId: string }[]) =>
      incidents.map(({ incidentId }) => incidentId);

    test('returns what was found as it was, with no remark yet, also after a restart', async () => {
      await using place = await newPlace();
      const found = aFoundIncident({ says: 'a\n"b" 👋', figures: { ratio: 1.5 }, evidence: ['x', 'y'] });
      {
        await using store = await place.open();
        await store.saveIncidents([found]);
      }
      await using store = await place.open();
      expect(await store.incident(found.incidentId)).toEqual({ ...found, acknowledged: null, silenced: null });
      expect(await store.incident('another')).toBeNull();
    });

    test('what is found again replaces what was known, and remarks stay', async () => {
      await using place = await newPlace();
      await using store = await place.open();
      const found = aFoundIncident();
      await store.saveIncidents([found]);
      expect(await store.acknowledge(found.incidentId, said('on it'))).toBe(true);
      expect(await store.silence(found.incidentId, said('known'))).toBe(true);
      const ended = { ...found, endedAtMs: DUE_AT_MS + MINUTE_MS, endReason: 'recovered' as const };
      await store.saveIncidents([ended]);
      expect(await store.incidents()).toEqual([{ ...ended, acknowledged: said('on it'), silenced: said('known') }]);
    });

    test('a remark can be taken back, and none is taken of an incident that is not there', async () => {
      await using place = await newPlace();
      await using store = await place.open();
      const { incidentId } = aFoundIncident();
      expect(await store.silence(incidentId, said('early'))).toBe(false);
      await store.saveIncidents([aFoundIncident()]);
      await store.silence(incidentId, said('for the night'));
      await store.silence(incidentId, null);
      expect((await store.incident(incidentId))?.silenced).toBeNull();
    });

    test('remembers up to when was looked from each place, together with what was found', async () => {
      await using place = await newPlace();
      {
        await using store = await place.open();
        expect(await store.judgedUntilMs('eu')).toBeNull();
        await store.saveIncidents([], { location: 'eu', untilMs: DUE_AT_MS });
        await store.saveIncidents([aFoundIncident()]);
      }
      await using store = await place.open();
      expect([await store.judgedUntilMs('eu'), await store.judgedUntilMs('us')]).toEqual([DUE_AT_MS, null]);
    });

    test('gives the newest first, as many as are wanted', async () => {
      await using place = await newPlace();
      await using store = await place.open();
      const at = (minutes: number) =>
        aFoundIncident({ incidentId: `at ${minutes}`, startedAtMs: DUE_AT_MS + minutes * MINUTE_MS });
      await store.saveIncidents([at(2), at(1), at(3)]);
      expect(ids(await store.incidents())).toEqual(['at 3', 'at 2', 'at 1']);
      expect(ids(await store.incidents({ limit: 1 }))).toEqual(['at 3']);
    });

    test('finds those that touch a stretch of time, those that last, and those of a kind', async () => {
      await using place = await newPlace();
      await using store = await place.open();
      const over = aFoundIncident({ incidentId: 'over', endedAtMs: DUE_AT_MS + MINUTE_MS, endReason: 'recovered' });
      const lasting = aFoundIncident({ incidentId: 'lasting', startedAtMs: DUE_AT_MS + MINUTE_MS, kind: 'slow' });
      await store.saveIncidents([over, lasting]);
      expect(ids(await store.incidents({ openOnly: true }))).toEqual(['lasting']);
      expect(ids(await store.incidents({ sinceMs: DUE_AT_MS + MINUTE_MS + 1 }))).toEqual(['lasting']);
      expect(ids(await store.incidents({ sinceMs: DUE_AT_MS + MINUTE_MS }))).toEqual(['lasting', 'over']);
      expect(ids(await store.incidents({ untilMs: DUE_AT_MS + MINUTE_MS }))).toEqual(['over']);
      expect(ids(await store.incidents({ kind: 'slow' }))).toEqual(['lasting']);
    });

    test('finds an incident of a whole provider by each model and provider that shows it', async () => {
      await using place = await newPlace();
      await using store = await place.open();
      const endpoints = ['a/1', 'a/2'].map((modelId) => ({ modelId, provider: "o'hara" }));
      await store.saveIncidents([
        aFoundIncident({ incidentId: 'wide', scope: 'provider', modelId: null, provider: "o'hara", endpoints }),
      ]);
      expect(ids(await store.incidents({ modelId: 'a/2' }))).toEqual(['wide']);
      expect(ids(await store.incidents({ provider: "o'hara" }))).toEqual(['wide']);
      expect(await store.incidents({ modelId: 'a/3' })).toEqual([]);
      expect(await store.incidents({ provider: 'a/1' })).toEqual([]);
    });
  });
}
