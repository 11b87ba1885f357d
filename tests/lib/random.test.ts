import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { seededRandom, shuffled } from '../../src/lib/random.ts';

const first = (seed: string, count: number) => {
  const random = seededRandom(seed);
  return Array.from({ length: count }, random);
};

test('the same seed gives the same numbers, another seed others', () => {
  expect(first('a', 100)).toEqual(first('a', 100));
  expect(first('a', 100)).not.toEqual(first('b', 100));
});

test('numbers of a seed never change from version to version', () => {
  // From an implementation of sfc32 written apart, in Python.
  expect(first('cycle', 3)).toEqual([0.8426388020161539, 0.8846306502819061, 0.7316285655833781]);
});

test('numbers are spread evenly over [0, 1)', () => {
  const tenths = Map.groupBy(first('seed', 10_000), (number) => Math.floor(number * 10));

  expect([...tenths.keys()].sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  expect(Math.min(...[...tenths.values()].map(({ length }) => length))).toBeGreaterThan(900);
});

test('a shuffle is a permutation and leaves its input alone', () => {
  fc.assert(
    fc.property(fc.array(fc.integer()), fc.string(), (items, seed) => {
      const before = [...items];
      const sorted = (list: readonly number[]) => list.toSorted((a, b) => a - b);

      expect(sorted(shuffled(items, seededRandom(seed)))).toEqual(sorted(items));
      expect(items).toEqual(before);
    }),
    { seed: 1 },
  );
});

test('every order of a shuffle is about as likely', () => {
  const random = seededRandom('orders');
  const orders = Map.groupBy(
    Array.from({ length: 6000 }, () => shuffled(['a', 'b', 'c'], random).join('')),
    (order) => order,
  );

  expect(orders.size).toBe(6);
  expect(Math.min(...[...orders.values()].map(({ length }) => length))).toBeGreaterThan(850);
});
