import { describe, expect, test } from 'bun:test';
import { createTraffic } from '../../src/schedule/traffic.ts';

const at = (modelId: string, provider: string) => ({ modelId, provider });
const traffic = (concurrency = 32, concurrencyPerProvider: number | null = 2) =>
  createTraffic({ concurrency, concurrencyPerProvider });

describe('a question beside the cycles', () => {
  test('is not asked of a target that is being asked', () => {
    const { enter } = traffic();
    const place = enter(at('a/1', 'p'))!;
    expect(enter(at('a/1', 'p'))).toBeNull();
    place[Symbol.dispose]();
    expect(enter(at('a/1', 'p'))).not.toBeNull();
  });

  test('finds no room at a provider, or at all, where others have taken it', () => {
    const narrow = traffic(3);
    expect([at('a/1', 'p'), at('a/2', 'p'), at('a/3', 'p'), at('a/1', 'q'), at('a/2', 'q')].map(narrow.enter)).toEqual([
      expect.anything(),
      expect.anything(),
      null,
      expect.anything(),
      null,
    ]);
    expect(traffic(32, null).enter(at('a/1', 'p'))).not.toBeNull();
  });

  test('waits until the cycle has its answer from the target, and leaves the others of its provider their places', () => {
    const { cycleBegins, settled, cycleEnds, enter } = traffic();
    cycleBegins([at('a/1', 'p'), at('a/2', 'p'), at('a/3', 'p')]);
    settled(at('a/1', 'p'));
    expect(enter(at('a/1', 'p'))).toBeNull();
    settled(at('a/2', 'p'));
    expect(enter(at('a/3', 'p'))).toBeNull();
    expect(enter(at('a/1', 'p'))).not.toBeNull();
    cycleEnds();
    expect(enter(at('a/3', 'p'))).not.toBeNull();
  });

  test('is overtaken by a cycle', () => {
    const { cycleBegins, enter } = traffic();
    const { overtaken } = enter(at('a/1', 'p'))!;
    expect(overtaken.aborted).toBe(false);
    cycleBegins([]);
    expect(overtaken.aborted).toBe(true);
  });
});
