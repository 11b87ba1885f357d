import { describe, expect, test } from 'bun:test';
import { type Figure, isMet } from '../../bench/bench.ts';

const figure = (ours: Figure['ours'], peers: Figure['peers'] = {}): Figure => ({
  name: 'TTFT',
  unit: 'ms',
  ours,
  peers,
});

describe('a goal', () => {
  test('without which a figure is only shown is neither met nor missed', () => {
    expect(isMet(figure(1), undefined)).toBeNull();
  });

  test('is met at its limit and missed above it', () => {
    expect(isMet(figure(10), { atMost: 10 })).toBe(true);
    expect(isMet(figure(10.01), { atMost: 10 })).toBe(false);
  });

  test('holds for each part of a figure that it speaks of', () => {
    expect(isMet(figure([0.1, 2, 30]), { atMost: [0.2, 2] })).toBe(true);
    expect(isMet(figure([0.1, 2.1, 30]), { atMost: [0.2, 2] })).toBe(false);
    expect(isMet(figure([0.5, 2, 30]), { atMost: [null, 2] })).toBe(true);
  });

  test('to be ahead is missed as soon as one peer is better in one of those parts', () => {
    const goal = { aheadInFirst: 2 };
    expect(isMet(figure([1, 2, 9], { a: [1.5, 3, 4], b: [2, 2.5, 4] }), goal)).toBe(true);
    expect(isMet(figure([1, 2, 9], { a: [1.5, 1.9, 4], b: [2, 2.5, 4] }), goal)).toBe(false);
  });

  test('to be ahead asks nothing of a peer that has no such figure', () => {
    expect(isMet(figure([1, 2], { a: [3, 3], b: null }), { aheadInFirst: 2 })).toBe(true);
    expect(isMet(figure([1, 2], { b: null }), { aheadInFirst: 2 })).toBeNull();
  });

  test('relative to a peer is met up to that many times its figure', () => {
    const goal = { atMostTimes: { peer: 'fetch', times: 1.5 } };
    expect(isMet(figure(6, { fetch: 4 }), goal)).toBe(true);
    expect(isMet(figure(6.1, { fetch: 4 }), goal)).toBe(false);
    expect(isMet(figure(6, {}), goal)).toBeNull();
  });

  test('is not met by a figure that is unknown, whatever else is fine', () => {
    expect(isMet(figure([0.1, null]), { atMost: [0.2, 2] })).toBeNull();
    expect(isMet(figure([0.3, null]), { atMost: [0.2, 2] })).toBe(false);
  });
});
