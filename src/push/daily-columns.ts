import type { Histogram } from '../domain/histogram.ts';
import { CLASSES, type FailureOutcome, OUTCOMES } from '../domain/outcome.ts';
import {
  LATENCIES,
  LATENCY_NAMES,
  type LatencyName,
  type Rollup,
  type Series,
  type Tally,
  type TotalName,
  tallyOf,
} from '../domain/rollup.ts';
import { PERCENTILES } from '../domain/statistics.ts';

/** A row of `daily/`: one series on one closed UTC day. */
export interface DailyRow {
  /** `yyyy-mm-dd` */
  readonly day: string;
  readonly writer: string;
  readonly series: Series;
  readonly rollup: Rollup;
  readonly histograms: ReadonlyMap<LatencyName, Histogram>;
}

export interface DailyColumn {
  readonly name: string;
  readonly kind: 'day' | 'text' | 'count' | 'number' | 'histogram';
  readonly nullable: boolean;
  readonly about: string;
  /** Null is unknown, never zero. */
  readonly value: (row: DailyRow) => string | number | Uint8Array | null;
}

const always = (kind: DailyColumn['kind'], name: string, about: string, value: DailyColumn['value']): DailyColumn => ({
  ...{ name, kind, nullable: false, about, value },
});
const maybe = (kind: DailyColumn['kind'], name: string, about: string, value: DailyColumn['value']): DailyColumn => ({
  ...{ name, kind, nullable: true, about, value },
});

/** Every column of `daily/` in its order: whose day, how it went, what it cost, how long it took. */
export const DAILY_COLUMNS: readonly DailyColumn[] = [
  always('day', 'day', 'UTC day, by the due time of the cycle.', ({ day }) => day),
  always('text', 'writer', 'The store that wrote the row.', ({ writer }) => writer),
  always('text', 'location', 'The place probed from.', ({ series }) => series.location),
  always('text', 'model_id', 'The model on the Hub.', ({ series }) => series.modelId),
  always('text', 'provider_name', 'The inference provider.', ({ series }) => series.provider),
  always('text', 'question_id', 'Rows with another one are another series.', ({ series }) => series.questionId),
  always('count', 'probes_due', 'Probes that were due.', ({ rollup }) => rowsIn(rollup, 'final')),
  always('count', 'probes_sent', 'Probes that were sent.', ({ rollup }) => {
    return rowsIn(rollup, 'first') - tallyOf(rollup, 'skipped').first;
  }),
  ...(['first', 'final', 'all'] as const).flatMap(tallyColumns),
  ...Object.entries(CLASSES).flatMap(([outcome, classes]) =>
    classes.map((name) => classColumn(outcome as FailureOutcome, name)),
  ),
  ...(['correct', 'wrong', 'unknown'] as const).map((kind) =>
    always(
      'count',
      `answers_${kind}`,
      `Replies that are ok and whose answer is ${kind}.`,
      ({ rollup }) => rollup.answers[kind],
    ),
  ),
  ...totalColumns('promptTokens', 'prompt_tokens'),
  ...totalColumns('completionTokens', 'completion_tokens'),
  ...totalColumns('reasoningTokens', 'reasoning_tokens'),
  ...totalColumns('cachedTokens', 'cached_tokens'),
  ...totalColumns('costPicoUsd', 'cost_usd', 1e-12),
  ...LATENCY_NAMES.flatMap(latencyColumns),
];

function tallyColumns(which: keyof Tally): readonly DailyColumn[] {
  const rows = { first: 'First attempts', final: 'Final attempts', all: 'Attempts' }[which];
  return OUTCOMES.map((outcome) =>
    always(
      'count',
      `${which}_${outcome}`,
      `${rows} that were ${outcome}.`,
      ({ rollup }) => tallyOf(rollup, outcome)[which],
    ),
  );
}

function classColumn(outcome: FailureOutcome, name: string): DailyColumn {
  const about = `Attempts that were ${outcome} of class ${name}.`;
  return always(
    'count',
    `all_${outcome}_${name}`,
    about,
    ({ rollup }) => rollup.tallies[`${outcome}/${name}`]?.all ?? 0,
  );
}

function totalColumns(total: TotalName, name: string, unit = 1): readonly DailyColumn[] {
  return [
    maybe(unit === 1 ? 'count' : 'number', name, 'Sum over the attempts that tell it.', ({ rollup }) => {
      const { n, sum } = rollup.totals[total];
      return n === 0 ? null : unit === 1 ? sum : Number((sum * unit).toPrecision(12));
    }),
    always('count', `${name}_n`, 'How many attempts tell it.', ({ rollup }) => rollup.totals[total].n),
  ];
}

function latencyColumns(latency: LatencyName): readonly DailyColumn[] {
  const name = LATENCIES[latency];
  return [
    always('count', `${name}_n`, 'How many were counted.', ({ histograms }) => histograms.get(latency)?.n ?? 0),
    ...PERCENTILES.map((p) =>
      maybe(
        'number',
        `${name}_p${p}_ms`,
        `Nearest-rank percentile, within 1 %; null where n is too small.`,
        ({ histograms }) => {
          return histograms.get(latency)?.percentile(p) ?? null;
        },
      ),
    ),
    maybe(
      'histogram',
      `${name}_histogram`,
      'The whole distribution, mergeable.',
      ({ rollup }) => rollup.histograms[latency] ?? null,
    ),
  ];
}

const rowsIn = ({ tallies }: Rollup, which: keyof Tally) =>
  Object.values(tallies).reduce((sum, tally) => sum + tally[which], 0);
