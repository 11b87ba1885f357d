import type { Endpoint } from '../domain/incident.ts';
import type { Sample } from '../domain/sample.ts';
import type { Comparison, Metric, PlaceComparison } from '../domain/verdict.ts';
import type { Window } from '../ports.ts';
import { type Aligned, aligned, isGoodReply } from './aligned.ts';
import { HeadToHead } from './head-to-head.ts';
import { locationOf } from './location.ts';
import { type ReplyMetric, usualPrice } from './metric.ts';
import { within } from './within.ts';

type Found = Pick<Comparison, 'n' | 'ratio' | 'difference'>;

const NOTHING: Found = { n: 0, ratio: null, difference: null };

/**
 * Two targets by one metric, over the occasions that both have. Nobody is better within noise.
 *
 * @param samples among others those of both targets, oldest first
 */
export const compare = (
  a: Endpoint,
  b: Endpoint,
  samples: readonly Sample[],
  metric: Metric,
  window: Window,
): Comparison => comparing(a, b, [samplesOf(a, samples), samplesOf(b, samples)], window)(metric);

/** The same by as many metrics as are asked for. @param samples of a, and of b, oldest first */
export function comparing(
  a: Endpoint,
  b: Endpoint,
  samples: readonly [readonly Sample[], readonly Sample[]],
  window: Window,
): (metric: Metric) => Comparison {
  const pair = new Pair(within(samples[0], window), within(samples[1], window));
  return (metric) => {
    const found = pair.by(metric);
    return { rule: 'Comparison', ...window, metric, a, b, ...found, better: betterBy(metric, found) };
  };
}

/** One target from two places: what they asked at the same due time is a pair. @param samplesFrom of the endpoint, oldest first, by place */
export function comparePlaces(
  { modelId, provider }: Endpoint,
  a: string,
  b: string,
  samplesFrom: (location: string) => readonly Sample[],
  metric: Metric,
  window: Window,
): PlaceComparison {
  const as = (name: string) => ({ modelId, provider: name });
  const samples = [a, b].flatMap((location) =>
    samplesFrom(location).map((sample) => ({ ...sample, providerName: location, location: '' })),
  );
  return { ...compare(as(a), as(b), samples, metric, window), modelId, provider, a, b };
}

const samplesOf = ({ modelId, provider }: Endpoint, samples: readonly Sample[]) =>
  samples.filter((sample) => sample.modelId === modelId && sample.providerName === provider);

/** Both targets side by side, put so once however many metrics are asked for. */
class Pair {
  readonly #samples: readonly [readonly Sample[], readonly Sample[]];
  readonly #both: HeadToHead;
  #replies: Aligned | undefined;

  constructor(ofA: readonly Sample[], ofB: readonly Sample[]) {
    this.#samples = [ofA, ofB];
    this.#both = new HeadToHead(
      new Map([
        ['a', ofA],
        ['b', ofB],
      ]),
    );
  }

  by(metric: Metric): Found {
    if (metric === 'priceUsdPerMtok') return compareLatestPrices(...this.#samples);
    if (metric === 'availability') {
      const found = this.#both.rateDifference('a', 'b');
      if (found === null) return NOTHING;
      const { pairs, difference, low, high } = found;
      return { n: pairs, ratio: null, difference: { median: difference, low, high } };
    }
    this.#replies ??= aligned(this.#samples, isGoodReply);
    return { ...differenceOf(metric, this.#replies), ratio: this.#both.ratio('a', 'b', metric) };
  }
}

function differenceOf(metric: ReplyMetric, { dueAtMs, rows }: Aligned) {
  const pairs = Array.from(dueAtMs, (atMs, i) => ({ atMs, a: rows[0]![i]?.[metric], b: rows[1]![i]?.[metric] })).filter(
    (pair): pair is { atMs: number; a: number; b: number } => pair.a != null && pair.b != null,
  );
  const location = locationOf(
    Float64Array.from(pairs, ({ a, b }) => b - a),
    Float64Array.from(pairs, ({ atMs }) => atMs),
  );
  const difference = location && { median: location.estimate, low: location.low, high: location.high };
  return { n: pairs.length, difference };
}

/** A price has no noise: what both cost when both were last known. */
function compareLatestPrices(ofA: readonly Sample[], ofB: readonly Sample[]): Found {
  const isPriced = (sample: Sample) => sample.probeKind === 'standard' && sample.final && usualPrice(sample) !== null;
  const { rows } = aligned([ofA, ofB], isPriced);
  const common = rows[0]!.flatMap((a, i) =>
    a && rows[1]![i] ? [{ a: usualPrice(a)!, b: usualPrice(rows[1]![i])! }] : [],
  );
  const last = common.at(-1);
  if (last === undefined) return NOTHING;
  const [median, ratio] = [last.b - last.a, last.b / last.a];
  return {
    n: common.length,
    ratio: last.a > 0 && last.b > 0 ? { pairs: common.length, ratio, low: ratio, high: ratio } : null,
    difference: { median, low: median, high: median },
  };
}

/** By the ratio, and where there is none by the difference: of a free provider there is no ratio. */
function betterBy(metric: Metric, { ratio, difference }: Found): 'a' | 'b' | null {
  if (ratio === null && difference === null) return null;
  const low = ratio ? ratio.low - 1 : difference!.low;
  const high = ratio ? ratio.high - 1 : difference!.high;
  if (low <= 0 && high >= 0) return null;
  return low > 0 === (metric === 'availability') ? 'b' : 'a';
}
