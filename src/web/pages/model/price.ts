import { formatUsd } from '../../../lib/format.ts';

interface Prices {
  readonly price_input_usd_per_mtok: number | null;
  readonly price_output_usd_per_mtok: number | null;
}

/** USD per million tokens, three read for one written; null unless both prices are known. */
export function blendedPrice({ price_input_usd_per_mtok: input, price_output_usd_per_mtok: output }: Prices) {
  return input === null || output === null ? null : (3 * input + output) / 4;
}

/** `$0.19 in · $0.64 out`; of unknown prices nothing. */
export function priceParts({ price_input_usd_per_mtok: input, price_output_usd_per_mtok: output }: Prices): string {
  return input === null && output === null ? '' : `${formatUsd(input)} in · ${formatUsd(output)} out`;
}
