import { LEAST_SAMPLES } from '../domain/rules.ts';
import type { EndpointVerdict, Goal, Needs, Recommendation } from '../domain/verdict.ts';
import type { Window } from '../ports.ts';
import {
  answered,
  contextWords,
  isUsable,
  missing,
  needWords,
  priceOrLast,
  STATE_WORDS,
  whyToAvoid,
} from './fitness.ts';
import { type Distance, distanceBy, isKnownEnough, reliabilityCost } from './goals.ts';
import type { HeadToHead } from './head-to-head.ts';
import { levelsOf, placesOf } from './rank.ts';
import { reasonsFor } from './reasons.ts';

/** Among those that cannot be told from the best, price decides between whoever comes within a tenth of it. */
export const CLOSE = Math.log(1.1);

interface Question {
  /** Of one model. */
  readonly endpoints: readonly EndpointVerdict[];
  readonly headToHead: HeadToHead;
  readonly goal: Goal;
  readonly needs: Needs;
  readonly window: Window;
}

/** Whom to use for a model. Nobody within noise of another wins by that alone, and nobody of whom too little is known at all. */
export function recommend({ endpoints, headToHead, goal, needs, window }: Question): Recommendation {
  const avoid = endpoints.flatMap((endpoint) => {
    const why = whyToAvoid(endpoint, needs);
    return why === null ? [] : [{ provider: endpoint.provider, why }];
  });
  const fitting = endpoints.filter((endpoint) => missing(endpoint, needs).length === 0);
  const isAvoided = ({ provider }: EndpointVerdict) => avoid.some((each) => each.provider === provider);
  const usable = fitting.filter((endpoint) => isUsable(endpoint) && !isAvoided(endpoint));
  const candidates = usable.filter((endpoint) => isKnownEnough(endpoint, goal));
  const order = inOrder(candidates, goal, distanceBy(goal, candidates, headToHead));
  const [first, second] = order;
  const basis = {
    rule: 'Recommendation',
    n: first?.endpoint.availability.firstTry.trials ?? 0,
    ...window,
    goal,
    avoid,
  };
  if (first === undefined) {
    const why = whyNobody(endpoints, fitting, usable, needs);
    return { ...basis, provider: null, reasons: [why], runnerUp: null, asGood: [], order: [] };
  }
  return {
    ...basis,
    provider: first.endpoint.provider,
    reasons: reasonsFor(first.endpoint, second?.endpoint, goal, needs, headToHead),
    runnerUp: second?.endpoint.provider ?? null,
    asGood: order
      .slice(1)
      .filter(({ isBehindFirst }) => !isBehindFirst)
      .map(({ endpoint }) => endpoint.provider),
    order: order.map(({ endpoint, from, to, score }) => ({ provider: endpoint.provider, from, to, score })),
  };
}

/** By place; those that share one by price if they come close to the best, then by score. */
function inOrder(candidates: readonly EndpointVerdict[], goal: Goal, distance: Distance) {
  const byProvider = new Map(candidates.map((candidate) => [candidate.provider, candidate]));
  const providers = [...byProvider.keys()];
  const between = (a: string, b: string) => distance(byProvider.get(a)!, byProvider.get(b)!);
  const isAhead = (a: string, b: string) => (between(a, b)?.low ?? 0) > 0;
  const places = placesOf(providers, isAhead);
  const levels =
    goal === 'most_reliable'
      ? new Map(candidates.map((candidate) => [candidate.provider, reliabilityCost(candidate)]))
      : levelsOf(providers, (a, b) => between(a, b)?.estimate ?? 0);
  const best = Math.min(...levels.values());
  const scored = candidates.map((endpoint) => {
    const score = levels.get(endpoint.provider)! - best;
    return { endpoint, ...places.get(endpoint.provider)!, score, isFar: score > CLOSE, price: priceOrLast(endpoint) };
  });
  const sorted = scored.sort(
    (a, b) =>
      a.from - b.from ||
      Number(a.isFar) - Number(b.isFar) ||
      (a.isFar || a.price === b.price ? 0 : a.price - b.price) ||
      a.score - b.score ||
      a.endpoint.provider.localeCompare(b.endpoint.provider),
  );
  const first = sorted[0]?.endpoint.provider;
  return sorted.map((each) => ({ ...each, isBehindFirst: isAhead(first!, each.endpoint.provider) }));
}

function whyNobody(
  endpoints: readonly EndpointVerdict[],
  fitting: readonly EndpointVerdict[],
  usable: readonly EndpointVerdict[],
  needs: Needs,
): string {
  if (endpoints.length === 0) return 'No data yet';
  if (fitting.length === 0) return `No provider offers ${needWords(needs)} for this model.${closest(endpoints, needs)}`;
  if (usable.length > 0) return tooLittle(usable);
  if (fitting.every(({ state }) => state.state === 'no_data')) {
    return fitting.every((endpoint) => trialsOf(endpoint) < LEAST_SAMPLES) ? tooLittle(fitting) : 'No recent data';
  }
  const tried = fitting.filter(({ availability }) => availability.firstTry.interval !== null);
  if (tried.length === 0) return 'No provider is answering';
  const leastBad = tried.reduce((a, b) => (reliabilityCost(b) < reliabilityCost(a) ? b : a));
  const words = `${STATE_WORDS[leastBad.state.state]}, answered ${answered(leastBad.availability.firstTry)}`;
  return `No provider is answering. Least bad: ${leastBad.provider} (${words})`;
}

function tooLittle(endpoints: readonly EndpointVerdict[]): string {
  const most = endpoints.reduce((a, b) => (trialsOf(b) > trialsOf(a) ? b : a));
  return `Too little data: ${LEAST_SAMPLES} measured replies are needed (${most.provider}: n = ${trialsOf(most)})`;
}

const trialsOf = ({ availability }: EndpointVerdict) => availability.firstTry.trials;

/** ` Closest: Halcyon (64k context)`; whoever lacks least, then has most context. */
function closest(endpoints: readonly EndpointVerdict[], needs: Needs): string {
  const near = endpoints
    .filter(isUsable)
    .toSorted(
      (a, b) => missing(a, needs).length - missing(b, needs).length || (b.contextLength ?? 0) - (a.contextLength ?? 0),
    )[0];
  if (near === undefined) return '';
  const lacks = missing(near, needs);
  const lacksOnlyContext =
    needs.contextLength !== null && near.contextLength !== null && lacks.length === 1 && lacks[0]!.endsWith('context');
  const words = lacksOnlyContext ? `${contextWords(near.contextLength!)} context` : `without ${lacks.join(' and ')}`;
  return ` Closest: ${near.provider} (${words})`;
}
