import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { isWithinBudget, leftOverUsd, placeInDay } from '../../src/schedule/thinning.ts';

const DAY_MS = 24 * 3600 * 1000;
const MIDNIGHT_MS = Date.parse('2026-08-03T00:00:00.000Z');

interface Day {
  readonly count: number;
  readonly budgetUsd: number;
  /** What the cycle of that index really costs. */
  readonly costUsd: (index: number) => number;
  /** What it is expected to cost; absent: what it does. */
  readonly expectedUsd?: (index: number) => number;
  /** We are down for these. */
  readonly isDown?: (index: number) => boolean;
}

/** Plays the cycles of a day. Nothing is remembered but what a store keeps: the money spent and the last cycle asked. */
function play({ count, budgetUsd, costUsd, expectedUsd = costUsd, isDown = () => false }: Day) {
  const asked: number[] = [];
  let spentUsd = 0;
  for (let index = 0; index < count; index++) {
    if (isDown(index)) continue;
    const askedAgo = asked.length === 0 ? null : index - asked.at(-1)!;
    if (!isWithinBudget({ index, count, budgetUsd, spentUsd, expectedUsd: expectedUsd(index), askedAgo })) continue;
    asked.push(index);
    spentUsd += costUsd(index);
  }
  return { asked, spentUsd };
}

const gaps = (indexes: readonly number[]) => indexes.slice(1).map((index, at) => index - indexes[at]!);
const counts = fc.integer({ min: 1, max: 300 });
const usd = fc.double({ min: 0.0001, max: 100, noNaN: true });

describe('a budget', () => {
  test('of half the cost asks every second cycle', () => {
    const { asked } = play({ count: 48, budgetUsd: 2.4, costUsd: () => 0.1 });

    expect(asked).toEqual(Array.from({ length: 24 }, (_, at) => 2 * at));
  });

  test('of four cycles asks one in the middle of each quarter of the day', () => {
    expect(play({ count: 48, budgetUsd: 4, costUsd: () => 1 }).asked).toEqual([5, 17, 29, 41]);
  });

  test('of one cycle asks it at noon', () => {
    expect(play({ count: 48, budgetUsd: 1, costUsd: () => 1 }).asked).toEqual([23]);
  });

  test('of 0 asks nothing, even where asking costs nothing', () => {
    expect(play({ count: 48, budgetUsd: 0, costUsd: () => 0 }).asked).toEqual([]);
    expect(play({ count: 48, budgetUsd: 0, costUsd: () => 1 }).asked).toEqual([]);
  });

  test('below the cost of one cycle asks nothing', () => {
    expect(play({ count: 48, budgetUsd: 0.99, costUsd: () => 1 }).asked).toEqual([]);
  });

  test('leaves out nothing where asking costs nothing', () => {
    expect(play({ count: 48, budgetUsd: 0.01, costUsd: () => 0 }).asked).toHaveLength(48);
  });

  test('that is large enough leaves out nothing, however unequal the cycles are', () => {
    fc.assert(
      fc.property(fc.array(usd, { minLength: 1, maxLength: 300 }), (costs) => {
        const sum = costs.reduce((total, cost) => total + cost, 0);
        const mean = sum / costs.length;
        const day = { count: costs.length, costUsd: () => mean, budgetUsd: sum };
        expect(play(day).asked).toHaveLength(costs.length);

        const dearest = Math.max(...costs) * costs.length;
        expect(play({ ...day, costUsd: (index) => costs[index]!, budgetUsd: dearest }).asked).toHaveLength(
          costs.length,
        );
      }),
    );
  });
});

describe('the cycles that are asked', () => {
  test('are as many as the budget affords, as evenly spread as the grid lets them, the ends of the day as well', () => {
    fc.assert(
      fc.property(counts, fc.double({ min: 0, max: 400, noNaN: true }), usd, (count, cycles, costUsd) => {
        const affordable = Math.min(Math.floor(cycles + 1e-9), count);
        const { asked } = play({ count, budgetUsd: cycles * costUsd, costUsd: () => costUsd });

        expect(asked).toHaveLength(affordable);
        if (affordable === 0) return;
        const ideal = count / affordable;
        for (const gap of gaps(asked)) expect([Math.floor(ideal), Math.ceil(ideal)]).toContain(gap);
        expect(asked[0]!).toBeLessThanOrEqual(ideal / 2);
        expect(count - asked.at(-1)!).toBeLessThanOrEqual(ideal / 2 + 1);
      }),
      { numRuns: 500 },
    );
  });

  test('never cost more than the budget and what one cycle went beyond its expectation', () => {
    const factors = fc.array(fc.double({ min: 0, max: 5, noNaN: true }), { minLength: 300, maxLength: 300 });
    fc.assert(
      fc.property(counts, usd, usd, factors, (count, budgetUsd, expectedUsd, factor) => {
        const costUsd = (index: number) => expectedUsd * factor[index]!;
        const { asked, spentUsd } = play({ count, budgetUsd, costUsd, expectedUsd: () => expectedUsd });

        const excess = Math.max(0, ...asked.map((index) => costUsd(index) - expectedUsd));
        expect(spentUsd).toBeLessThanOrEqual((budgetUsd + excess) * (1 + 1e-6));
      }),
    );
  });

  test('are, after a pause, spread over the rest of the day and not caught up at once', () => {
    const morningOff = { count: 48, costUsd: () => 1, isDown: (index: number) => index < 24 };

    expect(play({ ...morningOff, budgetUsd: 4 }).asked).toEqual([24, 30, 36, 42]);
    expect(play({ ...morningOff, budgetUsd: 24 }).asked).toHaveLength(24);
    expect(play({ ...morningOff, budgetUsd: 48 }).asked).toHaveLength(24);
  });

  test('are no more and no closer together for any pauses', () => {
    fc.assert(
      fc.property(counts, fc.integer({ min: 1, max: 300 }), fc.array(fc.nat(300)), (count, cycles, downAt) => {
        const down = new Set(downAt);
        const isDown = (index: number) => down.has(index);
        const { asked } = play({ count, budgetUsd: cycles, costUsd: () => 1, isDown });

        expect(asked.length).toBeLessThanOrEqual(cycles);
        expect(new Set(asked).size).toBe(asked.length);
        asked.forEach((index, at) => {
          const affordable = cycles - at;
          const ideal = Math.floor((count - index) / affordable);
          if (at > 0) expect(index - asked[at - 1]!).toBeGreaterThanOrEqual(Math.min(ideal, count));
        });
      }),
    );
  });

  test('are not thinned twice by a change of mind about the cost: cheaper cycles than expected are followed by more', () => {
    const { asked, spentUsd } = play({
      count: 48,
      budgetUsd: 12,
      costUsd: () => 0.5,
      expectedUsd: (index) => (index < 10 ? 2 : 0.5),
    });

    expect(asked.length).toBeGreaterThan(20);
    expect(Math.max(...gaps(asked.filter((index) => index >= 10)))).toBeLessThanOrEqual(2);
    expect(spentUsd).toBeLessThanOrEqual(12);
  });
});

describe('the place of a cycle in its UTC day', () => {
  test('is its number on the grid, from midnight', () => {
    expect(placeInDay(MIDNIGHT_MS, 1_800_000)).toEqual({ index: 0, count: 48 });
    expect(placeInDay(MIDNIGHT_MS + 47 * 1_800_000, 1_800_000)).toEqual({ index: 47, count: 48 });
    expect(placeInDay(MIDNIGHT_MS + 12.4 * 1_800_000, 1_800_000)).toEqual({ index: 12, count: 48 });
  });

  test('is the only one where the interval is a day or more', () => {
    expect(placeInDay(MIDNIGHT_MS, DAY_MS)).toEqual({ index: 0, count: 1 });
    expect(placeInDay(MIDNIGHT_MS + 5000, 7 * DAY_MS)).toEqual({ index: 0, count: 1 });
  });

  test('counts every point of the grid once, also where the interval does not divide the day', () => {
    fc.assert(
      fc.property(fc.integer({ min: 10_000, max: 604_800 }), fc.nat(10_000), (seconds, days) => {
        const intervalMs = seconds * 1000;
        const dayMs = MIDNIGHT_MS + days * DAY_MS;
        const places = [];
        for (let dueMs = Math.ceil(dayMs / intervalMs) * intervalMs; dueMs < dayMs + DAY_MS; dueMs += intervalMs) {
          places.push(placeInDay(dueMs, intervalMs));
        }
        expect(places).toEqual(places.map((_, index) => ({ index, count: places.length })));
      }),
    );
  });
});

describe('what is left for questions beside the cycles', () => {
  const left = (budgetUsd: number, spentUsd = 0, index = 0, expectedUsd = 1) =>
    leftOverUsd({ index, count: 10, budgetUsd, spentUsd, expectedUsd });

  test('is what the cycles still to come do not need', () => {
    expect(left(12)).toBe(2);
    expect(left(12, 5, 5)).toBe(2);
  });

  test('is, where not every cycle is affordable, what suffices for none', () => {
    expect(left(4.25)).toBe(0.25);
    expect(left(0.5)).toBe(0.5);
    expect(left(4)).toBe(0);
  });

  test('is nothing when the budget is spent, and all of it when cycles cost nothing', () => {
    expect([left(0), left(3, 4)]).toEqual([0, 0]);
    expect(left(3, 1, 0, 0)).toBe(2);
  });

  test('never takes a cycle away', () => {
    const usd = fc.double({ min: 0.01, max: 100, noNaN: true });
    fc.assert(
      fc.property(usd, usd, fc.nat(9), (budgetUsd, expectedUsd, index) => {
        const affordable = (spentUsd: number) => Math.floor((budgetUsd - spentUsd) / expectedUsd + 1e-9);
        const spare = leftOverUsd({ index, count: 10, budgetUsd, spentUsd: 0, expectedUsd });
        const toCome = Math.min(affordable(0), 10 - index);
        expect(affordable(spare)).toBeGreaterThanOrEqual(toCome);
      }),
    );
  });
});
