import { costUsd, type Prices, roundedUsd, USUAL_TOKENS } from '../domain/money.ts';
import type { Sample } from '../domain/sample.ts';
import type { Metric } from '../domain/verdict.ts';

/** Metrics that a single good reply shows. */
export type ReplyMetric = Exclude<Metric, 'priceUsdPerMtok' | 'availability'>;

/** Mean list price of a token in a usual reply (30 tokens in, 600 out), USD per million; null unless both prices are known. */
export function usualPrice(prices: Prices): number | null {
  const usd = costUsd(USUAL_TOKENS, prices);
  return usd === null ? null : roundedUsd((usd * 1e6) / (USUAL_TOKENS.promptTokens + USUAL_TOKENS.completionTokens));
}

/** Natural logarithm of a value; NaN where it is unknown, or 0 and has none. */
export const logOf = (sample: Sample | undefined, metric: ReplyMetric): number => {
  const value = sample?.[metric] ?? 0;
  return value > 0 ? Math.log(value) : Number.NaN;
};
