/** One bench: `bench/<name>.ts` exports one, and `bench/benches.ts` lists it. */
export interface Bench {
  /** One line: what it does, so that a reader of the table knows what the figures are of. */
  readonly about: string;
  /** By the name of the figure that must reach it. */
  readonly goals: Readonly<Record<string, Goal>>;
  run(options: RunOptions): Promise<readonly Figure[]>;
}

interface RunOptions {
  /** Less of everything: shows that the bench works, not how good the program is. */
  readonly quick: boolean;
  /** One line for whoever waits. */
  progress(text: string): void;
}

/** One number, or one for each part of the unit (`ms, p50 / p99 / max`). Null: unknown, or too few samples to tell. */
export type Value = number | null | readonly (number | null)[];

/** One line of a table. */
export interface Figure {
  readonly name: string;
  readonly unit: string;
  readonly ours: Value;
  /** The same of others, from the same run. */
  readonly peers?: Readonly<Record<string, Value>>;
}

/** Every part given must hold. Numbers stand in the order of the unit's parts; null asks for nothing. */
export interface Goal {
  readonly atMost?: Value;
  /** At most this many times that peer's. */
  readonly atMostTimes?: { readonly peer: string; readonly times: number };
  /** Below every peer that has such a figure, in as many of the unit's parts, from the first. */
  readonly aheadInFirst?: number;
}

/** @returns null without a goal, and where a number that it needs is unknown */
export function isMet({ ours, peers = {} }: Figure, goal: Goal | undefined): boolean | null {
  if (goal === undefined) return null;
  const { atMost = null, atMostTimes, aheadInFirst = 0 } = goal;
  const own = partsOf(ours);
  const comparisons = [
    ...partsOf(atMost).map((limit, i) => compare(own[i], limit)),
    ...(atMostTimes ? [compare(own[0], times(partsOf(peers[atMostTimes.peer] ?? null)[0], atMostTimes.times))] : []),
    ...Object.values(peers).flatMap((peer) =>
      partsOf(peer)
        .slice(0, aheadInFirst)
        .map((theirs, i) => compare(own[i], theirs)),
    ),
  ];
  const judged = comparisons.filter((comparison) => comparison !== undefined);
  if (judged.includes(false)) return false;
  return judged.length === 0 || judged.includes(null) ? null : true;
}

/** @returns undefined where nothing is asked, null where it cannot be told */
function compare(ours: number | null | undefined, limit: number | null | undefined): boolean | null | undefined {
  if (limit === null || limit === undefined) return undefined;
  return ours === null || ours === undefined ? null : ours <= limit;
}

const times = (value: number | null | undefined, factor: number) => (value == null ? value : value * factor);

export const partsOf = (value: Value): readonly (number | null)[] =>
  typeof value === 'object' && value !== null ? value : [value];
