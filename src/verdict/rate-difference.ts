import type { Sample } from '../domain/sample.ts';
import { DayRate } from './day-rate.ts';

/** How much more often b works than a: 0.02 is two in a hundred more. Interval 95 %. */
export interface RateDifference {
  readonly pairs: number;
  readonly difference: number;
  readonly low: number;
  readonly high: number;
}

/**
 * Both rates over the occasions on which both were judged. Interval: R. G. Newcombe, "Improved confidence intervals for the difference between
 * binomial proportions based on paired data" (1998), method 10, from the intervals of the two rates: Wilson's with days as clusters.
 *
 * @param a by occasion
 * @param b by the same occasions
 * @returns null where there is no such occasion
 */
export function rateDifference(
  a: readonly (Sample | undefined)[],
  b: readonly (Sample | undefined)[],
): RateDifference | null {
  const [ofA, ofB] = [new DayRate(), new DayRate()];
  const table = { both: 0, onlyA: 0, onlyB: 0, neither: 0 };
  a.forEach((sampleOfA, i) => {
    const sampleOfB = b[i];
    if (sampleOfA === undefined || sampleOfB === undefined) return;
    const [aWorks, bWorks] = [sampleOfA.outcome === 'ok', sampleOfB.outcome === 'ok'];
    ofA.add(sampleOfA.dueAtMs, aWorks);
    ofB.add(sampleOfB.dueAtMs, bWorks);
    table[aWorks ? (bWorks ? 'both' : 'onlyA') : bWorks ? 'onlyB' : 'neither']++;
  });
  const [rateA, rateB] = [ofA.rate(), ofB.rate()];
  if (rateA.rate === null || rateB.rate === null) return null;
  const difference = rateB.rate - rateA.rate;
  const [belowA, aboveA] = [rateA.rate - rateA.interval!.low, rateA.interval!.high - rateA.rate];
  const [belowB, aboveB] = [rateB.rate - rateB.interval!.low, rateB.interval!.high - rateB.rate];
  const likeness = correlation(table, rateA.trials);
  return {
    pairs: rateA.trials,
    difference,
    low: Math.max(-1, difference - joined(belowB, aboveA, likeness)),
    high: Math.min(1, difference + joined(aboveB, belowA, likeness)),
  };
}

const joined = (own: number, others: number, likeness: number) =>
  Math.sqrt(Math.max(0, own ** 2 - 2 * likeness * own * others + others ** 2));

type Table = Readonly<Record<'both' | 'onlyA' | 'onlyB' | 'neither', number>>;

/** Newcombe's φ, with his correction towards 0. */
function correlation({ both, onlyA, onlyB, neither }: Table, n: number): number {
  const scale = Math.sqrt((both + onlyA) * (onlyB + neither) * (both + onlyB) * (onlyA + neither));
  if (scale === 0) return 0;
  const excess = both * neither - onlyA * onlyB;
  return (excess > n / 2 ? excess - n / 2 : Math.min(excess, 0)) / scale;
}
