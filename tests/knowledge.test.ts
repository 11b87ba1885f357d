import { describe, expect, test } from 'bun:test';
import { NO_NEEDS } from '../src/domain/verdict.ts';
import { createKnowledge } from '../src/knowledge.ts';
import type { RollupReader } from '../src/ports.ts';
import { createRecent } from '../src/recent.ts';
import { aSample, WORLD_BEGAN_MS } from './support/sample-world.ts';

const INTERVAL_MS = 1_800_000;
const CYCLES = 48;
const LAST_AT_MS = WORLD_BEGAN_MS + (CYCLES - 1) * INTERVAL_MS;
const MODEL = 'acme/Thinker-7B';

/** Two providers that answered each cycle, looked at so many intervals after the last. */
function knowledgeAfter(intervals: number, first = 0) {
  const recent = createRecent();
  for (let cycle = first; cycle < CYCLES; cycle++) {
    for (const providerName of ['swiftcloud', 'cobalt']) {
      const dueAtMs = WORLD_BEGAN_MS + cycle * INTERVAL_MS;
      recent.add(aSample({ dueAtMs, providerName, attemptId: `${providerName}${cycle}` }));
    }
  }
  const nowMs = LAST_AT_MS + intervals * INTERVAL_MS;
  const store = {} as RollupReader;
  const time = { nowMs: () => nowMs, intervalMs: INTERVAL_MS };
  const knowledge = createKnowledge({ recent, store, catalog: () => null, ...time, location: 'local' });
  const window = { sinceMs: nowMs - 48 * INTERVAL_MS, untilMs: nowMs };
  return {
    states: () => knowledge.model(MODEL, window)!.endpoints.map(({ state }) => state.state),
    recommended: () => knowledge.recommend(MODEL, 'balanced', NO_NEEDS, window)!.provider,
    why: () => knowledge.recommend(MODEL, 'balanced', NO_NEEDS, window)!.reasons[0],
    finding: () => knowledge.checks({ modelId: MODEL, provider: 'cobalt' })!.finding,
  };
}

describe('where we have asked nobody', () => {
  test.each([3, 12])('for %i intervals all is said as it was when we last did', (intervals) => {
    const { states, recommended, finding } = knowledgeAfter(intervals);

    expect(states()).toEqual(['healthy', 'healthy']);
    expect(recommended()).not.toBeNull();
    expect(finding()).toBe('answers');
  });

  test('for longer nothing is known any more', () => {
    const { states, recommended, finding, why } = knowledgeAfter(13);

    expect(states()).toEqual(['no_data', 'no_data']);
    expect(recommended()).toBeNull();
    expect(finding()).toBe('too_early');
    expect(why()).toBe('No recent data');
  });
});

test('after two rounds it is too early to say who answers, and nobody is said not to', () => {
  const { states, why } = knowledgeAfter(0, CYCLES - 2);

  expect(states()).toEqual(['no_data', 'no_data']);
  expect(why()).toBe('Too little data: 12 measured replies are needed (cobalt: n = 1)');
});
