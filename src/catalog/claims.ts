import { z } from 'zod';
import type { Target } from '../domain/types.ts';

/** What the catalogue says of a target beyond its being live. Null is unknown. */
export type Claims = Omit<Target, 'modelId' | 'provider' | 'providerModelId' | 'trendingRank'>;

export const NO_CLAIMS: Claims = {
  priceInputUsdPerMtok: null,
  priceOutputUsdPerMtok: null,
  claimedTtftMs: null,
  claimedTps: null,
  contextLength: null,
  supportsTools: null,
  supportsStructuredOutput: null,
};

/** Finite (JSON knows nothing else that zod would take) and not below zero; anything else is unknown. */
const amount = z.number().nonnegative().nullable().catch(null);
const count = z.int().nonnegative().nullable().catch(null);
const flag = z.boolean().nullable().catch(null);

const RouterProvider = z.object({
  provider: z.string(),
  pricing: z.object({ input: amount, output: amount }).catch({ input: null, output: null }),
  is_free: flag,
  context_length: count,
  supports_tools: flag,
  supports_structured_output: flag,
  first_token_latency_ms: amount,
  throughput: amount,
});
const RouterModel = z.object({ id: z.string(), providers: z.array(z.unknown()) });
const RouterModels = z.object({ data: z.array(z.unknown()) });

/** Claims by model and provider, and how many entries could not be read. */
export interface RouterClaims {
  of(modelId: string, provider: string): Claims;
  readonly unreadable: number;
}

export const NO_ROUTER_CLAIMS: RouterClaims = { of: () => NO_CLAIMS, unreadable: 0 };

/**
 * The answer of the router's `/v1/models`: prices in USD per million tokens, latency in ms, throughput in tokens per second,
 * as last measured by Hugging Face.
 *
 * @returns null if it is no such list
 */
export function parseRouterModels(raw: unknown): RouterClaims | null {
  const list = RouterModels.safeParse(raw);
  if (!list.success) return null;
  const claims = new Map<string, Claims>();
  let unreadable = 0;
  for (const rawModel of list.data.data) {
    const model = RouterModel.safeParse(rawModel);
    if (!model.success) unreadable++;
    for (const rawProvider of model.data?.providers ?? []) {
      const provider = RouterProvider.safeParse(rawProvider);
      if (provider.success) claims.set(keyOf(model.data!.id, provider.data.provider), claimsOf(provider.data));
      else unreadable++;
    }
  }
  return { of: (modelId, provider) => claims.get(keyOf(modelId, provider)) ?? NO_CLAIMS, unreadable };
}

function claimsOf(entry: z.infer<typeof RouterProvider>): Claims {
  const unpriced = entry.is_free ? 0 : null;
  return {
    priceInputUsdPerMtok: entry.pricing.input ?? unpriced,
    priceOutputUsdPerMtok: entry.pricing.output ?? unpriced,
    claimedTtftMs: entry.first_token_latency_ms,
    claimedTps: entry.throughput,
    contextLength: entry.context_length,
    supportsTools: entry.supports_tools,
    supportsStructuredOutput: entry.supports_structured_output,
  };
}

const keyOf = (modelId: string, provider: string) => `${modelId} ${provider}`;
