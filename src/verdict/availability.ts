import type { ErrorClass, Outcome } from '../domain/outcome.ts';
import { OUTCOMES } from '../domain/outcome.ts';
import type { Sample } from '../domain/sample.ts';
import type { Availability } from '../domain/verdict.ts';
import type { Window } from '../ports.ts';
import { DayRate } from './day-rate.ts';

/** @param samples of one target, in order of time; other kinds than standard probes, and what is outside the window, are passed over */
export function availabilityOf(samples: Iterable<Sample>, window: Window): Availability {
  const firstTry = new DayRate();
  const afterRetries = new DayRate();
  const strict = new DayRate();
  const coverage = new DayRate();
  const byOutcome = Object.fromEntries(OUTCOMES.map((outcome) => [outcome, 0])) as Record<Outcome, number>;
  const byClass = new Map<ErrorClass, number>();
  let n = 0;
  for (const { probeKind, dueAtMs, attempt, final, outcome, errorClass } of samples) {
    if (probeKind !== 'standard' || dueAtMs < window.sinceMs || dueAtMs >= window.untilMs) continue;
    const isOk = outcome === 'ok';
    const isJudged = isOk || outcome === 'target_error';
    const isFirst = attempt <= 1;
    if (final) {
      n++;
      coverage.add(dueAtMs, !(isFirst && outcome === 'skipped'));
      if (isJudged) afterRetries.add(dueAtMs, isOk);
    }
    if (!isFirst) continue;
    byOutcome[outcome]++;
    if (isJudged) firstTry.add(dueAtMs, isOk);
    if (isJudged || outcome === 'rate_limited') strict.add(dueAtMs, isOk);
    if (errorClass !== null && outcome !== 'skipped') byClass.set(errorClass, (byClass.get(errorClass) ?? 0) + 1);
  }
  return {
    rule: 'Availability',
    n,
    ...window,
    firstTry: firstTry.rate(),
    afterRetries: afterRetries.rate(),
    strict: strict.rate(),
    coverage: coverage.rate(),
    byOutcome,
    byClass: [...byClass]
      .map(([errorClass, count]) => ({ errorClass, count }))
      .sort((a, b) => b.count - a.count || a.errorClass.localeCompare(b.errorClass)),
  };
}
