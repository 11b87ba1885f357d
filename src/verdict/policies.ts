import type { Sample } from '../domain/sample.ts';
import type { PolicyAudit } from '../domain/verdict.ts';
import { atOnce, type Steps } from '../lib/steps.ts';
import type { Window } from '../ports.ts';
import { alignedInSteps, isGoodReply } from './aligned.ts';
import { DayRate } from './day-rate.ts';
import type { HeadToHead } from './head-to-head.ts';
import { spreadOf } from './spread.ts';

/** As good as the best: nobody would notice. */
const AS_GOOD = 1.05;

interface Policy {
  readonly policy: PolicyAudit['policy'];
  readonly unit: PolicyAudit['unit'];
  /** What a reply takes, in that unit. */
  readonly measure: 'e2eMs' | 'costUsd';
  /** The router takes the least of these; null: it says nothing of this provider. */
  readonly says: (sample: Sample) => number | null;
}

/** What the router documents: `:fastest` is the highest published throughput, `:cheapest` the lowest price per output token. */
const POLICIES: readonly Policy[] = [
  { policy: 'fastest', unit: 'ms', measure: 'e2eMs', says: ({ claimedTps }) => claimedTps && -claimedTps },
  { policy: 'cheapest', unit: 'usd', measure: 'costUsd', says: ({ priceOutputUsdPerMtok }) => priceOutputUsdPerMtok },
];

/** @param byProvider samples of one model, each provider's oldest first, all within the window */
export const auditPolicies = (
  byProvider: ReadonlyMap<string, readonly Sample[]>,
  headToHead: HeadToHead,
  window: Window,
): readonly PolicyAudit[] => atOnce(auditPoliciesInSteps(byProvider, headToHead, window));

export function* auditPoliciesInSteps(
  byProvider: ReadonlyMap<string, readonly Sample[]>,
  headToHead: HeadToHead,
  window: Window,
): Steps<readonly PolicyAudit[]> {
  const providers = [...byProvider.keys()].sort();
  const targets = providers.map((provider) => byProvider.get(provider)!);
  const { rows, dueAtMs } = yield* alignedInSteps(targets, isListed);
  const audits: PolicyAudit[] = [];
  for (const { policy, unit, measure, says } of POLICIES) {
    const usual = new Map<string, number | null>();
    for (const [i, provider] of providers.entries()) {
      usual.set(provider, usualOf(targets[i]!, measure));
      yield;
    }
    const regretOf = regretsBy(providers, usual, (a, b) => headToHead.ratio(a, b, measure));
    const pickedBest = new DayRate();
    const regrets: number[] = [];
    dueAtMs.forEach((atMs, occasion) => {
      const shown = rows.map((row) => row[occasion]);
      const pick = pickBy(says, shown);
      if (pick === null) return;
      if (pick.outcome !== 'ok') {
        if (pick.outcome === 'target_error' && shown.some((sample) => sample && isGoodReply(sample)))
          pickedBest.add(atMs, false);
        return;
      }
      const regret = regretOf(pick.providerName);
      if (regret === null) return;
      pickedBest.add(atMs, regret === 0);
      regrets.push(regret);
    });
    const rate = pickedBest.rate();
    audits.push({
      rule: 'Claims and policies',
      n: rate.trials,
      ...window,
      policy,
      pickedBest: rate,
      regretMedian: spreadOf(regrets).p50,
      regretMean: regrets.length === 0 ? null : regrets.reduce((sum, regret) => sum + regret, 0) / regrets.length,
      unit,
    });
    yield;
  }
  return audits;
}

const isListed = ({ probeKind, final, errorClass }: Sample) =>
  probeKind === 'standard' && final && errorClass !== 'delisted';

/** Null without a choice. Of several alike it is the one with the highest published throughput, which is the router's default. */
function pickBy(says: Policy['says'], shown: readonly (Sample | undefined)[]): Sample | null {
  let best: Sample | null = null;
  let known = 0;
  for (const sample of shown) {
    const figure = sample ? says(sample) : null;
    if (!sample || figure === null) continue;
    known++;
    if (best === null) best = sample;
    const difference = figure - says(best)! || (best.claimedTps ?? 0) - (sample.claimedTps ?? 0);
    if (difference < 0) best = sample;
  }
  return known < 2 ? null : best;
}

const usualOf = (samples: readonly Sample[], measure: Policy['measure']) =>
  spreadOf(samples.filter(isGoodReply).map((sample) => sample[measure])).p50;

/**
 * How much more each provider usually takes than the best: 0 where nobody beats it beyond noise, or by no more than 5 %. Over the whole window
 * and not in the one cycle, in which the luckiest of several providers beats any choice. Null: unknown.
 */
function regretsBy(
  providers: readonly string[],
  usual: ReadonlyMap<string, number | null>,
  ratioOf: (a: string, b: string) => { readonly ratio: number; readonly low: number } | null,
): (provider: string) => number | null {
  const known = providers.filter((provider) => usual.get(provider) !== null);
  const best = known.toSorted((a, b) => usual.get(a)! - usual.get(b)!)[0];
  return (provider) => {
    const own = usual.get(provider) ?? null;
    if (best === undefined || own === null) return null;
    if (provider === best || own === 0) return 0;
    const isFree = usual.get(best) === 0;
    const ratio = ratioOf(best, provider);
    if (!isFree && (ratio === null || ratio.low <= 1 || ratio.ratio <= AS_GOOD)) return 0;
    return Math.max(0, own - usual.get(best)!);
  };
}
