import { type Random, seededRandom } from '../src/lib/random.ts';

/** How a latency varies while nothing happens. Noise is of the logarithm. */
export interface LatencyNoise {
  readonly sd: number;
  /** How much of one cycle's noise is left in the next, -1..1. */
  readonly memory: number;
  /** Of the level, up and down over a day. */
  readonly swing: number;
  /** How often a reply takes far longer; how much longer, as the mean of an exponential distribution of the logarithm. */
  readonly tailShare: number;
  readonly tailScale: number;
}

/** The noise that all benches of verdicts are run in. */
export const USUAL_NOISE: LatencyNoise = { sd: 0.4, memory: 0.5, swing: 0.2, tailShare: 0.02, tailScale: 0.7 };

interface LatencySeries {
  readonly seed: string;
  readonly cycles: number;
  /** The median where there is no noise, ms; a function where it changes from cycle to cycle. */
  readonly levelMs: number | ((cycle: number) => number);
  readonly noise?: Partial<LatencyNoise>;
  readonly cyclesPerDay?: number;
  /** Where in the day the swing is highest: 0..1, 0.25 without. */
  readonly phase?: number;
}

/** One latency per cycle, ms. */
export function latencySeries(of: LatencySeries): Float64Array {
  const { seed, cycles, levelMs, cyclesPerDay = 48, phase = 0.25 } = of;
  const { sd, memory, swing, tailShare, tailScale } = { ...USUAL_NOISE, ...of.noise };
  const random = seededRandom(seed);
  const fresh = sd * Math.sqrt(1 - memory ** 2);
  let noise = sd * gaussian(random);
  return Float64Array.from({ length: cycles }, (_, cycle) => {
    noise = memory * noise + fresh * gaussian(random);
    const tail = random() < tailShare ? -tailScale * Math.log(1 - random()) : 0;
    const hour = 1 + swing * Math.cos(2 * Math.PI * (cycle / cyclesPerDay - phase));
    return (typeof levelMs === 'number' ? levelMs : levelMs(cycle)) * hour * Math.exp(noise + tail);
  });
}

/** Standard normal (G. E. P. Box, M. E. Muller, 1958). */
export function gaussian(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** Whether each cycle's first try was answered. Failures come in runs of that mean length, in cycles. */
export function answeredSeries(seed: string, cycles: number, availability: number, meanRun = 3): readonly boolean[] {
  const random = seededRandom(seed);
  const recovers = 1 / meanRun;
  const fails = (recovers * (1 - availability)) / availability;
  let isUp = random() < availability;
  return Array.from({ length: cycles }, () => {
    isUp = isUp ? random() >= fails : random() < recovers;
    return isUp;
  });
}

/** Drawn anew in each run, so that no rule is fitted to one world. Printed, so that a run can be looked into. */
export const freshSeed = () => crypto.randomUUID().slice(0, 8);
