import type { Sample } from '../domain/sample.ts';
import { type Interval, wilsonInterval } from '../domain/statistics.ts';
import { type LevelShift, type Scan, SETTLED_MS, type Strictness, scanLevels } from './level-shifts.ts';
import { scanRate } from './rate-shifts.ts';

/** A lasting change of one metric of one target, and what became of it. */
export interface Shift {
  readonly metric: ShiftMetric;
  readonly startedAtMs: number;
  readonly noticedAtMs: number;
  /** Null while the level is new and holds. */
  readonly endedAtMs: number | null;
  /** The old level is back, or the new one has been there for 14 days, or a further one followed it. */
  readonly endReason: 'recovered' | 'new_normal' | null;
  /** Old and new level, in the metric's unit. */
  readonly from: number;
  readonly to: number;
  /** New over old, with its interval (95 %). */
  readonly ratio: number;
  readonly low: number;
  readonly high: number;
  /** Samples at each level. */
  readonly before: number;
  readonly since: number;
  /** Attempts that show the new level, oldest first, at most 50. */
  readonly evidence: readonly string[];
}

export const LEVEL_METRICS = ['ttftMs', 'tpotMs', 'completionTokens'] as const;
type LevelMetric = (typeof LEVEL_METRICS)[number];
export type ShiftMetric = LevelMetric | 'priceUsdPerMtok' | 'availability';

export const MOST_EVIDENCE = 50;
/** Good replies before the first change that is told: with less than a week of half-hourly cycles, neither the noise nor the habits of the day are known. */
const LEAST_KNOWN = 336;
const Z_95 = 1.959964;
/** What costs nothing has no ratio; a tenth of a cent a million tokens stands in for it. */
const LEAST_USD_PER_MTOK = 0.001;

/** Shifts of one metric of one target. @param finals its final attempts of standard probes that were sent, oldest first */
export function shiftsOf(finals: readonly Sample[], metric: ShiftMetric, strictness: Strictness): readonly Shift[] {
  if (metric === 'priceUsdPerMtok') return priceShifts(finals);
  if (metric === 'availability') return availabilityShifts(finals, strictness);
  return questionsOf(finals).flatMap((ofQuestion) => levelShifts(ofQuestion, metric, strictness));
}

/** What is asked decides how long it takes: another question is another series. */
function questionsOf(finals: readonly Sample[]): readonly (readonly Sample[])[] {
  if (finals.length === 0) return [];
  const bounds = [0];
  for (let i = 1; i < finals.length; i++) if (finals[i]!.questionId !== finals[i - 1]!.questionId) bounds.push(i);
  return bounds.length === 1 ? [finals] : bounds.map((from, k) => finals.slice(from, bounds[k + 1]));
}

export interface MetricScan extends Scan {
  readonly good: readonly Sample[];
}

/** @param finals of one question */
export function scanMetric(finals: readonly Sample[], metric: LevelMetric, strictness: Strictness): MetricScan {
  const good: Sample[] = [];
  for (const sample of finals) if (sample.outcome === 'ok' && (sample[metric] ?? 0) > 0) good.push(sample);
  const atMs = new Float64Array(good.length);
  const values = new Float64Array(good.length);
  for (let i = 0; i < good.length; i++) {
    atMs[i] = good[i]!.dueAtMs;
    values[i] = good[i]![metric]!;
  }
  return { ...scanLevels({ atMs, values }, strictness), good };
}

function levelShifts(finals: readonly Sample[], metric: LevelMetric, strictness: Strictness): readonly Shift[] {
  const scan = scanMetric(finals, metric, strictness);
  const told = strictness === 'shown' ? scan.shifts : scan.shifts.filter(({ at }) => at >= LEAST_KNOWN);
  return told.map((shift) => {
    const next = scan.bounds.find((bound) => bound > shift.at) ?? scan.good.length;
    const start = scan.bounds.findLast((bound) => bound < shift.at) ?? 0;
    const change = Math.log(shift.to / shift.from);
    const [before, since] = [shift.at - start, next - shift.at];
    const spread = Z_95 * scan.longRunSd * Math.sqrt(1 / before + 1 / since);
    return {
      ...momentsOf(shift, scan.good, metric),
      ratio: Math.exp(change),
      low: Math.exp(change - spread),
      high: Math.exp(change + spread),
      before,
      since,
    };
  });
}

function momentsOf(shift: LevelShift, samples: readonly Sample[], metric: ShiftMetric) {
  const { at, noticedAt, endedAt, settledAtMs, from, to } = shift;
  const endReason = endedAt !== null ? 'recovered' : settledAtMs !== null ? 'new_normal' : null;
  return {
    metric,
    startedAtMs: samples[at]!.dueAtMs,
    noticedAtMs: samples[noticedAt]!.dueAtMs,
    endedAtMs: endedAt === null ? settledAtMs : samples[endedAt]!.dueAtMs,
    endReason,
    from,
    to,
    evidence: evidenceOf(samples.slice(at, Math.min(endedAt ?? samples.length, at + MOST_EVIDENCE))),
  } as const;
}

const evidenceOf = (samples: readonly Sample[]) => samples.map(({ attemptId }) => attemptId);

/** A price is known exactly: another one in two cycles running is a change. */
function priceShifts(finals: readonly Sample[]): readonly Shift[] {
  const priced: Sample[] = [];
  const prices: number[] = [];
  for (const sample of finals) {
    const price = priceOf(sample);
    if (price === null) continue;
    priced.push(sample);
    prices.push(price);
  }
  const shifts: Shift[] = [];
  let begin = 0;
  for (let i = 1; i + 1 < priced.length; i++) {
    const from = prices[begin]!;
    const to = prices[i]!;
    if (to === from || prices[i + 1] !== to) continue;
    const ratio = Math.max(to, LEAST_USD_PER_MTOK) / Math.max(from, LEAST_USD_PER_MTOK);
    const last = shifts.at(-1);
    if (last?.endReason === null) {
      const endedAtMs = priced[i]!.dueAtMs;
      const settled = endedAtMs - last.startedAtMs >= SETTLED_MS;
      shifts[shifts.length - 1] = settled
        ? { ...last, endedAtMs: last.startedAtMs + SETTLED_MS, endReason: 'new_normal', since: i - begin }
        : { ...last, endedAtMs, endReason: to === last.from ? 'recovered' : 'new_normal', since: i - begin };
      if (!settled && to === last.from) {
        begin = i;
        continue;
      }
    }
    const evidence = evidenceOf(priced.slice(i, i + MOST_EVIDENCE));
    const [startedAtMs, noticedAtMs] = [priced[i]!.dueAtMs, priced[i + 1]!.dueAtMs];
    const open = { startedAtMs, noticedAtMs, endedAtMs: null, endReason: null };
    const size = { from, to, ratio, low: ratio, high: ratio, before: i - begin, since: priced.length - i };
    shifts.push({ metric: 'priceUsdPerMtok', ...open, ...size, evidence });
    begin = i;
  }
  const last = shifts.at(-1);
  const lastMs = priced.at(-1)?.dueAtMs ?? 0;
  return last?.endReason === null && lastMs - last.startedAtMs >= SETTLED_MS
    ? [...shifts.slice(0, -1), { ...last, endedAtMs: last.startedAtMs + SETTLED_MS, endReason: 'new_normal' }]
    : shifts;
}

/** USD for a million tokens in and a million out. */
function priceOf({ priceInputUsdPerMtok: input, priceOutputUsdPerMtok: output }: Sample): number | null {
  return input === null || output === null ? null : input + output;
}

function availabilityShifts(finals: readonly Sample[], strictness: Strictness): readonly Shift[] {
  const judged = finals.filter(({ outcome }) => outcome === 'ok' || outcome === 'target_error');
  const atMs = new Float64Array(judged.length);
  const failed = new Uint8Array(judged.length);
  judged.forEach(({ dueAtMs, outcome }, i) => {
    atMs[i] = dueAtMs;
    failed[i] = outcome === 'ok' ? 0 : 1;
  });
  const shifts = scanRate(atMs, failed, strictness);
  return shifts.map((shift, i) => {
    const before = shift.at - (shifts[i - 1]?.at ?? 0);
    const since = (shift.endedAt ?? shifts[i + 1]?.at ?? judged.length) - shift.at;
    const now = intervalOf(shift.to, since);
    const usual = Math.max(shift.from, 0.01);
    const failures = judged.slice(shift.at).filter(({ outcome }) => outcome !== 'ok');
    return {
      ...momentsOf(shift, judged, 'availability'),
      ratio: shift.to / usual,
      low: now.low / usual,
      high: now.high / usual,
      before,
      since,
      ...(shift.to < shift.from && { evidence: evidenceOf(failures.slice(0, MOST_EVIDENCE)) }),
    };
  });
}

const intervalOf = (rate: number, n: number): Interval =>
  wilsonInterval(Math.round(rate * n), n) ?? { low: 0, high: 1 };
