import { visible } from '../lib/visible.ts';
import type { Log } from '../ports.ts';
import type { LeftOut } from './hub-models.ts';

const EXAMPLES = 3;
const LONGEST_EXAMPLE = 80;

const MESSAGES: Readonly<Record<LeftOut['reason'], string>> = {
  model_unreadable: 'catalogue: model entries that cannot be read were left out',
  model_id_invalid: 'catalogue: models whose id is not org/name were left out',
  provider_unreadable: 'catalogue: provider entries that cannot be read were left out',
  provider_name_invalid: 'catalogue: providers whose name is not valid were left out',
  provider_model_id_invalid: 'catalogue: providers whose id for the model is not valid were left out',
  provider_listed_twice: 'catalogue: a provider listed twice for a model was taken once',
  provider_refuses_hf_token: 'catalogue: providers that refuse a Hugging Face token were left out',
};

/** One line for each reason, with a count and a few examples, made harmless. */
export function logLeftOut(leftOut: readonly LeftOut[], log: Log): void {
  for (const [reason, entries] of Map.groupBy(leftOut, (entry) => entry.reason)) {
    const examples = [...new Set(entries.map(({ text }) => harmless(text)))].slice(0, EXAMPLES);
    const expected = reason === 'provider_refuses_hf_token';
    log[expected ? 'info' : 'warn']({ reason, count: entries.length, examples }, MESSAGES[reason]);
  }
}

/** Text from elsewhere, short and without anything a terminal would obey. */
export function harmless(text: string): string {
  const short = visible(text.slice(0, LONGEST_EXAMPLE));
  return text.length > LONGEST_EXAMPLE ? `${short}…` : short;
}
