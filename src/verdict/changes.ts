import type { Sample } from '../domain/sample.ts';
import type { ChangePoint } from '../domain/verdict.ts';
import { ShiftFinder } from './shift-finder.ts';

/**
 * When the levels of one target changed and stayed changed, oldest first (spec.md, "Changes").
 *
 * @param samples of one target, oldest first; only final attempts of standard probes count
 */
export function changePointsOf(samples: readonly Sample[]): readonly ChangePoint[] {
  const finder = new ShiftFinder();
  for (const sample of samples) if (isStandardFinal(sample)) finder.see(sample);
  return changePointsOfShifts(finder);
}

/** The same, of what was seen already. */
export function changePointsOfShifts(finder: ShiftFinder): readonly ChangePoint[] {
  return finder
    .shifts('shown')
    .map(({ metric, startedAtMs: atMs, ratio, low, high, before, since }): ChangePoint => {
      return { metric, atMs, ratio, low, high, before, since };
    })
    .sort((a, b) => a.atMs - b.atMs);
}

/** A probe of the schedule that was sent, as it ended. */
export const isStandardFinal = ({ probeKind, final, attempt }: Sample) =>
  probeKind === 'standard' && final && attempt > 0;
