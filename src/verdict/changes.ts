import type { Sample } from '../domain/sample.ts';
import type { ChangePoint } from '../domain/verdict.ts';
import { LEVEL_METRICS, shiftsOf } from './shifts.ts';

/**
 * When the levels of one target changed and stayed changed, oldest first (spec.md, "Changes").
 *
 * @param samples of one target, oldest first; only final attempts of standard probes count
 */
export function changePointsOf(samples: readonly Sample[]): readonly ChangePoint[] {
  const finals = standardFinals(samples);
  return [...LEVEL_METRICS, 'priceUsdPerMtok' as const, 'availability' as const]
    .flatMap((metric) => shiftsOf(finals, metric, 'shown'))
    .map(({ metric, startedAtMs: atMs, ratio, low, high, before, since }): ChangePoint => {
      return { metric, atMs, ratio, low, high, before, since };
    })
    .sort((a, b) => a.atMs - b.atMs);
}

/** Probes of the schedule that were sent, each as it ended. */
export const standardFinals = (samples: readonly Sample[]) =>
  samples.filter(({ probeKind, final, attempt }) => probeKind === 'standard' && final && attempt > 0);
