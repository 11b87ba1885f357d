import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { targetKey } from '../../src/domain/ids.ts';
import { type Colleague, shareOf } from '../../src/fleet/offline.ts';
import { aPlannedProbe, aTarget } from '../support/builders.ts';

const fleets = fc.uniqueArray(
  fc.record({ workerId: fc.string({ minLength: 1, maxLength: 6 }), location: fc.constantFrom('eu', 'us', 'asia') }),
  { minLength: 1, maxLength: 9, selector: ({ workerId }) => workerId },
);
const plans = fc
  .uniqueArray(fc.tuple(fc.integer({ min: 1, max: 12 }), fc.constantFrom('amber', 'cobalt', 'slate')), {
    maxLength: 30,
    selector: ([model, provider]) => `${model} ${provider}`,
  })
  .map((pairs) =>
    pairs.map(([model, provider]) => aPlannedProbe({ target: aTarget({ modelId: `acme/${model}`, provider }) })),
  );
const commons = fc.record({
  perProvider: fc.option(fc.integer({ min: 1, max: 12 })),
  leftUsd: fc.option(fc.double({ min: 0, max: 100, noNaN: true })),
});

describe('while the database is out of reach, the shares of a fleet', () => {
  test('give each target to at most one worker of a place, and to one where the limits leave each a slot', () => {
    fc.assert(
      fc.property(fleets, plans, commons, (workers, plan, common) => {
        for (const [, here] of Map.groupBy(workers, ({ location }) => location)) {
          const asked = here.flatMap((worker) => shareOf(plan, worker, { ...common, workers }).probes);
          const keys = asked.map(({ target }) => targetKey(target));
          expect(new Set(keys).size).toBe(keys.length);
          if (common.perProvider === null || common.perProvider >= workers.length)
            expect(keys).toHaveLength(plan.length);
        }
      }),
      { numRuns: 60 },
    );
  });

  test('never pass the limit of a provider together, and leave no slot of it', () => {
    fc.assert(
      fc.property(fleets, fc.integer({ min: 1, max: 12 }), (workers, perProvider) => {
        const slots = workers.map((worker) =>
          shareOf([], worker, { workers, perProvider, leftUsd: null }).slotsOf('amber'),
        );
        expect(slots.reduce((sum, n) => sum + n, 0)).toBe(perProvider);
      }),
      { numRuns: 60 },
    );
  });

  test('never pass together what was left of the budget', () => {
    fc.assert(
      fc.property(fleets, fc.double({ min: 0, max: 1000, noNaN: true }), (workers, leftUsd) => {
        const shares = workers.map(
          (worker) => shareOf([], worker, { workers, perProvider: null, leftUsd }).budgetUsd ?? 0,
        );
        expect(shares.reduce((sum, usd) => sum + usd, 0)).toBeLessThanOrEqual(leftUsd + 1e-9);
      }),
      { numRuns: 60 },
    );
  });

  test('deal every place one slot before one gets two', () => {
    const workers: readonly Colleague[] = ['eu', 'eu', 'eu', 'us'].map((location, i) => ({
      workerId: `w${i}`,
      location,
    }));
    const slotsAt = (place: string) =>
      workers
        .filter(({ location }) => location === place)
        .map((worker) => shareOf([], worker, { workers, perProvider: 2, leftUsd: null }).slotsOf('amber'))
        .reduce((sum, n) => sum + n, 0);

    expect([slotsAt('eu'), slotsAt('us')]).toEqual([1, 1]);
  });

  test('ask nothing of a provider without a slot of it, and nothing that is skipped', () => {
    const workers: readonly Colleague[] = ['a', 'b', 'c'].map((workerId) => ({ workerId, location: 'eu' }));
    const plan = [
      ...Array.from({ length: 8 }, (_, i) => aPlannedProbe({ target: aTarget({ modelId: `acme/${i}` }) })),
      aPlannedProbe({ target: aTarget({ modelId: 'acme/old' }), skip: 'delisted' }),
    ];
    const asked = workers.map((worker) => {
      const share = shareOf(plan, worker, { workers, perProvider: 1, leftUsd: null });
      return [share.slotsOf('swiftcloud'), share.probes.length];
    });
    expect(asked.toSorted()).toEqual([
      [0, 0],
      [0, 0],
      [1, 8],
    ]);
  });

  test('belong to nobody who is not known to the others', () => {
    const workers: readonly Colleague[] = [{ workerId: 'a', location: 'eu' }];
    const share = shareOf(
      [aPlannedProbe()],
      { workerId: 'b', location: 'eu' },
      { workers, perProvider: null, leftUsd: null },
    );
    expect(share.probes).toEqual([]);
  });
});
