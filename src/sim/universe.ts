import { DAY_MS } from '../domain/utc-day.ts';
import type { Feature } from '../domain/verdict.ts';
import { type Random, seededRandom } from '../lib/random.ts';
import { around, between, hex } from './dice.ts';
import { MODEL_SEEDS, type ModelSeed } from './models.ts';
import { createProviders, type Provider } from './providers.ts';

/** A model as one provider offers it, with what the catalogue says of it. Null: it does not say. */
export interface Offer {
  readonly provider: string;
  readonly providerId: string;
  readonly status: 'live' | 'staging' | 'error';
  readonly task: string;
  readonly contextLength: number | null;
  readonly pricing: { readonly input: number; readonly output: number } | null;
  readonly supportsTools: boolean;
  readonly supportsStructuredOutput: boolean;
  readonly claimedTtftMs: number | null;
  readonly claimedTps: number | null;
}

export interface SimModel extends ModelSeed {
  readonly internalId: string;
  readonly pipelineTag: string;
  readonly trendingScore: number;
  readonly likes: number;
  readonly downloads: number;
  readonly createdAt: string;
  readonly offers: readonly Offer[];
  /** `inferenceProviderMapping` comes as an object by provider, or as a list. */
  readonly mappingShape: 'object' | 'list';
  /** Entries beside the offers that no reader should take: broken ones, hostile names. Keys matter in the object shape alone. */
  readonly oddEntries: readonly (readonly [key: string, entry: unknown])[];
}

/** A feature that a provider does not have for a model, though the catalogue may say so: asked for it, it answers as if it had not been. */
export interface Lie {
  readonly provider: string;
  readonly modelId: string;
  readonly feature: Feature;
}

/** Everything there is in the simulated world; it depends on the seed alone. */
export interface Universe {
  readonly providers: ReadonlyMap<string, Provider>;
  /** Most trending first. */
  readonly models: readonly SimModel[];
}

const FIRST_RELEASE_MS = Date.UTC(2025, 8, 1);

const ODD_LISTINGS: SimModel['oddEntries'] = [
  ['', { status: 'live', providerId: 'nobody-says-who', task: 'conversational' }],
  ['gale-eu', { provider: 'gale-eu', status: 'live', task: 'conversational' }],
  ['../escape', { provider: '../escape', status: 'live', providerId: 'x', task: 'conversational' }],
  ['drift-b', { provider: 'drift-b', status: 'live', providerId: 'x\r\nx-evil: 1', task: 'conversational' }],
];

/** Only in a list: the official client falls over a null in the object shape. */
const NO_ENTRY: SimModel['oddEntries'][number] = ['', null];

/** @param lies of `tool_call` and `json_schema` are advertised, whatever the seed says */
export function createUniverse(seed: number, lies: readonly Lie[] = []): Universe {
  const providers = createProviders(seed);
  const models = MODEL_SEEDS.map((model, rank) => createModel(model, rank, providers, seed));
  for (const { provider, modelId } of lies) {
    const model = models.find(({ id }) => id === modelId);
    const offer = model?.offers.find((one) => one.provider === provider);
    if (!model || !offer || !isAskable(model, offer)) throw new Error(`${provider} does not serve ${modelId}`);
  }
  return { providers, models: models.map((model) => advertising(model, lies)) };
}

function advertising(model: SimModel, lies: readonly Lie[]): SimModel {
  const claims = (provider: string, feature: Feature) =>
    lies.some((lie) => lie.provider === provider && lie.modelId === model.id && lie.feature === feature);
  const offers = model.offers.map((offer) => ({
    ...offer,
    supportsTools: offer.supportsTools || claims(offer.provider, 'tool_call'),
    supportsStructuredOutput: offer.supportsStructuredOutput || claims(offer.provider, 'json_schema'),
  }));
  return { ...model, offers };
}

function createModel(model: ModelSeed, rank: number, providers: ReadonlyMap<string, Provider>, seed: number): SimModel {
  const random = seededRandom(`${seed} model ${model.id}`);
  return {
    ...model,
    internalId: hex(random, 24),
    pipelineTag: model.listing === 'vision' ? 'image-text-to-text' : 'text-generation',
    trendingScore: 400 - rank * 10 + Math.floor(between(random, 0, 10)),
    likes: Math.floor(between(random, 20, 4_000)),
    downloads: Math.floor(between(random, 1_000, 900_000)),
    createdAt: new Date(FIRST_RELEASE_MS + Math.floor(between(random, 0, 300)) * DAY_MS).toISOString(),
    offers: offersOf(model, [...providers.values()], random),
    mappingShape: rank % 2 === 0 ? 'object' : 'list',
    oddEntries: rank === 2 ? ODD_LISTINGS : rank === 3 ? [...ODD_LISTINGS, NO_ENTRY] : [],
  };
}

function offersOf(model: ModelSeed, providers: readonly Provider[], random: Random): readonly Offer[] {
  const drawn = providers.map((provider) => ({ provider, draw: random() }));
  const some = drawn.filter(({ draw }, at) => draw < 0.62 || at === model.billionParameters % drawn.length);
  const offers = some.map(({ provider }) => createOffer(model, provider, random));
  switch (model.listing) {
    case 'unserved':
      return offers.map((offer, at) => ({ ...offer, status: at % 2 === 0 ? 'staging' : 'error' }));
    case 'refused':
      return [
        { ...offers[0]!, provider: 'openai', providerId: 'basalt-405b' },
        { ...offers[0]!, task: 'text-generation' },
      ];
    default:
      // one more offer that is not live, so that every list has something to leave out
      return offers.map((offer, at) => (at === 2 && offers.length > 3 ? { ...offer, status: 'staging' } : offer));
  }
}

function createOffer(model: ModelSeed, provider: Provider, random: Random): Offer {
  const output = 0.05 + 0.03 * model.billionParameters ** 0.75;
  const cents = (usd: number) => Math.round(usd * 100) / 100;
  const says = random() > 0.15;
  return {
    provider: provider.name,
    providerId: provider.providerId(model.id),
    status: 'live',
    task: 'conversational',
    contextLength: says ? model.contextLength : null,
    pricing:
      provider.priceFactor === null
        ? null
        : { input: cents(output * provider.priceFactor * 0.3), output: cents(output * provider.priceFactor) },
    supportsTools: random() < 0.7,
    supportsStructuredOutput: random() < 0.6,
    claimedTtftMs: says ? Math.round(around(random, provider.ttftMs, 0.15)) : null,
    claimedTps: says ? around(random, provider.tokensPerSecond, 0.15) : null,
  };
}

/** Whether the router answers for this offer, and a catalogue reader should ask it. */
export function isAskable(model: SimModel, offer: Offer): boolean {
  const known = model.listing === 'served' || model.listing === 'vision';
  return known && offer.status === 'live' && offer.task === 'conversational';
}
