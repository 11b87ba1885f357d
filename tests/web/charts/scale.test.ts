import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import {
  linear,
  linearTicks,
  logarithmic,
  logTicks,
  medianOf,
  pathOf,
  timeTicks,
  upwards,
} from '../../../src/web/charts/scale.ts';

const DAY_MS = 24 * 3600 * 1000;

describe('a scale', () => {
  test('gives places in per cent, and holds to its ends', () => {
    const scale = linear(0, 200);
    expect([scale(0), scale(50), scale(200), scale(-1), scale(900)]).toEqual([0, 25, 100, 0, 100]);
  });

  test('puts everything in the middle where both ends are the same', () => {
    expect(linear(7, 7)(7)).toBe(50);
  });

  test('has equal factors equally far apart where it is logarithmic', () => {
    const scale = logarithmic(1, 10_000);
    expect([scale(1), scale(10), scale(100), scale(10_000)]).toEqual([0, 25, 50, 100]);
  });

  test('knows no place of nothing on a logarithmic axis, and takes its foot', () => {
    expect(logarithmic(1, 10)(0)).toBe(0);
  });

  test('counts from the top where it goes upwards', () => {
    expect(upwards(linear(0, 10))(2)).toBe(80);
  });
});

describe('ticks', () => {
  test('are round, begin at 0, and are at most five', () => {
    expect(linearTicks(1600)).toEqual([0, 500, 1000, 1500]);
    expect(linearTicks(0.35)).toEqual([0, 0.1, 0.2, 0.3]);
    expect(linearTicks(0)).toEqual([0]);
  });

  test('are 1, 2 and 5 of each power of ten on a logarithmic axis, and only the powers on a long one', () => {
    expect(logTicks(30, 1200)).toEqual([50, 100, 200, 500, 1000]);
    expect(logTicks(1, 10_000)).toEqual([1, 10, 100, 1000, 10_000]);
  });

  test('of time are round moments in UTC', () => {
    const sinceMs = Date.parse('2026-07-31T12:10:00Z');
    expect(timeTicks(sinceMs, sinceMs + DAY_MS).at.map((at) => new Date(at).toISOString().slice(11, 16))).toEqual([
      '18:00',
      '00:00',
      '06:00',
      '12:00',
    ]);
  });

  test('are few and inside, whatever the window and the values', () => {
    const window = fc.tuple(fc.integer({ min: 0, max: 2e12 }), fc.integer({ min: 1, max: 400 * DAY_MS }));
    fc.assert(
      fc.property(window, fc.double({ min: 1e-6, max: 1e9, noNaN: true }), ([sinceMs, lengthMs], most) => {
        const times = timeTicks(sinceMs, sinceMs + lengthMs).at;
        expect(times.length).toBeLessThanOrEqual(6);
        expect(times.every((at) => at >= sinceMs && at < sinceMs + lengthMs)).toBe(true);
        const values = linearTicks(most);
        expect(values.length).toBeLessThanOrEqual(5);
        expect(values.every((value) => value >= 0 && value <= most * (1 + 1e-9))).toBe(true);
        expect(logTicks(most, most * 1000).length).toBeLessThanOrEqual(10);
      }),
    );
  });
});

test('a path has one line per run, and of a run of one a dot', () => {
  expect(
    pathOf([
      [
        [0, 1],
        [2, 3],
      ],
      [],
      [[5, 6]],
    ]),
  ).toBe('M0 1L2 3M5 6h.01');
});

test('the median is of what is known', () => {
  expect([medianOf([3, null, 1, 2]), medianOf([1, 2]), medianOf([null]), medianOf([])]).toEqual([2, 1.5, null, null]);
});
