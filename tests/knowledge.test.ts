import { describe, expect, test } from 'bun:test';
import { NO_NEEDS } from '../src/domain/verdict.ts';
import { createKnowledge } from '../src/knowledge.ts';
import { createRecent } from '../src/recent.ts';
import { aSample, WORLD_BEGAN_MS } from './support/sample-world.ts';

const INTERVAL_MS = 1_800_000;
const CYCLES = 48;
const LAST_AT_MS = WORLD_BEGAN_MS + (CYCLES - 1) * INTERVAL_MS;
const MODEL = 'acme/Thinker-7B';

/** Two providers that answered each cycle, looked at so many intervals after the last. */
function knowledgeAfter(intervals: number) {
  const recent = createRecent();
  for (let cycle = 0; cycle < CYCLES; cycle++) {
    for (const providerName of ['swiftcloud', 'cobalt']) {
      const dueAtMs = WORLD_BEGAN_MS + cycle * INTERVAL_MS;
      recent.add(aSample({ dueAtMs, providerName, attemptId: `${providerName}${cycle}` }));
    }
  }
  const nowMs = LAST_AT_MS + intervals * INTERVAL_MS;
  const store = { lastGood: () => null } as unknown as Parameters<typeof createKnowledge>[0]['store'];
  const knowledge = createKnowledge({ recent, store, nowMs: () => nowMs, intervalMs: INTERVAL_MS, location: 'local' });
  const window = { sinceMs: nowMs - 48 * INTERVAL_MS, untilMs: nowMs };
  return {
    states: () => knowledge.model(MODEL, window)!.endpoints.map(({ state }) => state.state),
    recommended: () => knowledge.recommend(MODEL, 'balanced', NO_NEEDS, window)!.provider,
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
    const { states, recommended, finding } = knowledgeAfter(13);

    expect(states()).toEqual(['no_data', 'no_data']);
    expect(recommended()).toBeNull();
    expect(finding()).toBe('too_early');
  });
});
