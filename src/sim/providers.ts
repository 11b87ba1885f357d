import { type Random, seededRandom } from '../lib/random.ts';
import { CHARACTERS, type Character } from './characters.ts';
import { type Conditions, USUAL } from './conditions.ts';
import { around, between } from './dice.ts';
import type { Habits } from './habits.ts';
import type { Fault } from './router/fault.ts';

/** One provider of one world. */
export interface Provider extends Character {
  /** Chat path on the router, `{providerId}` to be filled in. */
  readonly path: string;
}

const PATHS: Readonly<Record<string, string>> = {
  ember: '/ember/openai/v1/chat/completions',
  halcyon: '/halcyon/models/{providerId}/v1/chat/completions',
};

export function createProviders(seed: number): ReadonlyMap<string, Provider> {
  return new Map(
    CHARACTERS.map((character) => {
      const random = seededRandom(`${seed} provider ${character.name}`);
      const path = PATHS[character.name] ?? `/${character.name}/v1/chat/completions`;
      return [character.name, { ...character, path, ...shifted(character, random) }];
    }),
  );
}

function shifted({ ttftMs, tokensPerSecond, priceFactor }: Character, random: Random) {
  return {
    ttftMs: around(random, ttftMs, 0.2),
    tokensPerSecond: around(random, tokensPerSecond, 0.2),
    priceFactor: priceFactor && around(random, priceFactor, 0.2),
  };
}

/** A prompt in the cache is read in this part of the time. */
export const CACHED_TTFT = 0.5;

/** What answers where a model was swapped: a smaller one, which says less. */
const OTHER_MODEL = { wrong: 0.4, charactersPerToken: 6 };

/** How long a model of this size keeps one waiting, against one of 70 billion parameters. */
const sizeFactor = (billionParameters: number) => Math.min(1.6, Math.max(0.6, (billionParameters / 70) ** 0.25));

/** How this provider answers one request about a model of that size. */
export function habitsOf(
  provider: Provider,
  model: { readonly billionParameters: number; readonly reasons: boolean },
  providerModelId: string,
  random: Random,
  { slowdown, isSwapped }: Conditions = USUAL,
): Habits {
  const size = sizeFactor(model.billionParameters);
  const slow = random() < provider.slow ? 3 : 1;
  return {
    ttftMs: slowdown * Math.min(2_000, Math.max(100, provider.ttftMs * size * slow * between(random, 0.85, 1.3))),
    tokensPerSecond: Math.max(40, (provider.tokensPerSecond / size) * between(random, 0.85, 1.1)),
    correct: random() >= (isSwapped ? OTHER_MODEL.wrong : provider.wrong),
    charactersPerToken: isSwapped ? OTHER_MODEL.charactersPerToken : 4,
    terse: isSwapped,
    tellsCached: false,
    finishReason: true,
    done: true,
    chunksAfterDone: false,
    nullContent: false,
    framing: 'chunked',
    lineEnd: '\n',
    tight: false,
    comments: false,
    servedBy: provider.name,
    model: providerModelId,
    ...provider.wire,
    reasoning: model.reasons ? provider.wire.reasoning : 'none',
  };
}

/** What befalls a request unasked. */
export function mishapOf({ mishaps }: Provider, { isDown }: Conditions, random: Random): Fault {
  let draw = random();
  if (isDown) return { kind: 'status', status: 503 };
  for (const { rate, fault } of mishaps) {
    if (draw < rate) return fault;
    draw -= rate;
  }
  return { kind: 'reply' };
}
