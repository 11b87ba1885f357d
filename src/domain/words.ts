import type { Feature, Metric, State } from './verdict.ts';

/** How a state is called wherever it is shown; its shape and colour are for who shows it. */
export const STATE_WORDS: Readonly<Record<State, string>> = {
  healthy: 'Healthy',
  slow: 'Slow',
  down: 'Down',
  limited: 'Limits us',
  our_account: 'Our account',
  refuses_us: 'Refuses us',
  delisted: 'Delisted',
  no_data: 'No data',
};

/** As they stand within a sentence. */
export const METRIC_WORDS: Readonly<Record<Metric, string>> = {
  ttftMs: 'first token',
  ttfatMs: 'first word of the answer',
  tpotMs: 'time per token',
  e2eMs: 'whole reply',
  costUsd: 'cost of a reply',
  completionTokens: 'length of a reply',
  priceUsdPerMtok: 'price',
  availability: 'availability',
};

/** As they stand within a sentence. */
export const FEATURE_WORDS: Readonly<Record<Feature, string>> = {
  tool_call: 'tool calls',
  json_schema: 'replies by a JSON schema',
  system_prompt: 'system prompts',
  stop: 'stop words',
  seed: 'seeds',
  cache: 'the prompt cache',
};
