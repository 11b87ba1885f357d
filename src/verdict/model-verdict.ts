import type { Sample } from '../domain/sample.ts';
import { type EndpointVerdict, GOALS, type ModelVerdict, NO_NEEDS, type Rate } from '../domain/verdict.ts';
import type { Window } from '../ports.ts';
import { isGoodReply } from './aligned.ts';
import { availabilityOf } from './availability.ts';
import { auditClaims } from './claims.ts';
import { DayRate } from './day-rate.ts';
import { HeadToHead } from './head-to-head.ts';
import { auditPolicies } from './policies.ts';
import { ranked } from './rank.ts';
import { recommend } from './recommend.ts';
import { spreadOf } from './spread.ts';

/** What is judged by other rules, or over other windows. */
export type Known = Pick<EndpointVerdict, 'state' | 'features' | 'flags' | 'changes'>;

/**
 * Everything known of one model in a window.
 *
 * @param samples of that model, oldest first; those outside the window are passed over
 * @param knownOf what is already known of a provider's endpoint
 */
export function modelVerdict(
  modelId: string,
  samples: readonly Sample[],
  window: Window,
  knownOf: (provider: string) => Known,
): ModelVerdict {
  const byProvider = samplesByProvider(samples, window);
  const providers = [...byProvider.keys()];
  const headToHead = new HeadToHead(byProvider);
  const endpoints = providers.map((provider) => endpointVerdict(byProvider.get(provider)!, window, knownOf(provider)));
  const ranksBy = (metric: 'ttftMs' | 'tpotMs' | 'e2eMs') =>
    ranked(providers, (a, b) => headToHead.ratio(a, b, metric));
  return {
    modelId,
    ...window,
    endpoints,
    ranks: { ttftMs: ranksBy('ttftMs'), tpotMs: ranksBy('tpotMs'), e2eMs: ranksBy('e2eMs') },
    recommendations: GOALS.map((goal) => recommend({ endpoints, headToHead, goal, needs: NO_NEEDS, window })),
    policies: auditPolicies(byProvider, headToHead, window),
  };
}

/** Samples of one model within the window, by provider in alphabetical order. */
export function samplesByProvider(
  samples: readonly Sample[],
  { sinceMs, untilMs }: Window,
): ReadonlyMap<string, readonly Sample[]> {
  const within = samples.filter(({ dueAtMs }) => dueAtMs >= sinceMs && dueAtMs < untilMs);
  const byProvider = Map.groupBy(within, ({ providerName }) => providerName);
  return new Map([...byProvider].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** @param samples of one target, at least one, oldest first, within the window */
function endpointVerdict(samples: readonly Sample[], window: Window, known: Known): EndpointVerdict {
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
    ...known,
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
