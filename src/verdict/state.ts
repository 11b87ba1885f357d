import type { Sample } from '../domain/sample.ts';
import type { State, StateVerdict } from '../domain/verdict.ts';
import { standardFinals } from './changes.ts';
import { type MetricScan, scanMetric } from './shifts.ts';
import { Standing } from './standing.ts';

/** What is looked at: the last samples that were sent, at most so many, and not older than twelve intervals. */
const MOST_RECENT = 6;
const RECENT_INTERVALS = 12;
/** With fewer it is too early to say anything. */
const LEAST_RECENT = 3;
const RULE = 'State';

export interface StateContext {
  readonly nowMs: number;
  readonly intervalMs: number;
  /** Samples of other providers in the same cycles: who else accepts our token. */
  readonly others: readonly Sample[];
  readonly isDelisted: boolean;
}

/** How a target is now. @param samples of one target from one location, standard and confirm, oldest first, of 28 days where there are as many */
export function stateOf(samples: readonly Sample[], context: StateContext): StateVerdict {
  const { nowMs, intervalMs } = context;
  const asked = samples.filter(
    ({ final, outcome, probeKind }) => final && outcome !== 'skipped' && probeKind !== 'feature',
  );
  const recent = asked.slice(-MOST_RECENT).filter(({ dueAtMs }) => dueAtMs > nowMs - RECENT_INTERVALS * intervalMs);
  const standing = new Standing();
  for (const sample of asked) standing.see(sample);
  const firstTokens = scanMetric(ofLastQuestion(standardFinals(asked)), 'ttftMs', 'told');
  const basis = {
    rule: RULE,
    n: recent.length,
    sinceMs: samples[0]?.dueAtMs ?? nowMs,
    untilMs: nowMs,
    lastAtMs: standing.lastAtMs,
    slowdown: slowdownOf(firstTokens),
  };
  const verdict = (state: State, beganAtMs: number | null, isIt: (sample: Sample) => boolean): StateVerdict => {
    return { state, beganAtMs, matching: recent.filter(isIt).length, ...basis };
  };
  const is = (outcome: Sample['outcome']) => (sample: Sample) => sample.outcome === outcome;
  const began = (isIt: (sample: Sample) => boolean) => runStart(asked, isIt);

  if (context.isDelisted) return verdict('delisted', null, () => false);
  if (standing.lastAtMs === null || nowMs - standing.lastAtMs > 2 * intervalMs)
    return verdict('no_data', standing.lastAtMs, () => false);
  const { run } = standing;
  if (run?.fault === 'account' && run.length >= 2)
    return verdict(accountState(run.startedAtMs, context.others), run.startedAtMs, is('account_error'));
  if (standing.isDown) return verdict('down', run!.startedAtMs, is('target_error'));
  const judged = recent.filter(({ outcome }) => outcome !== 'prober_error' && outcome !== 'router_error');
  if (judged.length < LEAST_RECENT) return verdict('no_data', null, () => false);
  if (standing.lastOutcome === 'rate_limited' && judged.filter(is('rate_limited')).length * 2 >= judged.length)
    return verdict('limited', began(is('rate_limited')), is('rate_limited'));
  const slowAtMs =
    slowSince(firstTokens) ?? slowSince(scanMetric(ofLastQuestion(standardFinals(asked)), 'tpotMs', 'told'));
  if (slowAtMs !== null)
    return verdict('slow', slowAtMs, ({ outcome, dueAtMs }) => outcome === 'ok' && dueAtMs >= slowAtMs);
  return verdict('healthy', began(is('ok')), is('ok'));
}

/** Whoever refuses a token that another accepts in the meantime means us alone. */
function accountState(sinceMs: number, others: readonly Sample[]): State {
  return others.some(({ dueAtMs, outcome }) => dueAtMs >= sinceMs && outcome === 'ok') ? 'refuses_us' : 'our_account';
}

function ofLastQuestion(finals: readonly Sample[]): readonly Sample[] {
  const question = finals.at(-1)?.questionId;
  const before = finals.findLastIndex(({ questionId }) => questionId !== question);
  return before === -1 ? finals : finals.slice(before + 1);
}

/** Since when it is slower than usual; null when it is not. */
function slowSince({ shifts, good }: MetricScan): number | null {
  const last = shifts.at(-1);
  const isOpen = last !== undefined && last.endedAt === null && last.settledAtMs === null;
  return isOpen && last.to > last.from ? good[last.at]!.dueAtMs : null;
}

/** Mean of the last levels over the usual one, hours made comparable. Null with too few on either side. */
function slowdownOf({ shifts, bounds, levels }: MetricScan): number | null {
  const last = shifts.at(-1);
  const isOpen = last !== undefined && last.endedAt === null && last.settledAtMs === null;
  const now = levels.subarray(Math.max(0, levels.length - MOST_RECENT));
  const before = levels.subarray(bounds.at(-1) ?? 0, levels.length - now.length);
  if (now.length < LEAST_RECENT || (!isOpen && before.length < 4 * MOST_RECENT)) return null;
  return Math.exp(mean(now) - (isOpen ? Math.log(last.from) : mean(before)));
}

const mean = (values: Float64Array) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Due time of the first of the last samples that are all so. */
function runStart(samples: readonly Sample[], isIt: (sample: Sample) => boolean): number | null {
  const before = samples.findLastIndex((sample) => !isIt(sample));
  return samples[before + 1]?.dueAtMs ?? null;
}
