import { featuresToTry, partsOf } from '../../domain/probe-kind.ts';
import { type AttemptRecord, COLUMN_NAMES, COLUMNS, SCHEMA_VERSION } from '../../domain/record.ts';
import type { Identity } from '../../domain/types.ts';
import type { Feature } from '../../domain/verdict.ts';
import { type Random, seededRandom } from '../../lib/random.ts';
import type { Provider } from '../providers.ts';
import type { Story } from '../story.ts';
import { isAskable, type Offer, type SimModel, type Universe } from '../universe.ts';

/** As much of a world as its past is made of. */
export interface PastWorld {
  readonly universe: Universe;
  /** Those that were asked. */
  readonly models: readonly SimModel[];
  readonly seed: number;
  readonly story: Story | null;
  /** Provider name → chat URL, `*` for all others. */
  readonly mapping: Readonly<Record<string, string>>;
}

export interface PastTarget {
  readonly provider: Provider;
  readonly model: SimModel;
  readonly offer: Offer;
  readonly random: Random;
  /** What all its rows share. */
  readonly shared: Partial<AttemptRecord>;
  readonly features: readonly { readonly feature: Feature; readonly part: 1 | 2 }[];
  /** Once a UTC day, at an hour of its own. */
  readonly triesFeaturesAt: (dueAtMs: number) => boolean;
}

const HALF_HOUR_MS = 1_800_000;
const HALF_HOURS = 48;

const UNKNOWN = Object.fromEntries(COLUMN_NAMES.filter((name) => COLUMNS[name].nullable).map((name) => [name, null]));

/** What the catalogue tells of an offer. */
export const toldOf = ({ pricing, ...offer }: Offer) => ({
  priceInputUsdPerMtok: pricing?.input ?? null,
  priceOutputUsdPerMtok: pricing?.output ?? null,
  claimedTtftMs: offer.claimedTtftMs,
  claimedTps: offer.claimedTps,
  contextLength: offer.contextLength,
  supportsTools: offer.supportsTools,
  supportsStructuredOutput: offer.supportsStructuredOutput,
});

export function targetsOf(
  { universe, models, seed, mapping }: PastWorld,
  { writer, location, trackerVersion }: Identity,
): readonly PastTarget[] {
  const ranked = universe.models.filter(({ pipelineTag }) => pipelineTag === 'text-generation');
  return models.flatMap((model) =>
    model.offers
      .filter((offer) => isAskable(model, offer))
      .map((offer): PastTarget => {
        const random = seededRandom(`${seed} past ${offer.provider} ${model.id}`);
        const turn = Math.floor(random() * HALF_HOURS);
        const ownUrl = mapping[offer.provider];
        const shared = {
          ...UNKNOWN,
          ...{ schemaVersion: SCHEMA_VERSION, trackerVersion, writer, location },
          modelId: model.id,
          providerName: offer.provider,
          providerModelId: offer.providerId,
          requestUrl: (ownUrl ?? mapping['*']!).replaceAll('{providerId}', offer.providerId),
          route: ownUrl === undefined ? 'unified' : 'provider',
          remoteIp: '127.0.0.1',
          ...toldOf(offer),
          trendingRank: ranked.indexOf(model) + 1,
        };
        return {
          ...{ provider: universe.providers.get(offer.provider)!, model, offer, random, shared },
          features: featuresToTry(offer).flatMap(requestsOf),
          triesFeaturesAt: (dueAtMs) => Math.floor(dueAtMs / HALF_HOUR_MS) % HALF_HOURS === turn,
        };
      }),
  );
}

function requestsOf(feature: Feature): PastTarget['features'] {
  const first = { feature, part: 1 } as const;
  return partsOf(feature) === 2 ? [first, { feature, part: 2 }] : [first];
}
