import { describe, expect, test } from 'bun:test';
import { startOfDay } from '../../src/domain/utc-day.ts';
import { FEATURES } from '../../src/domain/verdict.ts';
import { featuresDue, turnAtMs } from '../../src/schedule/features-due.ts';
import { aTarget, DUE_AT_MS } from '../support/builders.ts';

const MIDNIGHT_MS = startOfDay(DUE_AT_MS);
const EVENING = { location: 'local', nowMs: MIDNIGHT_MS + 23 * 3_600_000 };
const target = aTarget({ supportsStructuredOutput: null });
const trial = { modelId: target.modelId, provider: target.provider };

describe('the turn of a target', () => {
  const targets = Array.from({ length: 200 }, (_, at) => aTarget({ modelId: `acme/M${at}` }));
  const hours = targets.map((one) => (turnAtMs(one, 'local', DUE_AT_MS) - MIDNIGHT_MS) / 3_600_000);

  test('is spread over the first 22 hours of the UTC day', () => {
    expect(Math.min(...hours)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...hours)).toBeLessThan(22);
    for (let from = 0; from < 22; from += 5.5) {
      expect(hours.filter((hour) => hour >= from && hour < from + 5.5).length).toBeGreaterThan(30);
    }
  });

  test('is the same all day, and another one on another day, at another place', () => {
    expect(turnAtMs(target, 'local', MIDNIGHT_MS)).toBe(turnAtMs(target, 'local', EVENING.nowMs));
    const next = turnAtMs(target, 'local', DUE_AT_MS + 86_400_000) - 86_400_000;
    expect(new Set([turnAtMs(target, 'local', DUE_AT_MS), next, turnAtMs(target, 'elsewhere', DUE_AT_MS)]).size).toBe(
      3,
    );
  });

  test('comes in the order of time, and not before', () => {
    const noon = { location: 'local', nowMs: DUE_AT_MS };
    const due = featuresDue(targets, [], noon).map((one) => turnAtMs(one.target, 'local', DUE_AT_MS));
    expect(due).toHaveLength(hours.filter((hour) => hour <= 12).length);
    expect(due).toEqual(due.toSorted((a, b) => a - b));
    expect(Math.max(...due)).toBeLessThanOrEqual(DUE_AT_MS);
  });
});

describe('of a target whose turn has come', () => {
  const dueOf = (one = target, ...trials: Parameters<typeof featuresDue>[1]) =>
    featuresDue([one], trials, EVENING).flatMap(({ features }) => features);

  test('every feature is tried that the catalogue does not say it lacks', () => {
    expect(dueOf()).toEqual([...FEATURES]);
    expect(dueOf(aTarget({ supportsTools: false, supportsStructuredOutput: false }))).toEqual(
      FEATURES.filter((feature) => feature !== 'tool_call' && feature !== 'json_schema'),
    );
  });

  test('none is tried twice on a day, whether it worked or not', () => {
    expect(dueOf(target, { ...trial, feature: 'stop', requests: 1, failed: 0 })).not.toContain('stop');
    expect(dueOf(target, { ...trial, feature: 'stop', requests: 1, failed: 1 })).not.toContain('stop');
    expect(dueOf(target, { ...trial, provider: 'gale', feature: 'stop', requests: 1, failed: 0 })).toContain('stop');
  });

  test('one of two requests is tried anew when the second was never sent, unless the first failed', () => {
    expect(dueOf(target, { ...trial, feature: 'seed', requests: 1, failed: 0 })).toContain('seed');
    expect(dueOf(target, { ...trial, feature: 'seed', requests: 2, failed: 0 })).not.toContain('seed');
    expect(dueOf(target, { ...trial, feature: 'seed', requests: 1, failed: 1 })).not.toContain('seed');
  });
});
