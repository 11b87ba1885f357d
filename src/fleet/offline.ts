import { targetKey } from '../domain/ids.ts';
import type { PlannedProbe } from '../domain/types.ts';
import { seededRandom } from '../lib/random.ts';
import type { Worker } from '../ports.ts';

export type Colleague = Pick<Worker, 'workerId' | 'location'>;

/** What the workers of a fleet share, as it was when they could last ask. */
export interface Common {
  /** Everybody, at every place. */
  readonly workers: readonly Colleague[];
  /** How many may ask a provider at once, over all places; null: no limit. */
  readonly perProvider: number | null;
  /** Of the day's budget; null: there is none. */
  readonly leftUsd: number | null;
}

/** What a worker may do by itself. */
export interface Share {
  readonly probes: readonly PlannedProbe[];
  /** How many of a provider at once; `Infinity`: no limit. */
  slotsOf(provider: string): number;
  readonly budgetUsd: number | null;
}

/**
 * What of a plan is one worker's to ask while nobody can ask the others. All work it out alike from what they last saw: a target belongs to one
 * worker of the place, the limit of a provider is dealt out slot by slot, and what is left of the budget in equal parts. Whoever
 * got no slot of a provider does not ask it.
 *
 * Targets by rendezvous hashing (Thaler and Ravishankar, 1998): who joins or leaves moves only targets of its own.
 *
 * @param plan of the worker's own place
 */
export function shareOf(plan: readonly PlannedProbe[], { workerId, location }: Colleague, common: Common): Share {
  const { workers, leftUsd } = common;
  const here = workers.filter((worker) => worker.location === location);
  const slots = new Map<string, ReadonlyMap<string, number>>();
  const slotsAt = (provider: string) => {
    const dealt = slots.get(provider) ?? dealSlots(provider, common);
    slots.set(provider, dealt);
    return dealt;
  };
  const ownerOf = ({ target }: PlannedProbe) => {
    const able = here.filter((worker) => (slotsAt(target.provider).get(worker.workerId) ?? 0) > 0);
    return best(able, (worker) => drawn(`owner ${worker.workerId} ${targetKey(target)}`))?.workerId;
  };
  return {
    probes: plan.filter((probe) => probe.skip === null && ownerOf(probe) === workerId),
    slotsOf: (provider) => slotsAt(provider).get(workerId) ?? 0,
    budgetUsd: leftUsd === null ? null : Math.floor((leftUsd / Math.max(workers.length, 1)) * 1e9) / 1e9,
  };
}

/** Every place gets one slot before one gets two, the first place another one for each provider. */
function dealSlots(provider: string, { workers, perProvider }: Common): ReadonlyMap<string, number> {
  if (perProvider === null) return new Map(workers.map(({ workerId }) => [workerId, Number.POSITIVE_INFINITY]));
  const byPlace = [...Map.groupBy(workers, (worker) => worker.location).values()];
  const inTurn = byPlace
    .flatMap((place) =>
      inDrawnOrder(place, (worker) => `${provider} ${worker.workerId}`).map((worker, i) => ({ worker, i })),
    )
    .toSorted(
      (a, b) => a.i - b.i || drawn(`${provider} ${a.worker.location}`) - drawn(`${provider} ${b.worker.location}`),
    )
    .map(({ worker }) => worker.workerId);
  const each = Math.floor(perProvider / inTurn.length);
  const rest = perProvider % inTurn.length;
  return new Map(inTurn.map((workerId, i) => [workerId, each + (i < rest ? 1 : 0)]));
}

const drawn = (text: string) => seededRandom(text)();

const inDrawnOrder = <T>(items: readonly T[], nameOf: (item: T) => string) =>
  items.toSorted((a, b) => drawn(nameOf(a)) - drawn(nameOf(b)) || (nameOf(a) < nameOf(b) ? -1 : 1));

function best<T>(items: readonly T[], scoreOf: (item: T) => number): T | undefined {
  return items.toSorted((a, b) => scoreOf(b) - scoreOf(a))[0];
}
