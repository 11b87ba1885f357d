import type { AttemptRecord } from './record.ts';
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
  return roundedUsd((promptTokens * input + completionTokens * output) / 1e6);
}

/** 0.1 + 0.2 is 0.3 again. */
export const roundedUsd = (usd: number) => Number(usd.toPrecision(12));

/** Prices of a model at one provider. */
export type PricedModel = Prices & { readonly modelId: string | null };

/**
 * Prices with nothing unknown in them: a price that is unknown counts as the dearest of its model, and where nobody has one for
 * that model, as the dearest of all. Null only where nobody has any price.
 */
export function dearestPrices(of: PricedModel, known: readonly PricedModel[]): Prices {
  const ofModel = known.filter(({ modelId }) => modelId === of.modelId);
  const priced = (name: keyof Prices) => of[name] ?? dearest(ofModel, name) ?? dearest(known, name);
  return {
    priceInputUsdPerMtok: priced('priceInputUsdPerMtok'),
    priceOutputUsdPerMtok: priced('priceOutputUsdPerMtok'),
  };
}

function dearest(known: readonly Prices[], name: keyof Prices): number | null {
  return known.reduce<number | null>((max, { [name]: usd }) => (usd === null ? max : Math.max(max ?? 0, usd)), null);
}

/** What asking a set of targets once will cost. */
export interface ExpectedCost {
  readonly usd: number;
  /** Targets of models nobody has a price for: they count as the dearest of all. */
  readonly unpriced: number;
}

/** A reply to the standard question as it usually is; the first days of real data gave the order of magnitude, not more. */
export const USUAL_TOKENS = { promptTokens: 30, completionTokens: 600 } as const satisfies TokenCounts;

/**
 * Expected cost of asking each target once, never too low for lack of a price.
 *
 * @param experience what a reply of that target lately cost, in USD; null: nothing is known, and usual tokens count
 */
export function expectedCost(
  targets: readonly Target[],
  tokens: TokenCounts,
  experience: (target: Target) => number | null = () => null,
): ExpectedCost {
  const costs = targets.map((target) => experience(target) ?? costUsd(tokens, dearestPrices(target, targets)) ?? 0);
  const byModel = [...Map.groupBy(targets, ({ modelId }) => modelId).values()];
  const unpriced = byModel.filter((ofModel) => ofModel.every((target) => costUsd(tokens, target) === null));
  return { usd: roundedUsd(costs.reduce((sum, usd) => sum + usd, 0)), unpriced: unpriced.flat().length };
}

/** USD, by how well it is known. */
export interface Spending {
  /** Of attempts whose usage and price are known. */
  readonly knownUsd: number;
  /** Of attempts that a provider may charge for, and of which one of the two is unknown. */
  readonly estimatedUsd: number;
}

export const totalUsd = ({ knownUsd, estimatedUsd }: Spending) => roundedUsd(knownUsd + estimatedUsd);

/** What of a row decides what it cost. */
export type Charged = PricedModel &
  TokenCounts &
  Pick<AttemptRecord, 'attempt' | 'outcome' | 'errorClass' | 'responseStatusCode' | 'sentMs' | 'chunks' | 'costUsd'>;

/**
 * What an attempt adds to the spending of its day. A cost that is unknown is estimated by the tokens reported, else by usual ones (a chunk is
 * at least one), at the dearest price that an unknown one may be.
 *
 * @param catalogue of that moment; asked for only where a cost is estimated
 * @returns null where the attempt cost nothing: nothing was sent, or it was refused
 */
export function spendingOf(
  attempt: Charged,
  catalogue: () => readonly PricedModel[],
): { readonly knownUsd: number } | { readonly knownUsd: null; readonly estimatedUsd: number } | null {
  const { costUsd: knownUsd } = attempt;
  if (knownUsd !== null && Number.isFinite(knownUsd)) return { knownUsd };
  if (!mayBeCharged(attempt)) return null;
  const tokens = {
    promptTokens: attempt.promptTokens ?? USUAL_TOKENS.promptTokens,
    completionTokens: attempt.completionTokens ?? Math.max(USUAL_TOKENS.completionTokens, attempt.chunks ?? 0),
  };
  return { knownUsd: null, estimatedUsd: costUsd(tokens, dearestPrices(attempt, catalogue())) ?? 0 };
}

/** It reached the provider and was not refused. Of a fault of our own nobody knows how far it came. */
function mayBeCharged({ attempt, outcome, errorClass, responseStatusCode: status, sentMs }: Charged): boolean {
  if (attempt === 0 || outcome === 'skipped') return false;
  if (status !== null && status > 0) return status >= 200 && status <= 299;
  return sentMs !== null || errorClass === 'internal';
}
