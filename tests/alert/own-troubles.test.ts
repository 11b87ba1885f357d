import { describe, expect, test } from 'bun:test';
import { ownTroubles } from '../../src/alert/own-troubles.ts';
import { NO_ALERTS } from '../../src/alert/settings.ts';
import type { Health } from '../../src/ports.ts';
import { HOUR_MS, NOW_MS } from '../support/alarms.ts';

const health = (overrides: Partial<Health> = {}): Health => ({
  ...{ startedAtMs: NOW_MS, intervalMs: 1_800_000, lastCycle: null, nextCycleAtMs: NOW_MS },
  ...{ cycleMs: null, probesWaiting: 0, probesRunning: 0 },
  ...{ targets: 0, leastRecentlyAskedAtMs: null, neverAsked: 0, workerLagMs: null, isStoreWritable: true, fleet: null },
  ...{ backlog: null, pushFailures: null, instrumentErrorP99Ms: null, spentUsdToday: 0, budgetUsdPerDay: null },
  ...overrides,
});
const troubles = (overrides: Partial<Health>) => ownTroubles(health(overrides), NO_ALERTS.limits, NOW_MS);
const states = (overrides: Partial<Health>) =>
  troubles(overrides).map(({ key, isOver }) => [key, isOver ? 'over' : 'on']);

describe('troubles of our own', () => {
  test('what is unknown is neither on nor over', () => {
    expect(states({})).toEqual([]);
  });

  test('what is well is over, so that it can be told after a restart too', () => {
    const well = {
      backlog: { records: 0, oldestAtMs: null },
      pushFailures: 0,
      instrumentErrorP99Ms: 5,
      budgetUsdPerDay: 2,
    };
    expect(states(well)).toEqual([
      ['budget', 'over'],
      ['push', 'over'],
      ['backlog', 'over'],
      ['calibration', 'over'],
    ]);
  });

  test('a budget is spent when nothing is left of it; one of nothing is as somebody wished', () => {
    expect(states({ spentUsdToday: 1.99, budgetUsdPerDay: 2 })).toEqual([['budget', 'over']]);
    expect(troubles({ spentUsdToday: 2.004, budgetUsdPerDay: 2 })).toMatchObject([
      { rule: 'budget', isOver: false, text: expect.stringContaining('$2.00 of $2.00 are spent today (UTC)') },
    ]);
    expect(states({ budgetUsdPerDay: 0 })).toEqual([]);
  });

  test('pushing fails after three failures in a row, and no longer when one went through', () => {
    expect(states({ pushFailures: 2 })).toEqual([]);
    expect(states({ pushFailures: 3 })).toEqual([['push', 'on']]);
    expect(states({ pushFailures: 0 })).toEqual([['push', 'over']]);
  });

  test('a backlog is old after a day, and has been since then', () => {
    const oldestAtMs = NOW_MS - 30 * HOUR_MS;
    expect(states({ backlog: { records: 9, oldestAtMs: NOW_MS - 24 * HOUR_MS } })).toEqual([['backlog', 'over']]);
    expect(troubles({ backlog: { records: 9, oldestAtMs } })).toMatchObject([
      {
        isOver: false,
        sinceMs: NOW_MS - 6 * HOUR_MS,
        text: expect.stringContaining('9 records are not in the dataset, the oldest for 30 h'),
      },
    ]);
  });

  test('the instrument is out of bounds above five milliseconds', () => {
    expect(states({ instrumentErrorP99Ms: 5.01 })).toEqual([['calibration', 'on']]);
  });
});
