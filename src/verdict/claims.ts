import type { Sample } from '../domain/sample.ts';
import type { ClaimAudit } from '../domain/verdict.ts';
import type { Window } from '../ports.ts';
import { isGoodReply } from './aligned.ts';
import { locationOf } from './location.ts';

interface Figures {
  readonly ours: number | null;
  readonly theirs: number | null;
}

const CLAIMS: readonly { readonly claim: ClaimAudit['claim']; readonly of: (sample: Sample) => Figures }[] = [
  { claim: 'ttft', of: ({ ttftMs, claimedTtftMs }) => ({ ours: ttftMs, theirs: claimedTtftMs }) },
  { claim: 'tps', of: ({ tpotMs, claimedTps }) => ({ ours: tpotMs && 1000 / tpotMs, theirs: claimedTps }) },
];

/**
 * What the router publishes against what we saw in the same cycle, by the same estimate and interval as a comparison.
 *
 * @param samples of one target, oldest first
 */
export function auditClaims(samples: readonly Sample[], window: Window): readonly ClaimAudit[] {
  const replies = samples.filter(
    (sample) => isGoodReply(sample) && sample.dueAtMs >= window.sinceMs && sample.dueAtMs < window.untilMs,
  );
  return CLAIMS.map(({ claim, of }) => {
    const pairs = replies.flatMap((sample) => {
      const { ours, theirs } = of(sample);
      return ours && theirs && theirs > 0 ? [{ atMs: sample.dueAtMs, log: Math.log(ours / theirs) }] : [];
    });
    const location = locationOf(
      Float64Array.from(pairs, ({ log }) => log),
      Float64Array.from(pairs, ({ atMs }) => atMs),
    );
    const [ratio, low, high] = location
      ? [Math.exp(location.estimate), Math.exp(location.low), Math.exp(location.high)]
      : [null, null, null];
    return { rule: 'Claims and policies', n: pairs.length, ...window, claim, ratio, low, high };
  });
}
