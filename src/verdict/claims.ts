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
    const logRatios = new Float64Array(replies.length);
    const atMs = new Float64Array(replies.length);
    let n = 0;
    for (const reply of replies) {
      const { ours, theirs } = of(reply);
      if (!ours || !theirs || theirs < 0) continue;
      logRatios[n] = Math.log(ours / theirs);
      atMs[n++] = reply.dueAtMs;
    }
    const location = locationOf(logRatios.subarray(0, n), atMs.subarray(0, n));
    const [ratio, low, high] = location
      ? [Math.exp(location.estimate), Math.exp(location.low), Math.exp(location.high)]
      : [null, null, null];
    return { rule: 'Claims and policies', n, ...window, claim, ratio, low, high };
  });
}
