import type { Sample } from '../domain/sample.ts';
import type { State, StateVerdict } from '../domain/verdict.ts';
import { EndpointSeries } from './endpoint-series.ts';
import { paceMs } from './pace.ts';
import type { ShiftFinder } from './shift-finder.ts';

/** What is looked at: the last samples that were sent, at most so many, and not older than twelve intervals. */
const MOST_RECENT = 6;
const RECENT_INTERVALS = 12;
/** With fewer it is too early to say anything. */
const LEAST_RECENT = 3;
/** Of the last samples so many show seven cycles, confirms of an hour or two between them. */
const MOST_CONFIRMED = 100;
const RULE = 'State';

export interface StateContext {
  readonly nowMs: number;
  readonly intervalMs: number;
  /** Samples of other providers in the same cycles: who else accepts our token. */
  readonly others: readonly Sample[];
  readonly isDelisted: boolean;
}

/** How a target is now. @param samples of one target from one location, standard and confirm, oldest first, of 28 days where there are as many */
export const stateOf = (samples: readonly Sample[], context: StateContext): StateVerdict =>
  stateOfSeries(new EndpointSeries(samples), context);

/** The same, of what was seen already. */
export function stateOfSeries(series: EndpointSeries, context: StateContext): StateVerdict {
  const { nowMs, intervalMs } = context;
  const { asked, standing, shifts } = series;
  const recentMs = RECENT_INTERVALS * paceMs(asked.slice(-MOST_CONFIRMED), intervalMs);
  const recent = asked.slice(-MOST_RECENT).filter(({ dueAtMs }) => dueAtMs > nowMs - recentMs);
  const firstTokens = shifts.lastLevels('ttftMs');
  const basis = {
    rule: RULE,
    n: recent.length,
    sinceMs: series.sinceMs ?? nowMs,
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
  const slowAtMs = slowSince(firstTokens) ?? slowSince(shifts.lastLevels('tpotMs'));
  if (slowAtMs !== null)
    return verdict('slow', slowAtMs, ({ outcome, dueAtMs }) => outcome === 'ok' && dueAtMs >= slowAtMs);
  return verdict('healthy', began(is('ok')), is('ok'));
}

/** Whoever refuses a token that another accepts in the meantime means us alone. */
function accountState(sinceMs: number, others: readonly Sample[]): State {
  return others.some(({ dueAtMs, outcome }) => dueAtMs >= sinceMs && outcome === 'ok') ? 'refuses_us' : 'our_account';
}

type Levels = ReturnType<ShiftFinder['lastLevels']>;

/** Since when it is slower than usual; null when it is not. */
function slowSince({ shifts, atMs }: Levels): number | null {
  const last = shifts.at(-1);
  const isOpen = last !== undefined && last.endedAt === null && last.settledAtMs === null;
  return isOpen && last.to > last.from ? atMs[last.at]! : null;
}

/** Mean of the last levels over the usual one, hours made comparable. Null with too few on either side. */
function slowdownOf({ shifts, bounds, levels }: Levels): number | null {
  const last = shifts.at(-1);
  const isOpen = last !== undefined && last.endedAt === null && last.settledAtMs === null;
  const now = levels.slice(Math.max(0, levels.length - MOST_RECENT));
  const before = levels.slice(bounds.at(-1) ?? 0, levels.length - now.length);
  if (now.length < LEAST_RECENT || (!isOpen && before.length < 4 * MOST_RECENT)) return null;
  return Math.exp(mean(now) - (isOpen ? Math.log(last.from) : mean(before)));
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Due time of the first of the last samples that are all so. */
function runStart(samples: readonly Sample[], isIt: (sample: Sample) => boolean): number | null {
  const before = samples.findLastIndex((sample) => !isIt(sample));
  return samples[before + 1]?.dueAtMs ?? null;
}
