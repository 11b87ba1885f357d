import { targetKey } from '../domain/ids.ts';
import { featuresToTry, partsOf } from '../domain/probe-kind.ts';
import type { Target } from '../domain/types.ts';
import { dayOf, startOfDay } from '../domain/utc-day.ts';
import type { Feature } from '../domain/verdict.ts';
import { seededRandom } from '../lib/random.ts';
import type { FeatureTrial } from '../ports.ts';

/** Two hours before midnight the last target has its turn, so that what is late is still of its day. */
const SPREAD_MS = 22 * 3_600_000;

/** A target whose turn has come today, and what of it was not tried yet. */
export interface FeaturesDue {
  readonly target: Target;
  readonly features: readonly Feature[];
}

/**
 * Once a UTC day each feature of each target is tried, when its turn has come; whoever was not running then catches up.
 *
 * @param trials of this UTC day, at this location
 * @returns in the order of their turns
 */
export function featuresDue(
  targets: readonly Target[],
  trials: readonly FeatureTrial[],
  { location, nowMs }: { readonly location: string; readonly nowMs: number },
): readonly FeaturesDue[] {
  const tried = new Set(trials.filter(isOver).map((trial) => `${targetKey(trial)} ${trial.feature}`));
  return targets
    .map((target) => ({ target, turnAtMs: turnAtMs(target, location, nowMs) }))
    .filter(({ turnAtMs }) => turnAtMs <= nowMs)
    .toSorted((a, b) => a.turnAtMs - b.turnAtMs)
    .map(({ target }) => ({
      target,
      features: featuresToTry(target).filter((feature) => !tried.has(`${targetKey(target)} ${feature}`)),
    }))
    .filter(({ features }) => features.length > 0);
}

/** When on the UTC day of `dayMs` a target has its turn: by chance, and the same whenever one asks. Unix ms. */
export function turnAtMs(target: Pick<Target, 'modelId' | 'provider'>, location: string, dayMs: number): number {
  const random = seededRandom(`features ${dayOf(dayMs)} ${location} ${targetKey(target)}`);
  return startOfDay(dayMs) + Math.floor(random() * SPREAD_MS);
}

/** Every part was sent, or one failed, after which there is no next. */
const isOver = ({ feature, requests, failed }: FeatureTrial) => failed > 0 || requests >= partsOf(feature);
