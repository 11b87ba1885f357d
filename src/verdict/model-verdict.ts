import type { Sample } from '../domain/sample.ts';
import { type EndpointVerdict, GOALS, type ModelVerdict, NO_NEEDS, type Rate } from '../domain/verdict.ts';
import { atOnce, type Steps } from '../lib/steps.ts';
import type { Window } from '../ports.ts';
import { isGoodReply } from './aligned.ts';
import { availabilityOf } from './availability.ts';
import { auditClaims } from './claims.ts';
import { DayRate } from './day-rate.ts';
import { areSameSamples, HeadToHead } from './head-to-head.ts';
import { auditPoliciesInSteps } from './policies.ts';
import { ranked } from './rank.ts';
import { recommend } from './recommend.ts';
import { spreadOf } from './spread.ts';
import { within } from './within.ts';

/** Whatever is ranked or recommended compares providers by these. */
const MEASURES = ['ttftMs', 'tpotMs', 'e2eMs', 'speed'] as const;

/** What is judged by other rules, or over other windows. */
export type Known = Pick<EndpointVerdict, 'state' | 'features' | 'flags' | 'changes'>;

/**
 * Everything known of one model in a window.
 *
 * @param samples of that model, oldest first; those outside the window are passed over
 * @param knownOf what is already known of a provider's endpoint
 */
export const modelVerdict = (
  modelId: string,
  samples: readonly Sample[],
  window: Window,
  knownOf: (provider: string) => Known,
): ModelVerdict => modelVerdictOf(modelId, weigh(samplesByProvider(samples, window), window), window, knownOf);

/** What the samples within a window say by themselves: it is the same as long as they are, however far time goes on. */
export interface Weighed {
  readonly byProvider: ReadonlyMap<string, readonly Sample[]>;
  readonly headToHead: HeadToHead;
  /** One for each provider, in the order of `byProvider`. */
  readonly endpoints: readonly Omit<EndpointVerdict, keyof Known>[];
  readonly ranks: ModelVerdict['ranks'];
  readonly policies: ModelVerdict['policies'];
}

/**
 * @param byProvider samples within the window, by provider in alphabetical order
 * @param before of the same model over a window as long: what it says of providers whose samples are the same is not worked out anew
 */
export const weigh = (byProvider: ReadonlyMap<string, readonly Sample[]>, window: Window, before?: Weighed): Weighed =>
  atOnce(weighInSteps(byProvider, window, before));

export function* weighInSteps(
  byProvider: ReadonlyMap<string, readonly Sample[]>,
  window: Window,
  before?: Weighed,
): Steps<Weighed> {
  const providers = [...byProvider.keys()];
  const headToHead = new HeadToHead(byProvider, before?.headToHead);
  const factsBefore = new Map(before?.endpoints.map((facts) => [facts.provider, facts]));
  const endpoints: Weighed['endpoints'][number][] = [];
  for (const [provider, samples] of byProvider) {
    const same = areSameSamples(before?.byProvider.get(provider) ?? [], samples);
    endpoints.push(same ? factsBefore.get(provider)! : endpointFacts(samples, window));
    yield;
  }
  yield* headToHead.getReady(MEASURES);
  for (const [nth, a] of providers.entries()) {
    for (const b of providers.slice(nth + 1)) {
      for (const measure of MEASURES) {
        headToHead.ratio(a, b, measure);
        yield;
      }
      headToHead.rateDifference(a, b);
      yield;
    }
  }
  const ranksBy = (metric: 'ttftMs' | 'tpotMs' | 'e2eMs') =>
    ranked(providers, (a, b) => headToHead.ratio(a, b, metric));
  const ranks = { ttftMs: ranksBy('ttftMs'), tpotMs: ranksBy('tpotMs'), e2eMs: ranksBy('e2eMs') };
  yield;
  const policies = yield* auditPoliciesInSteps(byProvider, headToHead, window);
  return { byProvider, headToHead, endpoints, ranks, policies };
}

/** The same as `modelVerdict`. @param weighed of the samples within that window, whenever it was worked out */
export function modelVerdictOf(
  modelId: string,
  weighed: Weighed,
  window: Window,
  knownOf: (provider: string) => Known,
): ModelVerdict {
  const { headToHead, ranks } = weighed;
  const endpoints = weighed.endpoints.map((facts) => ({
    ...facts,
    ...knownOf(facts.provider),
    availability: { ...facts.availability, ...window },
    claims: facts.claims.map((claim) => ({ ...claim, ...window })),
  }));
  return {
    modelId,
    ...window,
    endpoints,
    ranks,
    recommendations: GOALS.map((goal) => recommend({ endpoints, headToHead, goal, needs: NO_NEEDS, window })),
    policies: weighed.policies.map((policy) => ({ ...policy, ...window })),
  };
}

/** Samples of one model within the window, by provider in alphabetical order. */
export const samplesByProvider = (samples: readonly Sample[], window: Window): ReadonlyMap<string, readonly Sample[]> =>
  withinWindow(
    Map.groupBy(samples, ({ providerName }) => providerName),
    window,
  );

/** Whether all have the same samples, of lists that only grow, and lose their oldest. */
export function areSame(a: ReadonlyMap<string, readonly Sample[]>, b: ReadonlyMap<string, readonly Sample[]>): boolean {
  return (
    a.size === b.size && Array.from(a).every(([provider, samples]) => areSameSamples(samples, b.get(provider) ?? []))
  );
}

/** Those within the window, of each provider that has any, in alphabetical order. @param byProvider oldest first */
export function withinWindow(
  byProvider: ReadonlyMap<string, readonly Sample[]>,
  window: Window,
): ReadonlyMap<string, readonly Sample[]> {
  const found = Array.from(byProvider, ([provider, samples]): [string, readonly Sample[]] => [
    provider,
    within(samples, window),
  ]);
  return new Map(found.filter(([, samples]) => samples.length > 0).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** @param samples of one target, at least one, oldest first, within the window */
function endpointFacts(samples: readonly Sample[], window: Window): Weighed['endpoints'][number] {
  const last = samples.at(-1)!;
  const replies = samples.filter(isGoodReply);
  const spread = (of: (sample: Sample) => number | null) => spreadOf(replies.map(of));
  return {
    modelId: last.modelId,
    provider: last.providerName,
    providerModelId: last.providerModelId,
    location: last.location,
    availability: availabilityOf(samples, window),
    ttftMs: spread(({ ttftMs }) => ttftMs),
    ttfatMs: spread(({ ttfatMs }) => ttfatMs),
    tpotMs: spread(({ tpotMs }) => tpotMs),
    decodeTps: spread(({ tpotMs }) => tpotMs && 1000 / tpotMs),
    e2eMs: spread(({ e2eMs }) => e2eMs),
    completionTokens: spread(({ completionTokens }) => completionTokens),
    costUsd: spread(({ costUsd }) => costUsd),
    correct: correctOf(replies),
    ...latestFacts(samples),
    claims: auditClaims(samples, window),
  };
}

/** Answers that could be judged. */
function correctOf(replies: readonly Sample[]): Rate {
  const correct = new DayRate();
  for (const { dueAtMs, answerCorrect } of replies) if (answerCorrect !== null) correct.add(dueAtMs, answerCorrect);
  return correct.rate();
}

/** What the catalogue said last. */
function latestFacts(samples: readonly Sample[]) {
  const latest = <K extends keyof Sample>(name: K) =>
    samples.findLast((sample) => sample[name] !== null)?.[name] ?? null;
  return {
    priceInputUsdPerMtok: latest('priceInputUsdPerMtok'),
    priceOutputUsdPerMtok: latest('priceOutputUsdPerMtok'),
    contextLength: latest('contextLength'),
  };
}
