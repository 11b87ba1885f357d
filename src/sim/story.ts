import { seededRandom, shuffled } from '../lib/random.ts';
import { type Conditions, USUAL } from './conditions.ts';
import { isAskable, type SimModel, type Universe } from './universe.ts';

interface Planted {
  readonly provider: string;
  readonly modelId: string;
}

/** What is wrong in a world on purpose, beyond its providers' manners. Moments are Unix ms; what has no end lasts. Null: nobody was fit for it. */
export interface Story {
  /** A provider that was down with all its models. */
  readonly outage: { readonly provider: string; readonly sinceMs: number; readonly untilMs: number } | null;
  readonly slow: (Planted & { readonly sinceMs: number }) | null;
  readonly swapped: (Planted & { readonly sinceMs: number }) | null;
  /** It says that it offers tools, and calls none. It always did. */
  readonly lie: Planted | null;
  /** A provider that does not answer where the story is told from, though it does elsewhere. Null at home. */
  readonly cutOff: { readonly provider: string; readonly sinceMs: number } | null;
  /** First tokens take so many times as long as at home, for being farther away. */
  readonly distance: number;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const SLOWDOWN = 1.8;
/** Of every place but the first. */
const DISTANCE = 1.35;
const CUT_OFF_HOURS = 2;
/** Half an hour is the interval of the real world: everything begins with a cycle. */
const GRID_MS = HOUR_MS / 2;
/** Their usual mishaps are so many that what is planted would not stand out. */
const UNSTEADY = ['drift', 'gale', 'kestrel'];

/** As many as are asked by default. */
const MODELS = 5;

/** The trending models that are asked. */
export function askedModels({ models }: Universe): readonly SimModel[] {
  return models
    .filter((model) => model.pipelineTag === 'text-generation' && model.offers.some((offer) => isAskable(model, offer)))
    .slice(0, MODELS);
}

/** Who is hit depends on the seed, when on `nowMs`. All of it is among the models that are asked, and no provider is hit twice. */
export function storyOf(universe: Universe, seed: number, nowMs: number): Story {
  const { providers } = universe;
  const offers = askedModels(universe).flatMap((model) =>
    model.offers
      .filter((offer) => isAskable(model, offer))
      .map((offer) => ({ model, offer, provider: offer.provider })),
  );
  type Candidate = (typeof offers)[number];
  const steady = shuffled(
    offers.filter(({ provider }) => !UNSTEADY.includes(provider)),
    seededRandom(`${seed} story`),
  );
  const taken: Candidate[] = [];
  const take = (fits: (candidate: Candidate) => boolean): Planted | null => {
    const found = steady.find((one) => !taken.some(({ provider }) => provider === one.provider) && fits(one));
    if (found === undefined) return null;
    taken.push(found);
    return { provider: found.provider, modelId: found.model.id };
  };
  const counts = ({ provider }: { readonly provider: string }) => providers.get(provider)?.wire.usage !== 'none';
  const others = ({ model, provider }: Candidate) =>
    offers.filter((one) => one.model === model && one.provider !== provider && counts(one)).length;
  const sinceMs = (days: number) => Math.floor((nowMs - days * DAY_MS) / GRID_MS) * GRID_MS;

  const swapped = take((one) => !one.model.reasons && counts(one) && others(one) >= 2);
  const slow = take(() => true);
  const lie = take(({ offer }) => offer.supportsTools);
  const outage = take((one) => offers.filter(({ provider }) => provider === one.provider).length >= 2);
  return {
    outage: outage && { provider: outage.provider, sinceMs: sinceMs(2), untilMs: sinceMs(2) + 3 * HOUR_MS },
    slow: slow && { ...slow, sinceMs: sinceMs(6) },
    swapped: swapped && { ...swapped, sinceMs: sinceMs(4) },
    lie,
    ...{ cutOff: null, distance: 1 },
  };
}

/** The same story from farther away, where a provider that nothing else befalls has not answered for two hours. */
export function fromAfar(story: Story, { providers }: Universe, nowMs: number): Story {
  const hit = [story.outage, story.slow, story.swapped, story.lie].map((planted) => planted?.provider);
  const provider = [...providers.keys()].find((name) => !UNSTEADY.includes(name) && !hit.includes(name));
  const sinceMs = Math.floor((nowMs - CUT_OFF_HOURS * HOUR_MS) / GRID_MS) * GRID_MS;
  return { ...story, cutOff: provider === undefined ? null : { provider, sinceMs }, distance: DISTANCE };
}

/** Of one endpoint at one moment. */
export function conditionsAt(story: Story | null, provider: string, modelId: string, atMs: number): Conditions {
  if (story === null) return USUAL;
  const { outage, slow, swapped, cutOff, distance } = story;
  const isOf = (planted: Story['slow']) =>
    planted !== null && planted.provider === provider && planted.modelId === modelId && atMs >= planted.sinceMs;
  return {
    isDown:
      (outage !== null && outage.provider === provider && atMs >= outage.sinceMs && atMs < outage.untilMs) ||
      (cutOff !== null && cutOff.provider === provider && atMs >= cutOff.sinceMs),
    slowdown: distance * (isOf(slow) ? SLOWDOWN : 1),
    isSwapped: isOf(swapped),
  };
}
