import { probeId } from '../domain/ids.ts';
import { kindText, type ProbeKind, STANDARD } from '../domain/probe-kind.ts';
import type { Cycle, Identity, PlannedProbe, Target } from '../domain/types.ts';
import { seededRandom, shuffled } from '../lib/random.ts';

/** What a cycle is planned from. */
export interface PlanInput {
  readonly cycle: Cycle;
  readonly targets: readonly Target[];
  readonly delisted: readonly Target[];
  readonly identity: Pick<Identity, 'location'>;
  /** Set when the cycle as a whole is left out. */
  readonly skip?: 'budget' | null;
  /** Unix ms at which every probe of the cycle is due. */
  readonly scheduledAtMs: number;
}

/**
 * One probe per target in the order of asking, delisted targets among them as skipped. Models are shuffled, and the providers
 * within each, by the cycle's own seed: nobody is always first, and the providers of a model are asked side by side.
 */
export function planCycle(input: PlanInput): readonly PlannedProbe[] {
  const { cycle, targets, delisted, identity, scheduledAtMs, skip: skipAll = null } = input;
  const random = seededRandom(cycle.cycleId);
  const probes = [
    ...targets.map((target) => ({ target, skip: skipAll })),
    ...delisted.map((target) => ({ target, skip: 'delisted' as const })),
  ];
  const models = [...Map.groupBy(probes, ({ target }) => target.modelId).values()];
  return shuffled(models, random)
    .flatMap((providers) => shuffled(providers, random))
    .map(({ target, skip }) => ({ ...plannedProbe(cycle, target, STANDARD, scheduledAtMs, identity), skip }));
}

/** A probe that will be asked. */
export function plannedProbe(
  cycle: Cycle,
  target: Target,
  kind: ProbeKind,
  scheduledAtMs: number,
  { location }: Pick<Identity, 'location'>,
): PlannedProbe {
  const id = probeId(cycle.cycleId, location, target.modelId, target.provider, kindText(kind));
  return { probeId: id, cycle, target, kind, scheduledAtMs, skip: null };
}
