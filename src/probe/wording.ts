import { questionId } from '../domain/ids.ts';
import type { ProbeKind } from '../domain/probe-kind.ts';
import type { ProbeSettings } from '../domain/settings.ts';
import type { Feature } from '../domain/verdict.ts';

/** What is asked, whoever is asked. */
export interface Wording {
  /** The fields of the request's body in their order, without those of model and streaming. */
  readonly fields: {
    readonly messages: readonly { readonly role: 'system' | 'user'; readonly content: string }[];
    readonly max_tokens: number;
  } & Readonly<Record<string, unknown>>;
}

/** Enough for a model that thinks before it says a word, and nothing of it spent by one that does not. */
const CONFIRM_TOKENS = 256;
const FEATURE_TOKENS = 1024;
/** Nobody reads the answer; what counts is how the prompt was read. */
const CACHE_TOKENS = 64;

export const WEATHER_TOOL = 'get_weather';
export const OBEYED = 'PELICAN';
/** Where `stop` is to end the reply, the word before it and the one after it. */
export const STOP = { before: 'four', at: 'five', after: 'six' } as const;

/** spec.md, "Confirm and feature probes", shows every one of them. */
export function wordingOf(
  kind: ProbeKind,
  { prompt, maxTokens }: Pick<ProbeSettings, 'prompt' | 'maxTokens'>,
  nonce: string,
): Wording {
  switch (kind.name) {
    case 'standard':
      return { fields: { messages: [user(prompt)], max_tokens: maxTokens } };
    case 'confirm':
      return { fields: { messages: [user('Reply with the word OK.')], max_tokens: CONFIRM_TOKENS } };
    default:
      return { fields: featureFields(kind.feature, nonce) };
  }
}

/** The hash of what is asked. A nonce is not in it, so that the probes of all days are one series. */
export function questionIdOf(kind: ProbeKind, settings: Pick<ProbeSettings, 'prompt' | 'maxTokens' | 'mode'>): string {
  const { prompt, maxTokens, mode } = settings;
  if (kind.name === 'standard') return questionId(prompt, maxTokens, mode);
  const { fields } = wordingOf(kind, settings, '');
  return questionId(JSON.stringify(fields), fields.max_tokens, mode);
}

function featureFields(feature: Feature, nonce: string): Wording['fields'] {
  switch (feature) {
    case 'tool_call':
      return {
        messages: [user('What is the weather in Paris right now, in degrees celsius? Use the tool to find out.')],
        max_tokens: FEATURE_TOKENS,
        tools: [{ type: 'function', function: WEATHER }],
      };
    case 'json_schema':
      return {
        messages: [user('Tell me about the city of Tokyo.')],
        max_tokens: FEATURE_TOKENS,
        response_format: { type: 'json_schema', json_schema: { name: 'city', strict: true, schema: CITY } },
      };
    case 'system_prompt':
      return {
        messages: [
          { role: 'system', content: `Whatever the user says, reply with the word ${OBEYED} and nothing more.` },
          user('What is the capital of France?'),
        ],
        max_tokens: FEATURE_TOKENS,
      };
    case 'stop':
      return {
        messages: [
          user('Write the following on one line, and nothing else: one two three four five six seven eight nine ten'),
        ],
        max_tokens: FEATURE_TOKENS,
        stop: [STOP.at],
      };
    case 'seed':
      return {
        messages: [user('Make up five names for a tea shop, separated by commas. Nothing more.')],
        max_tokens: FEATURE_TOKENS,
        temperature: 1,
        seed: 20_260_801,
      };
    case 'cache':
      return {
        messages: [user(`${nonce}\n${LONG_TEXT}\nHow many lines of words are above? Reply with the number alone.`)],
        max_tokens: CACHE_TOKENS,
      };
  }
}

const user = (content: string) => ({ role: 'user', content }) as const;

const WEATHER = {
  name: WEATHER_TOOL,
  description: 'Tells the weather in a city as it is now.',
  parameters: {
    type: 'object',
    properties: {
      city: { type: 'string', description: 'Name of the city.' },
      unit: { type: 'string', enum: ['celsius', 'fahrenheit'] },
    },
    required: ['city', 'unit'],
    additionalProperties: false,
  },
};

const CITY = {
  type: 'object',
  properties: {
    name: { type: 'string' },
    country: { type: 'string' },
    population_millions: { type: 'number' },
    coastal: { type: 'boolean' },
  },
  required: ['name', 'country', 'population_millions', 'coastal'],
  additionalProperties: false,
};

const WORDS = ['amber', 'birch', 'copper', 'delta', 'ember', 'fjord', 'garnet', 'harbour', 'indigo', 'juniper'];
/** 1,200 words, each at least one token: providers cache prompts from 1,024 tokens on. */
const LONG_TEXT = Array.from({ length: 120 }, (_, line) =>
  WORDS.map((_word, at) => WORDS[(line * 3 + at * 7) % WORDS.length]).join(' '),
).join('\n');
