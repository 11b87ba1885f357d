import type { Sample } from '../domain/sample.ts';
import { type Interval, wilsonInterval } from '../domain/statistics.ts';
import { LevelScanner, type LevelShift, type Scan, type Series, type Strictness } from './level-shifts.ts';
import { priceShifts } from './price-shifts.ts';
import { RateScanner } from './rate-shifts.ts';
import { type Column, LEVEL_METRICS, type LevelMetric, MOST_EVIDENCE, type Shift, type ShiftMetric } from './shifts.ts';

const Z_95 = 1.959964;
/** Good replies before the first change that is told: with less than a week of half-hourly cycles, neither the noise nor the habits of the day are known. */
const LEAST_KNOWN = 336;

/**
 * Finds the shifts of one target while its samples go by, oldest first. Asked again, it looks only at what has come since. What is asked decides
 * how long it takes: another question is another series.
 */
export class ShiftFinder {
  readonly #questions: { readonly questionId: string; readonly levels: Record<LevelMetric, Scanned<Scan>> }[] = [];
  readonly #availability = new Scanned((series, strictness) => new RateScanner(series, strictness));
  readonly #prices: Column = { atMs: [], values: [], attemptIds: [] };

  /** @param sample a final attempt of a standard probe that was sent */
  see(sample: Sample): void {
    const { outcome, dueAtMs, attemptId, questionId } = sample;
    let question = this.#questions.at(-1);
    if (question?.questionId !== questionId) {
      question = { questionId, levels: { ttftMs: ofLevels(), tpotMs: ofLevels(), completionTokens: ofLevels() } };
      this.#questions.push(question);
    }
    if (outcome === 'ok' || outcome === 'target_error')
      append(this.#availability.column, dueAtMs, outcome === 'ok' ? 0 : 1, attemptId);
    const price = priceOf(sample);
    if (price !== null) append(this.#prices, dueAtMs, price, attemptId);
    if (outcome !== 'ok') return;
    for (const metric of LEVEL_METRICS) {
      const value = sample[metric] ?? 0;
      if (value > 0) append(question.levels[metric].column, dueAtMs, Math.log(value), attemptId);
    }
  }

  /** By metric, then by start. */
  shifts(strictness: Strictness): readonly Shift[] {
    return [
      ...LEVEL_METRICS.flatMap((metric) =>
        this.#questions.flatMap(({ levels }) => levelShifts(levels[metric], metric, strictness)),
      ),
      ...priceShifts(this.#prices),
      ...availabilityShifts(this.#availability, strictness),
    ];
  }

  /** Of the question that is asked now. */
  lastLevels(metric: LevelMetric): Scan & Pick<Series, 'atMs'> {
    const levels = this.#questions.at(-1)?.levels[metric] ?? ofLevels();
    return { ...levels.scan('told'), atMs: levels.column.atMs };
  }
}

function append({ atMs, values, attemptIds }: Column, dueAtMs: number, value: number, attemptId: string): void {
  atMs.push(dueAtMs);
  values.push(value);
  attemptIds.push(attemptId);
}

/** A series under both thresholds. What the lower one never met, the higher one does not either, and both have seen the same. */
class Scanned<Found extends Pick<Scan, 'shifts'>> {
  readonly column: Column = { atMs: [], values: [], attemptIds: [] };
  readonly #scannerOf: (strictness: Strictness) => { scan(): Found };
  readonly #shown: { scan(): Found };
  #told: { scan(): Found } | null = null;

  constructor(scannerOf: (series: Series, strictness: Strictness) => { scan(): Found }) {
    this.#scannerOf = (strictness) => scannerOf(this.column, strictness);
    this.#shown = this.#scannerOf('shown');
  }

  scan(strictness: Strictness): Found {
    const shown = this.#shown.scan();
    if (strictness === 'shown' || shown.shifts.length === 0) return shown;
    this.#told ??= this.#scannerOf('told');
    return this.#told.scan();
  }
}

const ofLevels = () => new Scanned((series, strictness) => new LevelScanner(series, strictness));

function levelShifts(levels: Scanned<Scan>, metric: LevelMetric, strictness: Strictness): readonly Shift[] {
  const { column } = levels;
  const { shifts, bounds, longRunSd } = levels.scan(strictness);
  const told = strictness === 'shown' ? shifts : shifts.filter(({ at }) => at >= LEAST_KNOWN);
  return told.map((shift) => {
    const next = bounds.find((bound) => bound > shift.at) ?? column.values.length;
    const start = bounds.findLast((bound) => bound < shift.at) ?? 0;
    const change = Math.log(shift.to / shift.from);
    const [before, since] = [shift.at - start, next - shift.at];
    const spread = Z_95 * longRunSd * Math.sqrt(1 / before + 1 / since);
    return {
      ...momentsOf(shift, column, metric),
      ratio: Math.exp(change),
      low: Math.exp(change - spread),
      high: Math.exp(change + spread),
      before,
      since,
    };
  });
}

function momentsOf(shift: LevelShift, { atMs, attemptIds }: Column, metric: ShiftMetric) {
  const { at, noticedAt, endedAt, settledAtMs, from, to } = shift;
  const endReason = endedAt !== null ? 'recovered' : settledAtMs !== null ? 'new_normal' : null;
  return {
    metric,
    startedAtMs: atMs[at]!,
    noticedAtMs: atMs[noticedAt]!,
    endedAtMs: endedAt === null ? settledAtMs : atMs[endedAt]!,
    endReason,
    from,
    to,
    evidence: attemptIds.slice(at, Math.min(endedAt ?? attemptIds.length, at + MOST_EVIDENCE)),
  } as const;
}

/** USD for a million tokens in and a million out. */
function priceOf({ priceInputUsdPerMtok: input, priceOutputUsdPerMtok: output }: Sample): number | null {
  return input === null || output === null ? null : input + output;
}

function availabilityShifts(availability: Scanned<Pick<Scan, 'shifts'>>, strictness: Strictness): readonly Shift[] {
  const { column } = availability;
  const { shifts } = availability.scan(strictness);
  return shifts.map((shift, i) => {
    const before = shift.at - (shifts[i - 1]?.at ?? 0);
    const since = (shift.endedAt ?? shifts[i + 1]?.at ?? column.values.length) - shift.at;
    const now = intervalOf(shift.to, since);
    const usual = Math.max(shift.from, 0.01);
    const failures = column.attemptIds.filter((_, position) => position >= shift.at && column.values[position] === 1);
    return {
      ...momentsOf(shift, column, 'availability'),
      ratio: shift.to / usual,
      low: now.low / usual,
      high: now.high / usual,
      before,
      since,
      ...(shift.to < shift.from && { evidence: failures.slice(0, MOST_EVIDENCE) }),
    };
  });
}

const intervalOf = (rate: number, n: number): Interval =>
  wilsonInterval(Math.round(rate * n), n) ?? { low: 0, high: 1 };
