import type { PairedRatio, Ranked } from '../domain/verdict.ts';

/** A shared place, from 1: "3–5". */
export interface Place {
  readonly from: number;
  readonly to: number;
}

/** Everybody comes after those who are ahead of them and before those they are ahead of; all others share. */
export function placesOf(
  providers: readonly string[],
  isAhead: (a: string, b: string) => boolean,
): ReadonlyMap<string, Place> {
  return new Map(
    providers.map((provider) => {
      const ahead = providers.filter((other) => other !== provider && isAhead(other, provider)).length;
      const behind = providers.filter((other) => other !== provider && isAhead(provider, other)).length;
      return [provider, { from: 1 + ahead, to: providers.length - behind }];
    }),
  );
}

/**
 * Ranks providers of a model by a figure of which less is better. One is ahead of another only where the interval of their paired ratio lies
 * wholly on one side of 1: nobody wins within noise. Whoever cannot be compared shares every place.
 *
 * @param ratioOf how many times as much the second takes as the first
 * @returns best first; those that share places in the order of their ratios to all others
 */
export function ranked(
  providers: readonly string[],
  ratioOf: (a: string, b: string) => PairedRatio | null,
): readonly Ranked[] {
  const places = placesOf(providers, (a, b) => (ratioOf(a, b)?.low ?? 0) > 1);
  const levels = levelsOf(providers, (a, b) => Math.log(ratioOf(a, b)?.ratio ?? 1));
  const sorted = providers
    .map((provider) => ({ provider, ...places.get(provider)!, level: levels.get(provider)! }))
    .sort((a, b) => a.from - b.from || a.to - b.to || a.level - b.level);
  const first = sorted[0]?.provider;
  return sorted.map(({ provider, from, to }) => ({
    provider,
    from,
    to,
    behindFirst: first === undefined || provider === first ? null : ratioOf(first, provider),
  }));
}

/** What each lies above the rest, on average; less is better. */
export function levelsOf(
  providers: readonly string[],
  distance: (a: string, b: string) => number,
): ReadonlyMap<string, number> {
  const above = (provider: string) =>
    providers.reduce((sum, other) => sum + (other === provider ? 0 : distance(other, provider)), 0);
  return new Map(providers.map((provider) => [provider, above(provider) / providers.length]));
}
