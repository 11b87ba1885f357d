import type { Target } from '../domain/types.ts';
import type { RouterClaims } from './claims.ts';
import type { HubModel } from './hub-models.ts';
import type { Lookup } from './lookups.ts';
import type { TrendingModel } from './trending.ts';

/** All that one reading found out. */
export interface Findings {
  readonly trending: readonly TrendingModel[];
  readonly lookups: ReadonlyMap<string, Lookup>;
  readonly claims: RouterClaims;
  /** Targets seen live of late. */
  readonly remembered: readonly Target[];
}

/**
 * The targets to ask: the first `modelsToFetch` trending models with live providers, in trending order, then those asked for by
 * name, each once. A model asked for by name about which the Hub gave no answer keeps the providers it was last seen with.
 */
export function targetsOf(
  { modelsToFetch, models }: { readonly modelsToFetch: number; readonly models: readonly string[] },
  findings: Findings,
): readonly Target[] {
  const { trending, claims } = findings;
  const rankOf = new Map(trending.map(({ model, trendingRank }) => [model.modelId, trendingRank]));
  const chosen = [
    ...trending
      .map(({ model }) => model)
      .filter(({ live }) => live.length > 0)
      .slice(0, modelsToFetch),
    ...models.map((modelId) => namedModel(modelId, findings)).filter((model) => model !== null),
  ];
  const once = new Map(chosen.map((model) => [model.modelId, model]));
  return [...once.values()].flatMap(({ modelId, live }) =>
    live.map(({ provider, providerModelId }) => ({
      modelId,
      provider,
      providerModelId,
      ...claims.of(modelId, provider),
      trendingRank: rankOf.get(modelId) ?? null,
    })),
  );
}

function namedModel(modelId: string, { trending, lookups, remembered }: Findings): HubModel | null {
  const listed = trending.find(({ model }) => model.modelId === modelId);
  if (listed) return listed.model;
  const lookup = lookups.get(modelId);
  if (lookup?.kind === 'found') return lookup.model;
  if (lookup?.kind !== 'unanswered') return null;
  return { modelId, live: remembered.filter((target) => target.modelId === modelId), leftOut: [] };
}

/**
 * Remembered targets that are not live now although the Hub said who serves their model. A model that left the trending list
 * and still has the provider is not delisted; nor is one about which the Hub gave no answer.
 */
export function delistedOf({ trending, lookups, remembered }: Omit<Findings, 'claims'>): readonly Target[] {
  const seen = new Map(trending.map(({ model }) => [model.modelId, model]));
  for (const [modelId, lookup] of lookups) {
    if (lookup.kind === 'found') seen.set(modelId, lookup.model).set(lookup.model.modelId, lookup.model);
  }
  return remembered.filter(({ modelId, provider }) => {
    const model = seen.get(modelId);
    return model !== undefined && !model.live.some((served) => served.provider === provider);
  });
}
