import { describe, expect, test } from 'bun:test';
import { type Rollup, RollupSum } from '../src/domain/rollup.ts';
import { sampleOf } from '../src/domain/sample.ts';
import { DAY_MS } from '../src/domain/utc-day.ts';
import { historiesOfRollups, historyOfSamples, hoursOfWeek, spanOf } from '../src/history.ts';
import type { BucketRollup, RollupReader } from '../src/ports.ts';
import { aRecord } from './support/builders.ts';

const HOUR_MS = 3_600_000;
const FROM_MS = Date.parse('2026-08-03T00:00:00.000Z');
const endpoint = { modelId: 'acme/Thinker-7B', provider: 'swiftcloud' };
const day = { sinceMs: FROM_MS, untilMs: FROM_MS + DAY_MS };

function asked(atMs: number, ttftMs: number, overrides: Parameters<typeof aRecord>[0] = {}) {
  return aRecord({ cycleTimestampIso: new Date(atMs).toISOString(), ttftMs, ...overrides });
}

describe('a history', () => {
  test('has stretches that a person can name, and never more points than wanted', () => {
    expect(spanOf(day, 24)).toBe(HOUR_MS);
    expect(spanOf(day, 23)).toBe(2 * HOUR_MS);
    expect(spanOf({ sinceMs: 0, untilMs: 90 * DAY_MS }, 90)).toBe(DAY_MS);
    expect(spanOf({ sinceMs: 0, untilMs: 90 * DAY_MS }, 45)).toBe(2 * DAY_MS);
  });

  test('of samples has nearest-rank percentiles where n allows, and counts whose fault failures were', () => {
    const records = [
      ...[1, 2, 3, 4, 5].map((ttftMs) => asked(FROM_MS + ttftMs, ttftMs)),
      asked(FROM_MS + 6, 900, { outcome: 'target_error', errorClass: 'http_5xx' }),
      asked(FROM_MS + 7, 900, { outcome: 'rate_limited', errorClass: 'http_429' }),
      asked(FROM_MS + 3 * HOUR_MS, 7),
      asked(FROM_MS + 4 * HOUR_MS, 7, { probeKind: 'confirm' }),
      asked(FROM_MS + DAY_MS, 7),
    ];
    const samples = records.map((record) => sampleOf(record)!);
    expect(historyOfSamples(samples, 'ttftMs', day, 24)).toEqual([
      { atMs: FROM_MS, spanMs: HOUR_MS, n: 5, p10: null, p50: 3, p90: null, ok: 5, targetErrors: 1 },
      { atMs: FROM_MS + 3 * HOUR_MS, spanMs: HOUR_MS, n: 1, p10: null, p50: null, p90: null, ok: 1, targetErrors: 0 },
    ]);
  });

  test('of rollups merges days, and leaves days without data out', async () => {
    const rollupOf = (values: readonly number[]): Rollup => {
      const sum = new RollupSum();
      for (const ttftMs of values) sum.add(asked(FROM_MS, ttftMs));
      return sum.rollup();
    };
    const bucket = (days: number, provider: string, values: readonly number[]): BucketRollup => ({
      atMs: FROM_MS + days * DAY_MS,
      series: { location: 'local', modelId: endpoint.modelId, provider, questionId: 'q' },
      ...rollupOf(values),
    });
    const store: RollupReader = {
      async *rollups() {
        const ours = bucket(0, 'swiftcloud', [100, 100, 100]);
        yield [ours, { ...ours, series: { ...ours.series, location: 'elsewhere' } }];
        yield [bucket(0, 'another', [1, 1, 1, 1, 1])];
        yield [bucket(1, 'swiftcloud', [100, 100]), bucket(60, 'swiftcloud', [100])];
      },
    };
    const window = { sinceMs: FROM_MS, untilMs: FROM_MS + 90 * DAY_MS };
    const histories = await historiesOfRollups(
      store,
      { location: 'local', modelId: endpoint.modelId },
      'ttftMs',
      window,
      45,
    );
    const points = histories.get('swiftcloud')!;
    expect(points.map(({ spanMs, n, ok }) => ({ spanMs, n, ok }))).toEqual([
      { spanMs: 2 * DAY_MS, n: 5, ok: 5 },
      { spanMs: 2 * DAY_MS, n: 1, ok: 1 },
    ]);
    expect(points[0]!.p50).toBeCloseTo(100, 0);
    expect(points[1]!.p50).toBeNull();
    expect(histories.get('another')?.map(({ p50 }) => Math.round(p50!))).toEqual([1]);
  });
});

test('hours of the week hold the good replies of all weeks, from Monday on', () => {
  const monday = { sinceMs: FROM_MS, untilMs: FROM_MS + 14 * DAY_MS };
  const at = (week: number, hour: number) => FROM_MS + week * 7 * DAY_MS + hour * HOUR_MS;
  const records = [
    ...[10, 20, 30].map((ttftMs, index) => asked(at(0, 3) + index, ttftMs)),
    ...[40, 50].map((ttftMs, index) => asked(at(1, 3) + index, ttftMs)),
    asked(at(1, 3) + 2, 9000, { outcome: 'target_error', errorClass: 'http_5xx' }),
    asked(at(0, 167), 70),
    asked(at(2, 3), 9000),
  ];
  const samples = records.map((record) => sampleOf(record)!);
  expect(hoursOfWeek(samples, 'ttftMs', monday)).toEqual([
    { weekday: 0, hour: 3, n: 5, p50: 30 },
    { weekday: 6, hour: 23, n: 1, p50: null },
  ]);
});
