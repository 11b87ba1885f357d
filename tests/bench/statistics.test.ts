import { describe, expect, test } from 'bun:test';
import { median, mediansOf, slopeOf } from '../../bench/statistics.ts';

describe('the median', () => {
  test('is the middle value, or the mean of the two in the middle', () => {
    expect([median([3, 1, 2]), median([4, 1, 3, 2]), median([])]).toEqual([2, 2.5, null]);
  });

  test('over runs is taken part by part, and unknown where half of the runs do not know it', () => {
    expect(
      mediansOf([
        [1, null],
        [3, 7],
        [2, null],
      ]),
    ).toEqual([2, null]);
  });
});

describe('a slope', () => {
  test('of points on a line has no error', () => {
    const { perX, errorPerX } = slopeOf([0, 1, 2, 3].map((x) => [x, 5 + 2 * x]));
    expect(perX).toBeCloseTo(2, 10);
    expect(errorPerX).toBeCloseTo(0, 10);
  });

  test('of points that go up and down contains zero within its error', () => {
    const { perX, errorPerX } = slopeOf([0, 1, 2, 3, 4, 5, 6, 7].map((x) => [x, x % 2]));
    expect(Math.abs(perX)).toBeLessThan(errorPerX);
  });
});
