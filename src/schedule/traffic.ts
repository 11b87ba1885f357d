import { targetKey } from '../domain/ids.ts';
import type { Target } from '../domain/types.ts';

type Asked = Pick<Target, 'modelId' | 'provider'>;

/** A question beside the cycles, as long as it is under way. */
interface Place extends Disposable {
  /** Aborts when a cycle begins, whose own question to the target is as good. */
  readonly overtaken: AbortSignal;
}

/** Who is being asked, so that questions beside the cycles neither delay a cycle nor crowd a provider. */
export interface Traffic {
  /** These will be asked now; every question beside the cycles is overtaken. */
  cycleBegins(targets: readonly Asked[]): void;
  /** The cycle has its answer from this one. */
  settled(target: Asked): void;
  cycleEnds(): void;
  /** Null: the target is being asked, or all places, or all of its provider, are taken or will be by the cycle. */
  enter(target: Asked): Place | null;
}

export function createTraffic({
  concurrency,
  concurrencyPerProvider,
}: {
  readonly concurrency: number;
  readonly concurrencyPerProvider: number | null;
}): Traffic {
  const ofCycle = new Map<string, Asked>();
  const beside = new Map<string, Asked & { readonly overtake: AbortController }>();

  function hasRoom({ provider }: Asked): boolean {
    const all = [...ofCycle.values(), ...beside.values()];
    const atProvider = all.filter((asked) => asked.provider === provider).length;
    return all.length < concurrency && (concurrencyPerProvider === null || atProvider < concurrencyPerProvider);
  }

  return {
    cycleBegins(targets) {
      for (const target of targets) ofCycle.set(targetKey(target), target);
      for (const { overtake } of beside.values()) overtake.abort();
    },
    settled: (target) => void ofCycle.delete(targetKey(target)),
    cycleEnds: () => ofCycle.clear(),
    enter(target) {
      const key = targetKey(target);
      if (ofCycle.has(key) || beside.has(key) || !hasRoom(target)) return null;
      const overtake = new AbortController();
      beside.set(key, { ...target, overtake });
      return { overtaken: overtake.signal, [Symbol.dispose]: () => void beside.delete(key) };
    },
  };
}
