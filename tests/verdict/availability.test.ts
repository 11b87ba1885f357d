import { describe, expect, test } from 'bun:test';
import type { Sample } from '../../src/domain/sample.ts';
import { availabilityOf } from '../../src/verdict/availability.ts';
import { ALWAYS, aSample, cyclesOf } from '../support/a-sample.ts';

const failed = (errorClass: 'http_5xx' | 'stall_timeout' = 'http_5xx') =>
  ({ outcome: 'target_error', errorClass }) as const;
const skipped = (errorClass: 'budget' | 'delisted' | 'shutdown') =>
  ({ attempt: 0, final: true, outcome: 'skipped', errorClass }) as const;

const of = (samples: readonly Sample[]) => availabilityOf(samples, ALWAYS);

describe('availability', () => {
  test('is ok over ok and target errors of first attempts', () => {
    const found = of(cyclesOf(40, (cycle) => (cycle < 10 ? failed() : {})));
    expect(found.firstTry).toMatchObject({ successes: 30, trials: 40, rate: 0.75 });
  });

  test('without samples is unknown throughout', () => {
    const { firstTry, afterRetries, strict, coverage, n } = of([]);
    expect([firstTry.rate, afterRetries.rate, strict.rate, coverage.rate]).toEqual([null, null, null, null]);
    expect(n).toBe(0);
  });

  test('is not lowered by what is no fault of the target', () => {
    const others: readonly Partial<Sample>[] = [
      { outcome: 'rate_limited', errorClass: 'http_429' },
      { outcome: 'account_error', errorClass: 'no_credits' },
      { outcome: 'router_error', errorClass: 'dns' },
      { outcome: 'prober_error', errorClass: 'no_connectivity' },
    ];
    expect(of([...cyclesOf(1), ...others.map(aSample)]).firstTry).toMatchObject({ successes: 1, trials: 1 });
  });

  test('counts rate limits against a target only where it is strict', () => {
    const found = of([aSample(), aSample({ outcome: 'rate_limited', errorClass: 'http_429' })]);
    expect(found.strict).toMatchObject({ successes: 1, trials: 2 });
  });

  test('after retries is that of the final attempts', () => {
    const retried = [aSample({ ...failed(), final: false }), aSample({ attempt: 2 })];
    const found = of(retried);
    expect(found.firstTry).toMatchObject({ successes: 0, trials: 1 });
    expect(found.afterRetries).toMatchObject({ successes: 1, trials: 1 });
  });

  test('is no better for a target that was taken off the list: coverage tells', () => {
    const found = of(cyclesOf(48, (cycle) => (cycle < 12 ? skipped('delisted') : {})));
    expect(found.firstTry.rate).toBe(1);
    expect(found.coverage).toMatchObject({ successes: 36, trials: 48, rate: 0.75 });
    expect(found.byOutcome).toMatchObject({ ok: 36, skipped: 12 });
  });

  test('knows no target by probes of other kinds', () => {
    expect(of([aSample({ probeKind: 'confirm', ...failed() }), aSample({ probeKind: 'feature', ...failed() })]).n).toBe(
      0,
    );
  });

  test('looks at its window alone, whose end is not in it', () => {
    const samples = cyclesOf(4);
    const window = { sinceMs: samples[1]!.dueAtMs, untilMs: samples[3]!.dueAtMs };
    expect(availabilityOf(samples, window)).toMatchObject({ n: 2, ...window });
  });

  test('lists the causes of failures, most frequent first', () => {
    const found = of([aSample(failed()), aSample(failed('stall_timeout')), aSample(failed('stall_timeout'))]);
    expect(found.byClass).toEqual([
      { errorClass: 'stall_timeout', count: 2 },
      { errorClass: 'http_5xx', count: 1 },
    ]);
  });
});
