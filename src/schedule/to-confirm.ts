import { targetKey } from '../domain/ids.ts';
import type { Outcome } from '../domain/outcome.ts';
import type { Target } from '../domain/types.ts';
import type { ProbeEnding } from '../ports.ts';

/** A target that fails this long is no news any more: the cycles alone go on asking it. */
const CONFIRMED_FOR_MS = 3_600_000;

/** A reply, or a refusal that is not the target's fault: it answers. A fault of ours or of the router's host says nothing of it. */
const ANSWERED: ReadonlySet<Outcome> = new Set(['ok', 'rate_limited', 'account_error']);

/**
 * The targets that are asked again now: a standard probe ended in `target_error`, nothing has answered since, and
 * the first of such probes in a row was due within the hour.
 *
 * @param endings at one place, oldest first, of at least `lookBackMs`
 */
export function toConfirm(
  targets: readonly Target[],
  endings: readonly ProbeEnding[],
  nowMs: number,
): readonly Target[] {
  const failingSinceMs = new Map<string, number>();
  for (const ending of endings) {
    const key = targetKey(ending);
    if (ANSWERED.has(ending.outcome)) failingSinceMs.delete(key);
    else if (ending.outcome === 'target_error' && ending.kind === 'standard' && !failingSinceMs.has(key))
      failingSinceMs.set(key, ending.dueAtMs);
  }
  return targets.filter((target) => {
    const sinceMs = failingSinceMs.get(targetKey(target));
    return sinceMs !== undefined && nowMs - sinceMs <= CONFIRMED_FOR_MS;
  });
}

/** How far back one must look to tell whether a target has been failing for longer than it is confirmed. */
export const lookBackMs = (intervalMs: number) => 2 * Math.max(CONFIRMED_FOR_MS, intervalMs);
