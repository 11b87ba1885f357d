import { describe, expect, test } from 'bun:test';
import type { CatalogStore } from '../../src/ports.ts';
import { aCatalog, aTarget, DUE_AT_MS } from '../support/builders.ts';
import type { Place } from './place.ts';

export function describeCatalogStore(name: string, newPlace: () => Promise<Place<CatalogStore>>): void {
  describe(`${name} as a catalogue store`, () => {
    test('has no catalogue before one is saved', async () => {
      await using place = await newPlace();
      await using store = await place.open();
      expect(await store.lastGood()).toBeNull();
      expect(await store.seenLiveSince(0)).toEqual([]);
    });

    test('returns the catalogue saved last, also after a restart', async () => {
      await using place = await newPlace();
      const last = aCatalog({ source: 'models-json', delisted: [aTarget({ provider: 'gone', claimedTps: null })] });
      {
        await using store = await place.open();
        for (let age = 9; age > 0; age--) await store.save(aCatalog({ fetchedAtMs: DUE_AT_MS - age, targets: [] }));
        await store.save(last);
      }
      await using store = await place.open();
      expect(await store.lastGood()).toEqual(last);
    });

    test('remembers when each target was last seen live, with what was last known of it', async () => {
      await using place = await newPlace();
      await using store = await place.open();
      const [a, b] = [aTarget({ provider: 'a' }), aTarget({ provider: 'b' })];
      const dearer = { ...b, priceOutputUsdPerMtok: 9 };
      await store.save(aCatalog({ fetchedAtMs: 1_000, targets: [a, b] }));
      await store.save(aCatalog({ fetchedAtMs: 2_000, targets: [dearer], delisted: [a] }));
      expect(await store.seenLiveSince(1_000)).toEqual([a, dearer]);
      expect(await store.seenLiveSince(1_001)).toEqual([dearer]);
      expect(await store.seenLiveSince(2_001)).toEqual([]);
    });
  });
}
