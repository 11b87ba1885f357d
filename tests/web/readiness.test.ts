import { describe, expect, test } from 'bun:test';
import { aHealth } from '../support/verdict-builders.ts';
import { NOW, openWeb } from './rig.ts';

const NOW_MS = Date.parse(NOW);
const INTERVAL_MS = aHealth().intervalMs;
type Health = ReturnType<typeof aHealth>;

async function readiness(health: Partial<Health>) {
  const response = await openWeb({ health }).ask('/readyz');
  const { checks } = (await response.json()) as { checks: { check: string; ok: boolean; says: string }[] };
  return {
    status: response.status,
    failing: checks.filter(({ ok }) => !ok).map(({ check, says }) => `${check}: ${says}`),
  };
}

describe('readiness', () => {
  test('it is ready when everybody is asked, nothing waits long and the disk takes records', async () => {
    expect(await readiness({})).toEqual({ status: 200, failing: [] });
  });

  test.each<[string, Partial<Health>, string]>([
    ['nothing to ask', { targets: 0 }, 'targets: there is no target yet'],
    ['before the first answer', { leastRecentlyAskedAtMs: null, neverAsked: 2 }, 'targets: no target was asked yet'],
    [
      'a target left alone',
      { leastRecentlyAskedAtMs: NOW_MS - 3 * INTERVAL_MS - 60_000 },
      'targets: a target was last asked 91 min ago',
    ],
    [
      'a target that a whole cycle passed over',
      { neverAsked: 1 },
      'targets: 1 of 2 targets were not asked by a whole cycle',
    ],
    [
      'an old backlog',
      { backlog: { records: 9, oldestAtMs: NOW_MS - 5 * 3_600_000 } },
      'backlog: the oldest record has waited 300 min for the dataset',
    ],
    [
      'a disk that refuses',
      { isStoreWritable: false },
      'store: the disk refuses, or the database is away; what was measured waits',
    ],
  ])('%s is said, with 503', async (_, health, failing) => {
    expect(await readiness(health)).toEqual({ status: 503, failing: [failing] });
  });

  test.each<[string, Partial<Health>]>([
    ['within three intervals', { leastRecentlyAskedAtMs: NOW_MS - 3 * INTERVAL_MS }],
    [
      'a new target in a cycle that still runs',
      { neverAsked: 1, lastCycle: { dueAtMs: NOW_MS, beganAtMs: NOW_MS, endedAtMs: null } },
    ],
    ['with PUSH=off', { backlog: null }],
    ['without a backlog', { backlog: { records: 0, oldestAtMs: null } }],
  ])('%s is no trouble', async (_, health) => {
    expect(await readiness(health)).toEqual({ status: 200, failing: [] });
  });

  test('that it answers is all that being alive means', async () => {
    const web = openWeb({ health: { isStoreWritable: false, targets: 0 } });

    expect(await web.json('/healthz')).toEqual({ alive: true });
  });
});
