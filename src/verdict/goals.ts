import { BALANCED_WEIGHTS, COST_OF_A_FAILURE, LEAST_PRICE, LEAST_SAMPLES } from '../domain/rules.ts';
import type { EndpointVerdict, Goal } from '../domain/verdict.ts';
import type { HeadToHead, Measure } from './head-to-head.ts';
import type { Estimate } from './location.ts';
import { usualPrice } from './metric.ts';

/** How much worse the second is than the first by a goal, as a natural logarithm; null: it cannot be told. */
export type Distance = (a: EndpointVerdict, b: EndpointVerdict) => Estimate | null;

export function distanceBy(goal: Goal, candidates: readonly EndpointVerdict[], headToHead: HeadToHead): Distance {
  const price = pricesAmong(candidates);
  const measured = (measure: Measure, slowdownWeight: number): Distance => {
    return (a, b) => {
      const ratio = headToHead.ratio(a.provider, b.provider, measure);
      if (ratio === null) return null;
      const slowed = slowdownWeight * (slowdownOf(b) - slowdownOf(a));
      return shifted({ estimate: Math.log(ratio.ratio), low: Math.log(ratio.low), high: Math.log(ratio.high) }, slowed);
    };
  };
  switch (goal) {
    case 'fastest_start':
      return measured('ttftMs', 1);
    case 'fastest_output':
      return measured('tpotMs', 0);
    case 'cheapest':
      return (a, b) => exactly(price(b) - price(a));
    case 'most_reliable':
      return (a, b) => {
        const found = headToHead.rateDifference(a.provider, b.provider);
        return found && { estimate: -found.difference, low: -found.high, high: -found.low };
      };
    case 'balanced': {
      const { firstToken, wholeReply, price: ofPrice, reliability } = BALANCED_WEIGHTS;
      const speed = measured('speed', firstToken / (firstToken + wholeReply));
      return (a, b) => {
        const quicker = speed(a, b);
        if (quicker === null) return null;
        const known = ofPrice * (price(b) - price(a)) + reliability * (reliabilityCost(b) - reliabilityCost(a));
        const weight = firstToken + wholeReply;
        const { estimate, low, high } = quicker;
        return shifted({ estimate: weight * estimate, low: weight * low, high: weight * high }, known);
      };
    }
    default:
      return goal satisfies never;
  }
}

/** Whether enough is known of it to be recommended for that goal. */
export function isKnownEnough(endpoint: EndpointVerdict, goal: Goal): boolean {
  const { availability, ttftMs, tpotMs, e2eMs } = endpoint;
  if (availability.firstTry.trials < LEAST_SAMPLES) return false;
  switch (goal) {
    case 'fastest_start':
      return ttftMs.n >= LEAST_SAMPLES;
    case 'fastest_output':
      return tpotMs.n >= LEAST_SAMPLES;
    case 'cheapest':
      return usualPrice(endpoint) !== null;
    case 'most_reliable':
      return true;
    case 'balanced':
      return ttftMs.n >= LEAST_SAMPLES && e2eMs.n >= LEAST_SAMPLES;
    default:
      return goal satisfies never;
  }
}

/** ln(1 + 10 f), f being the share of first tries that may fail: one less the lower bound of availability. */
export const reliabilityCost = ({ availability: { firstTry } }: EndpointVerdict): number =>
  Math.log(1 + COST_OF_A_FAILURE * (1 - (firstTry.interval?.low ?? 0)));

const slowdownOf = ({ state: { state, slowdown } }: EndpointVerdict): number =>
  state === 'slow' && slowdown !== null ? Math.log(slowdown) : 0;

/** Logarithms; a price that is unknown counts as the dearest. */
function pricesAmong(candidates: readonly EndpointVerdict[]): (of: EndpointVerdict) => number {
  const known = candidates.map(usualPrice);
  const dearest = known.reduce<number>((most, price) => Math.max(most, price ?? 0), 0);
  const logs = new Map(candidates.map((of, i) => [of, Math.log(Math.max(known[i] ?? dearest, LEAST_PRICE))]));
  return (of) => logs.get(of)!;
}

const exactly = (estimate: number): Estimate => ({ estimate, low: estimate, high: estimate });

const shifted = ({ estimate, low, high }: Estimate, by: number): Estimate => ({
  estimate: estimate + by,
  low: low + by,
  high: high + by,
});
