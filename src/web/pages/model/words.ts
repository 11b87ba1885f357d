import type { z } from 'zod';
import type { Goal } from '../../../domain/verdict.ts';
import { change as changeWords, day } from '../../charts/words.ts';
import type { EndpointVerdict } from '../../schemas/verdicts.ts';

type Change = z.output<typeof EndpointVerdict>['changes'][number];

export const GOAL_WORDS: Readonly<Record<Goal, { readonly goal: string; readonly best: string }>> = {
  balanced: { goal: 'Balanced', best: 'Best balance' },
  fastest_start: { goal: 'Quickest start', best: 'Quickest start' },
  fastest_output: { goal: 'Fastest writing', best: 'Fastest writing' },
  cheapest: { goal: 'Cheapest', best: 'Cheapest' },
  most_reliable: { goal: 'Most reliable', best: 'Most reliable' },
};

const METRICS: Readonly<Record<string, string>> = {
  ttft_ms: 'Median first token',
  ttfat_ms: 'Median first word of the answer',
  tpot_ms: 'Median time per token',
  e2e_ms: 'Median length of a whole reply',
  cost_usd: 'Cost of a reply',
  completion_tokens: 'Length of a reply in tokens',
  price_usd_per_mtok: 'The price',
  availability: 'The share that answers',
};

/** `Median first token went up 43% on 4 Nov (39–47%)`. */
export function changeSentence({ metric, at, ratio, low, high }: Change): string {
  const direction = ratio < 1 ? 'went down' : 'went up';
  return `${METRICS[metric] ?? metric} ${direction} ${changeWords(ratio).slice(1)} on ${day(Date.parse(at))}${range(low, high)}`;
}

/** ` (39–47%)`; nothing where there is no doubt, as of a price. */
export function range(low: number, high: number): string {
  const bounds = [low, high].map((bound) => Math.round(Math.abs(bound - 1) * 100)).sort((a, b) => a - b);
  if (low === high) return '';
  return low < 1 && high > 1 ? ` (${changeWords(low)} to ${changeWords(high)})` : ` (${bounds[0]}–${bounds[1]}%)`;
}

/** The last change of the first token that is known, or undefined. */
export const lastChange = ({ changes }: { readonly changes: readonly Change[] }) =>
  changes.findLast(({ metric }) => metric === 'ttft_ms');
