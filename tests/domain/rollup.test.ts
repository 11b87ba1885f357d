import { describe, expect, test } from 'bun:test';
import { Histogram } from '../../src/domain/histogram.ts';
import type { AttemptRecord } from '../../src/domain/record.ts';
import { bucketAtMs, type LatencyName, type Rollup, RollupSum, seriesOf, tallyOf } from '../../src/domain/rollup.ts';
import { aRecord, aSkippedRecord } from '../support/builders.ts';

const rollupOf = (...records: readonly AttemptRecord[]): Rollup => {
  const sum = new RollupSum();
  for (const record of records) sum.add(record);
  return sum.rollup();
};

/** How many lengths, and the one bucket that they fall into, as it is told of five of them. */
const counted = ({ histograms }: Rollup, name: LatencyName) =>
  new Histogram().merge(histograms[name] ?? Uint8Array.of(1, 0)).n;

const failed = (overrides: Partial<AttemptRecord> = {}) =>
  aRecord({ outcome: 'target_error', errorClass: 'http_5xx', answerCorrect: null, ...overrides });

describe('a rollup', () => {
  test('tells first attempts from final ones and from all, by outcome and class', () => {
    const rollup = rollupOf(
      aRecord(),
      failed({ attempt: 1, final: false }),
      failed({ attempt: 2, final: false, errorClass: 'connection_reset' }),
      aRecord({ attempt: 3 }),
      aRecord({ outcome: 'router_error', errorClass: 'connection_reset' }),
      aSkippedRecord({ errorClass: 'delisted' }),
    );
    expect(rollup.tallies).toEqual({
      ok: { first: 1, final: 2, all: 2 },
      'router_error/connection_reset': { first: 1, final: 1, all: 1 },
      'skipped/delisted': { first: 1, final: 1, all: 1 },
      'target_error/connection_reset': { first: 0, final: 0, all: 1 },
      'target_error/http_5xx': { first: 1, final: 0, all: 1 },
    });
    expect(tallyOf(rollup, 'target_error')).toEqual({ first: 1, final: 0, all: 2 });
    expect(tallyOf(rollup, 'ok')).toEqual({ first: 1, final: 2, all: 2 });
    expect(tallyOf(rollup, 'rate_limited')).toEqual({ first: 0, final: 0, all: 0 });
  });

  test('is enough for availability, after retries, strict and coverage', () => {
    // given ten probes: six good at once, one good at its second attempt, one that fails twice, one rate-limited, one never sent
    const rollup = rollupOf(
      ...Array.from({ length: 6 }, () => aRecord()),
      ...[failed({ final: false }), aRecord({ attempt: 2 })],
      ...[failed({ final: false }), failed({ attempt: 2 })],
      aRecord({ outcome: 'rate_limited', errorClass: 'http_429' }),
      aSkippedRecord({ errorClass: 'budget' }),
    );
    const [ok, bad, limited, skipped] = (['ok', 'target_error', 'rate_limited', 'skipped'] as const).map((outcome) =>
      tallyOf(rollup, outcome),
    ) as [Tally, Tally, Tally, Tally];
    const sum = (key: keyof Tally) => Object.values(rollup.tallies).reduce((total, tally) => total + tally[key], 0);

    expect([ok.first, ok.first + bad.first]).toEqual([6, 8]); // availability
    expect([ok.final, ok.final + bad.final]).toEqual([7, 8]); // after retries
    expect([ok.first, ok.first + bad.first + limited.first]).toEqual([6, 9]); // strict
    expect([sum('first') - skipped.first, sum('final')]).toEqual([9, 10]); // coverage
  });

  test('counts the lengths of attempts that are ok, retries among them, and of no others', () => {
    const rollup = rollupOf(
      aRecord(),
      aRecord({ attempt: 2 }),
      failed(),
      aRecord({ ttfatMs: null, tpotMs: Number.NaN }),
    );
    const names = ['ttftMs', 'ttfatMs', 'tpotMs', 'e2eMs'] as const;
    expect(names.map((name) => counted(rollup, name))).toEqual([3, 2, 2, 3]);
  });

  test('counts the dispatch delay of every first attempt, since it tells of us, and of no retry', () => {
    const rollup = rollupOf(aRecord(), failed({ final: false }), aRecord({ attempt: 2 }), aSkippedRecord());
    expect(counted(rollup, 'dispatchDelayMs')).toBe(2);
  });

  test('counts every single gap between chunks', () => {
    const rollup = rollupOf(
      aRecord({ chunkAtMs: [300, 400, 400, 500] }),
      aRecord({ chunkAtMs: [10] }),
      aRecord({ chunkAtMs: null }),
      aRecord({ chunkAtMs: [1, Number.NaN, 3, 103] }),
    );
    expect(counted(rollup, 'gapMs')).toBe(4);
    expect(new Histogram().merge(rollup.histograms.gapMs!).encode()[1]).toBe(1); // one of them is zero
  });

  test('adds up tokens and money of every attempt that tells them, and says how many did', () => {
    const { totals } = rollupOf(
      aRecord({ costUsd: 0.1, cachedTokens: 0 }),
      aRecord({ costUsd: 0.2, promptTokens: 7, completionTokens: null }),
      failed({ costUsd: null, promptTokens: null, completionTokens: -3 }),
    );
    expect(totals).toEqual({
      promptTokens: { n: 2, sum: 27 },
      completionTokens: { n: 1, sum: 5 },
      reasoningTokens: { n: 0, sum: 0 },
      cachedTokens: { n: 1, sum: 0 },
      costPicoUsd: { n: 2, sum: 300_000_000_000 },
    });
  });

  test('a sum that no computer counts stops where order would begin to matter', () => {
    const most = aRecord({ completionTokens: Number.MAX_SAFE_INTEGER, costUsd: 1e300 });
    const little = aRecord({ completionTokens: 3, costUsd: 0.5 });
    expect(rollupOf(most, little, most)).toEqual(rollupOf(little, most, most));
    expect(rollupOf(most, little).totals.costPicoUsd).toEqual({ n: 2, sum: Number.MAX_SAFE_INTEGER });
  });

  test('counts right, wrong and unsettled answers of attempts that are ok', () => {
    const { answers } = rollupOf(
      aRecord(),
      aRecord({ answerCorrect: false }),
      aRecord({ answerCorrect: null }),
      failed({ answerCorrect: true }),
    );
    expect(answers).toEqual({ correct: 1, wrong: 1, unknown: 1 });
  });

  test('of two parts merged is that of the whole', () => {
    const records = [aRecord(), failed({ final: false }), aRecord({ attempt: 2, ttftMs: 9000 }), aSkippedRecord()];
    const parts = [rollupOf(...records.slice(0, 2)), rollupOf(...records.slice(2))];
    expect(parts.reduce((sum, part) => sum.merge(part), new RollupSum()).rollup()).toEqual(rollupOf(...records));
  });
});

describe('a series', () => {
  test('is a location, a model, a provider and a question', () => {
    expect(seriesOf(aRecord({ location: 'paris', questionId: 'q1' }))).toEqual({
      location: 'paris',
      modelId: 'acme/Thinker-7B',
      provider: 'swiftcloud',
      questionId: 'q1',
    });
  });

  test('is of standard probes only, and of targets', () => {
    expect(seriesOf(aRecord({ probeKind: 'confirm' }))).toBeNull();
    expect(seriesOf(aSkippedRecord({ modelId: null, providerName: null, errorClass: 'no_catalogue' }))).toBeNull();
  });
});

test('buckets begin at the full hour and at midnight of UTC', () => {
  const atMs = Date.parse('2026-08-03T23:59:59.999Z');
  const begins = (span: 'hour' | 'day') => new Date(bucketAtMs(span, atMs)).toISOString();
  expect(begins('hour')).toBe('2026-08-03T23:00:00.000Z');
  expect(begins('day')).toBe('2026-08-03T00:00:00.000Z');
});

type Tally = Rollup['tallies'][string];
