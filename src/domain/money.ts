import type { Target } from './types.ts';

export interface TokenCounts {
  readonly promptTokens: number | null;
  readonly completionTokens: number | null;
}

export type Prices = Pick<Target, 'priceInputUsdPerMtok' | 'priceOutputUsdPerMtok'>;

/**
 * What a reply cost, in USD: prompt tokens × input price + completion tokens × output price, prices per million tokens.
 * Reasoning tokens are inside the completion tokens; discounts for cached prompts are not known.
 *
 * @returns null where a count or a price is unknown; a price of 0 is known
 */
export function costUsd({ promptTokens, completionTokens }: TokenCounts, prices: Prices): number | null {
  const { priceInputUsdPerMtok: input, priceOutputUsdPerMtok: output } = prices;
  if (promptTokens === null || completionTokens === null || input === null || output === null) return null;
  const usd = (promptTokens * input + completionTokens * output) / 1e6;
  return Number(usd.toPrecision(12)); // 0.1 + 0.2 is 0.3 again
}

/** What asking a set of targets once will cost. */
export interface ExpectedCost {
  readonly usd: number;
  /** Targets of models nobody has a price for: they are not in the sum. */
  readonly unpriced: number;
}

/** A reply to the standard question as it usually is; the first days of real data gave the order of magnitude, not more. */
export const USUAL_TOKENS: TokenCounts = { promptTokens: 30, completionTokens: 600 };

/** Expected cost of asking each target once. A price unknown counts as the dearest of its model, so that the sum is never too low for lack of it. */
export function expectedCost(targets: readonly Target[], tokens: TokenCounts): ExpectedCost {
  const costs = [...Map.groupBy(targets, ({ modelId }) => modelId).values()].flatMap((ofModel) => {
    const known = ofModel.map((target) => costUsd(tokens, target));
    const dearest = known.reduce<number | null>((max, usd) => (usd === null ? max : Math.max(max ?? 0, usd)), null);
    return known.map((usd) => usd ?? dearest);
  });
  return {
    usd: costs.reduce<number>((sum, usd) => sum + (usd ?? 0), 0),
    unpriced: costs.filter((usd) => usd === null).length,
  };
}
