import type { Sample } from '../domain/sample.ts';
import type { PairedRatio } from '../domain/verdict.ts';
import type { Steps } from '../lib/steps.ts';
import { type Aligned, aligned, alignedInSteps, isGoodReply, isJudgedFirst } from './aligned.ts';
import { locationOf } from './location.ts';
import { logOf, type ReplyMetric } from './metric.ts';
import { type RateDifference, rateDifference } from './rate-difference.ts';

/** `speed` is the mean of the logarithms of first token and whole reply. */
export type Measure = ReplyMetric | 'speed';

/**
 * Compares the providers of one model by what both showed on the same occasion, so that the hour and the question are the same for both.
 * Each question is answered once, however often it is asked.
 */
export class HeadToHead {
  /** In alphabetical order. */
  readonly providers: readonly string[];
  readonly #samples: readonly (readonly Sample[])[];
  readonly #logs = new Map<Measure, readonly Float64Array[]>();
  readonly #pairs = new Map<string, Pair>();
  #replies: Aligned | undefined;
  #tries: Aligned | undefined;

  /** @param before what was compared earlier: it holds for pairs of which both samples are the same, whatever others have */
  constructor(byProvider: ReadonlyMap<string, readonly Sample[]>, before?: HeadToHead) {
    this.providers = [...byProvider.keys()].sort();
    this.#samples = this.providers.map((provider) => byProvider.get(provider)!);
    if (before === undefined) return;
    const same = new Set(this.providers.filter((provider) => before.#hasSame(provider, byProvider.get(provider)!)));
    for (const [key, pair] of before.#pairs) if (same.has(pair.a) && same.has(pair.b)) this.#pairs.set(key, pair);
  }

  /** Gets ready to answer: whoever asks first would do it otherwise, all at once. */
  *getReady(measures: readonly Measure[]): Steps<void> {
    this.#replies ??= yield* alignedInSteps(this.#samples, isGoodReply);
    for (const measure of measures) {
      this.#logsOf(measure, this.#replies);
      yield;
    }
    this.#tries ??= yield* alignedInSteps(this.#samples, isJudgedFirst);
  }

  /** @returns null with fewer than twelve occasions on which both are known */
  ratio(a: string, b: string, measure: Measure): PairedRatio | null {
    if (a > b) return inverse(this.ratio(b, a, measure));
    const { ratios } = this.#pair(a, b);
    let ratio = ratios.get(measure);
    if (ratio === undefined) {
      this.#replies ??= aligned(this.#samples, isGoodReply);
      const logs = this.#logsOf(measure, this.#replies);
      ratio = pairedRatio(logs[this.#place(a)]!, logs[this.#place(b)]!, this.#replies.dueAtMs);
      ratios.set(measure, ratio);
    }
    return ratio;
  }

  /** How much more often b works than a, over occasions on which both were judged; null without one. */
  rateDifference(a: string, b: string): RateDifference | null {
    if (a > b) return negative(this.rateDifference(b, a));
    const pair = this.#pair(a, b);
    if (pair.difference === undefined) {
      this.#tries ??= aligned(this.#samples, isJudgedFirst);
      pair.difference = rateDifference(this.#tries.rows[this.#place(a)]!, this.#tries.rows[this.#place(b)]!);
    }
    return pair.difference;
  }

  #pair(a: string, b: string): Pair {
    const key = `${a} ${b}`;
    let pair = this.#pairs.get(key);
    if (pair === undefined) {
      pair = { a, b, ratios: new Map(), difference: undefined };
      this.#pairs.set(key, pair);
    }
    return pair;
  }

  #hasSame(provider: string, samples: readonly Sample[]): boolean {
    const own = this.#samples[this.providers.indexOf(provider)];
    return own !== undefined && areSameSamples(own, samples);
  }

  #place(provider: string): number {
    const place = this.providers.indexOf(provider);
    if (place < 0) throw new Error(`no samples were given of ${provider}`);
    return place;
  }

  #logsOf(measure: Measure, { rows }: Aligned): readonly Float64Array[] {
    let logs = this.#logs.get(measure);
    if (logs === undefined) {
      logs = rows.map(measure === 'speed' ? logSpeeds : (row) => logsOf(row, measure));
      this.#logs.set(measure, logs);
    }
    return logs;
  }
}

/** What is known of two providers: of their samples alone. */
interface Pair {
  readonly a: string;
  readonly b: string;
  readonly ratios: Map<Measure, PairedRatio | null>;
  difference: RateDifference | null | undefined;
}

/** Whether these are the same samples, of lists that only grow, and lose their oldest. */
export const areSameSamples = (some: readonly Sample[], others: readonly Sample[]): boolean =>
  some.length === others.length && some[0] === others[0] && some.at(-1) === others.at(-1);

type Row = Aligned['rows'][number];

function logsOf(row: Row, metric: ReplyMetric): Float64Array {
  const logs = new Float64Array(row.length);
  for (let i = 0; i < row.length; i++) logs[i] = logOf(row[i], metric);
  return logs;
}

function logSpeeds(row: Row): Float64Array {
  const logs = new Float64Array(row.length);
  for (let i = 0; i < row.length; i++) logs[i] = (logOf(row[i], 'ttftMs') + logOf(row[i], 'e2eMs')) / 2;
  return logs;
}

function pairedRatio(a: Float64Array, b: Float64Array, dueAtMs: Float64Array): PairedRatio | null {
  let pairs = 0;
  for (let i = 0; i < a.length; i++) if (!Number.isNaN(b[i]! - a[i]!)) pairs++;
  const logRatios = new Float64Array(pairs);
  const atMs = new Float64Array(pairs);
  for (let i = 0, pair = 0; i < a.length; i++) {
    const logRatio = b[i]! - a[i]!;
    if (Number.isNaN(logRatio)) continue;
    logRatios[pair] = logRatio;
    atMs[pair++] = dueAtMs[i]!;
  }
  const location = locationOf(logRatios, atMs);
  if (location === null) return null;
  const { estimate, low, high } = location;
  return { pairs, ratio: Math.exp(estimate), low: Math.exp(low), high: Math.exp(high) };
}

function inverse(ratio: PairedRatio | null): PairedRatio | null {
  return ratio && { pairs: ratio.pairs, ratio: 1 / ratio.ratio, low: 1 / ratio.high, high: 1 / ratio.low };
}

function negative(found: RateDifference | null): RateDifference | null {
  return found && { pairs: found.pairs, difference: -found.difference, low: -found.high, high: -found.low };
}
