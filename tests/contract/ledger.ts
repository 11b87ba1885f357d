import { describe, expect, test } from 'bun:test';
import type { AttemptStore, CatalogStore, Ledger } from '../../src/ports.ts';
import { aCatalog, aRecord, aSkippedRecord, aTarget } from '../support/builders.ts';
import type { Place } from './place.ts';

const YESTERDAY = { cycleTimestampIso: '2026-08-02T23:30:00.000Z' };
const unpriced = { priceInputUsdPerMtok: null, priceOutputUsdPerMtok: null };
const million = { promptTokens: 1_000_000, completionTokens: 1_000_000 };

export function describeLedger(
  name: string,
  newPlace: () => Promise<Place<Ledger & AttemptStore & CatalogStore>>,
): void {
  describe(`${name} as a ledger`, () => {
    test('knows of a day without attempts that it cost nothing', async () => {
      await using place = await newPlace();
      await using store = await place.open();
      expect(await store.spentOn('2026-08-03')).toEqual({ knownUsd: 0, estimatedUsd: 0 });
      expect(await store.costsSince('2026-08-01')).toEqual([]);
    });

    test('sums up by the UTC day on which the cycle was due, however late it ran, also after a restart', async () => {
      await using place = await newPlace();
      {
        await using store = await place.open();
        await store.append([aRecord({ ...YESTERDAY, requestStartIso: '2026-08-03T00:10:00.000Z', costUsd: 0.5 })]);
        await store.append([
          aRecord({ attempt: 1, final: false, costUsd: 0.1 }),
          aRecord({ attempt: 2, costUsd: 0.2 }),
        ]);
      }
      await using store = await place.open();
      expect(await store.spentOn('2026-08-02')).toEqual({ knownUsd: 0.5, estimatedUsd: 0 });
      expect(await store.spentOn('2026-08-03')).toEqual({ knownUsd: 0.3, estimatedUsd: 0 });
    });

    test('keeps estimates apart, by the prices of the last catalogue', async () => {
      await using place = await newPlace();
      await using store = await place.open();
      const dearYesterday = aTarget({ provider: 'left', priceInputUsdPerMtok: 1000, priceOutputUsdPerMtok: 1000 });
      await store.save(aCatalog({ fetchedAtMs: 1, targets: [dearYesterday] }));
      await store.save(aCatalog({ fetchedAtMs: 2, targets: [aTarget(), aTarget({ provider: 'gale', ...unpriced })] }));
      await store.append([
        aRecord({ costUsd: 0.25 }),
        aRecord({ providerName: 'gale', ...unpriced, ...million, costUsd: null }),
      ]);
      expect(await store.spentOn('2026-08-03')).toEqual({ knownUsd: 0.25, estimatedUsd: 0.5 + 1.5 });
    });

    test('counts an attempt once, however often it is appended, and not at all where it is refused', async () => {
      await using place = await newPlace();
      await using store = await place.open();
      await store.append([aRecord({ costUsd: 0.25 })]);
      await store.append([aRecord({ costUsd: 0.25 })]);
      const secondFinal = [aRecord({ modelId: 'acme/Other', costUsd: 1 }), aRecord({ attempt: 2, costUsd: 1 })];
      await expect(store.append(secondFinal)).rejects.toThrow();
      expect(await store.spentOn('2026-08-03')).toEqual({ knownUsd: 0.25, estimatedUsd: 0 });
    });

    test('tells what an attempt of each target cost on average since a day, where that is known', async () => {
      await using place = await newPlace();
      await using store = await place.open();
      await store.append([
        aRecord({ ...YESTERDAY, costUsd: 0.1 }),
        aRecord({ attempt: 1, final: false, costUsd: 0.2 }),
        aRecord({ attempt: 2, costUsd: 0.6 }),
        aRecord({ providerName: 'gale', ...unpriced, costUsd: null }),
        aSkippedRecord({ providerName: 'idle' }),
        aRecord({ probeKind: 'confirm', costUsd: 0.001 }),
      ]);
      const target = { modelId: 'acme/Thinker-7B', provider: 'swiftcloud' };
      expect(await store.costsSince('2026-08-03')).toEqual([{ ...target, usd: 0.4 }]);
      expect((await store.costsSince('2026-08-02'))[0]!.usd).toBeCloseTo(0.3, 12);
    });
  });
}
