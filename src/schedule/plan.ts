import { probeId } from '../domain/ids.ts';
import { kindText, type ProbeKind, STANDARD } from '../domain/probe-kind.ts';
import type { Cycle, Identity, PlannedProbe, Target } from '../domain/types.ts';
import { seededRandom } from '../lib/random.ts';

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
 * One probe per target in the order of asking, delisted targets among them as skipped. Models come in a new order each cycle, and the providers
 * within each: nobody is always first, and the providers of a model are asked side by side. The order follows from the due time and the names
 * alone: places that never talk ask in the same order, and a target that only one of them knows moves nobody else.
 */
export function planCycle(input: PlanInput): readonly PlannedProbe[] {
  const { cycle, targets, delisted, identity, scheduledAtMs, skip: skipAll = null } = input;
  const probes = [
    ...targets.map((target) => ({ target, skip: skipAll })),
    ...delisted.map((target) => ({ target, skip: 'delisted' as const })),
  ];
  const models = [...Map.groupBy(probes, ({ target }) => target.modelId)];
  return inDrawnOrder(models, ([modelId]) => modelId, cycle)
    .flatMap(([modelId, providers]) => inDrawnOrder(providers, ({ target }) => `${modelId} ${target.provider}`, cycle))
    .map(({ target, skip }) => ({ ...plannedProbe(cycle, target, STANDARD, scheduledAtMs, identity), skip }));
}

/** In an order of this due time alone, each order as likely as any other. */
function inDrawnOrder<T>(items: readonly T[], nameOf: (item: T) => string, { dueAtMs }: Cycle): readonly T[] {
  const drawn = items.map((item) => {
    const name = nameOf(item);
    return { item, name, turn: seededRandom(`turn ${dueAtMs} ${name}`)() };
  });
  return drawn.sort((a, b) => a.turn - b.turn || (a.name < b.name ? -1 : 1)).map(({ item }) => item);
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
