import { Histogram } from './histogram.ts';
import type { Outcome } from './outcome.ts';
import type { AttemptRecord } from './record.ts';

/** What is rolled up together. Another question is another series: its figures cannot be compared with these. */
export interface Series {
  readonly location: string;
  readonly modelId: string;
  readonly provider: string;
  readonly questionId: string;
}

/** How long a bucket is: one hour or one day of UTC, by the due time of the cycles in it. */
export type Span = keyof typeof SPAN_MS;

export const SPAN_MS = { hour: 3_600_000, day: 86_400_000 } as const;

/** Each length that is kept as a histogram, and its name in data, to which `_n`, `_p50_ms` and the like are added. */
export const LATENCIES = {
  ttftMs: 'ttft',
  ttfatMs: 'ttfat',
  tpotMs: 'tpot',
  e2eMs: 'e2e',
  gapMs: 'gap',
  dispatchDelayMs: 'dispatch_delay',
} as const;

export type LatencyName = keyof typeof LATENCIES;

export const LATENCY_NAMES = Object.keys(LATENCIES) as readonly LatencyName[];

/** Sums over attempts that say how much. Money is in 10⁻¹² USD: whole numbers add up to the same in every order. */
export const TOTAL_NAMES = [
  'promptTokens',
  'completionTokens',
  'reasoningTokens',
  'cachedTokens',
  'costPicoUsd',
] as const;

export type TotalName = (typeof TOTAL_NAMES)[number];

/** How many attempts told it, and their sum; of the others it is unknown. */
export interface Total {
  readonly n: number;
  readonly sum: number;
}

/** How many rows: first attempts (a probe that was not sent has its row here), final ones (one per probe that was due), all. */
export interface Tally {
  readonly first: number;
  readonly final: number;
  readonly all: number;
}

/** What a bucket tells of a series. Plain data: the same attempts give the same rollup, in whatever order they came. */
export interface Rollup {
  /** By `ok` or `<outcome>/<class>`, in alphabetical order. */
  readonly tallies: Readonly<Record<string, Tally>>;
  readonly totals: Readonly<Record<TotalName, Total>>;
  /** Of attempts that are `ok`. */
  readonly answers: { readonly correct: number; readonly wrong: number; readonly unknown: number };
  /** Encoded histograms; absent where nothing was counted, or where they were not asked for. */
  readonly histograms: Readonly<Partial<Record<LatencyName, Uint8Array>>>;
}

/** The columns that a rollup counts. */
export const COUNTED_NAMES = [
  'cycleTimestampIso',
  'location',
  'modelId',
  'providerName',
  'questionId',
  'probeKind',
  'attempt',
  'final',
  'outcome',
  'errorClass',
  'ttftMs',
  'ttfatMs',
  'tpotMs',
  'e2eMs',
  'chunkAtMs',
  'dispatchDelayMs',
  'promptTokens',
  'completionTokens',
  'reasoningTokens',
  'cachedTokens',
  'costUsd',
  'answerCorrect',
] as const satisfies readonly (keyof AttemptRecord)[];

export type CountedRecord = Pick<AttemptRecord, (typeof COUNTED_NAMES)[number]>;

/** The series a record belongs to; null where no rollup counts it: a kind of probe other than `standard`, or a cycle without a catalogue. */
export function seriesOf({ probeKind, location, modelId, providerName, questionId }: CountedRecord): Series | null {
  if (probeKind !== 'standard' || modelId === null || providerName === null) return null;
  return {
    location: location.toWellFormed(),
    modelId: modelId.toWellFormed(),
    provider: providerName.toWellFormed(),
    questionId: questionId.toWellFormed(),
  };
}

/** When the bucket of a moment begins. */
export const bucketAtMs = (span: Span, atMs: number) => Math.floor(atMs / SPAN_MS[span]) * SPAN_MS[span];

/** `ok`, `target_error/http_5xx`. */
function tallyKey({ outcome, errorClass }: Pick<CountedRecord, 'outcome' | 'errorClass'>): string {
  return errorClass === null ? outcome : `${outcome}/${errorClass}`;
}

/** How many rows had that outcome, whatever their class. */
export function tallyOf({ tallies }: Pick<Rollup, 'tallies'>, outcome: Outcome): Tally {
  const sum = { first: 0, final: 0, all: 0 };
  for (const [key, tally] of Object.entries(tallies)) {
    if (key === outcome || key.startsWith(`${outcome}/`)) addTally(sum, tally);
  }
  return sum;
}

/** A rollup while it grows, by attempts and by other rollups. */
export class RollupSum {
  readonly #tallies = new Map<string, Mutable<Tally>>();
  readonly #totals = Object.fromEntries(TOTAL_NAMES.map((name) => [name, { n: 0, sum: 0 }])) as MutableTotals;
  readonly #answers = { correct: 0, wrong: 0, unknown: 0 };
  readonly #histograms: Partial<Record<LatencyName, Histogram>> = {};

  /**
   * Counts one attempt. Tokens and money are those of every attempt that tells them. Lengths and answers are those of attempts that are `ok`,
   * retries among them; the dispatch delay is that of every first attempt, since it tells of us and not of the reply, and a retry is late by design.
   */
  add(record: CountedRecord): void {
    const isFirst = record.attempt <= 1;
    addTally(this.#tally(tallyKey(record)), { first: Number(isFirst), final: Number(record.final), all: 1 });
    for (const name of TOTAL_NAMES) this.#addTotal(name, totalIn(record, name));
    if (isFirst) this.#addLength('dispatchDelayMs', record.dispatchDelayMs);
    if (record.outcome !== 'ok') return;

    this.#answers[record.answerCorrect === null ? 'unknown' : record.answerCorrect ? 'correct' : 'wrong']++;
    for (const name of ['ttftMs', 'ttfatMs', 'tpotMs', 'e2eMs'] as const) this.#addLength(name, record[name]);
    const moments = record.chunkAtMs ?? [];
    for (let i = 1; i < moments.length; i++) this.#addLength('gapMs', between(moments[i - 1], moments[i]));
  }

  merge({ tallies, totals, answers, histograms }: Rollup): this {
    for (const [key, tally] of Object.entries(tallies)) addTally(this.#tally(key), tally);
    for (const name of TOTAL_NAMES) this.#addTotal(name, totals[name]);
    for (const name of ['correct', 'wrong', 'unknown'] as const) this.#answers[name] += answers[name];
    for (const name of LATENCY_NAMES) {
      const encoded = histograms[name];
      if (encoded !== undefined) this.histogram(name).merge(encoded);
    }
    return this;
  }

  /** What was counted of a length so far. */
  histogram(name: LatencyName): Histogram {
    this.#histograms[name] ??= new Histogram();
    return this.#histograms[name];
  }

  rollup(): Rollup {
    const kept = LATENCY_NAMES.filter((name) => (this.#histograms[name]?.n ?? 0) > 0);
    return {
      tallies: Object.fromEntries(
        [...this.#tallies].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, tally]) => [key, { ...tally }]),
      ),
      totals: Object.fromEntries(TOTAL_NAMES.map((name) => [name, { ...this.#totals[name] }])) as MutableTotals,
      answers: { ...this.#answers },
      histograms: Object.fromEntries(kept.map((name) => [name, this.#histograms[name]!.encode()])),
    };
  }

  #tally(key: string): Mutable<Tally> {
    let tally = this.#tallies.get(key);
    if (tally === undefined) {
      tally = { first: 0, final: 0, all: 0 };
      this.#tallies.set(key, tally);
    }
    return tally;
  }

  /** A provider may report any number of tokens: a sum stops at 2^53 - 1, beyond which it would depend on the order. */
  #addTotal(name: TotalName, { n, sum }: Total): void {
    const total = this.#totals[name];
    total.n += n;
    total.sum = Math.min(total.sum + sum, Number.MAX_SAFE_INTEGER);
  }

  #addLength(name: LatencyName, ms: number | null): void {
    if (ms !== null && Number.isFinite(ms)) this.histogram(name).add(ms);
  }
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };
type MutableTotals = Record<TotalName, Mutable<Total>>;

const UNKNOWN: Total = { n: 0, sum: 0 };

/** A count below zero, or that no computer counts, is unknown. */
function totalIn(record: CountedRecord, name: TotalName): Total {
  const given = name === 'costPicoUsd' ? picoUsd(record.costUsd) : record[name];
  return given !== null && Number.isSafeInteger(given) && given >= 0 ? { n: 1, sum: given } : UNKNOWN;
}

function picoUsd(usd: number | null): number | null {
  return usd === null || !Number.isFinite(usd) ? null : Math.min(Math.round(usd * 1e12), Number.MAX_SAFE_INTEGER);
}

function addTally(sum: Mutable<Tally>, { first, final, all }: Tally): void {
  sum.first += first;
  sum.final += final;
  sum.all += all;
}

/** A moment that is no number, which is a bug of ours, leaves no gap on either side. */
function between(fromMs: number | null | undefined, toMs: number | null | undefined): number | null {
  return Number.isFinite(fromMs) && Number.isFinite(toMs) ? toMs! - fromMs! : null;
}
