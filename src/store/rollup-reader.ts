import type { Database, SQLQueryBindings } from 'bun:sqlite';
import { setImmediate } from 'node:timers/promises';
import { type LatencyName, type Series, SPAN_MS } from '../domain/rollup.ts';
import type { RollupReader } from '../ports.ts';
import { histogramColumn, rollupOf } from './rollups.ts';

/** Rollups read without a break: a few milliseconds. */
const PAGE = 200;

/**
 * Buckets begin on a grid: those of a few series are looked up one by one, which a walk past a thousand others takes far longer than. Looked for
 * no earlier and no later than there are any, however wide the window is.
 */
const OF_MODEL = `at_ms IN (
    WITH RECURSIVE moments (at_ms) AS (
      SELECT max($firstMs, (SELECT min(at_ms) FROM rollups WHERE span = $span))
      UNION ALL SELECT at_ms + $spanMs FROM moments
      WHERE at_ms + $spanMs < $untilMs AND at_ms < (SELECT max(at_ms) FROM rollups WHERE span = $span)
    ) SELECT at_ms FROM moments
  ) AND series_id IN (SELECT series_id FROM series WHERE model_id = $modelId) AND (+at_ms, +series_id) > ($atMs, $seriesId)`;
const OF_ALL = '(at_ms, series_id) > ($atMs, $seriesId)';

export function createRollupReader(db: Database): RollupReader {
  return {
    async *rollups({ span, sinceMs, untilMs, latencies, modelId }) {
      // The next page begins behind the last rollup of this one: no statement stays open while others work.
      const select = db.query<unknown, SQLQueryBindings>(
        `SELECT at_ms, series_id, ${figures(latencies)} FROM rollups
         WHERE span = $span AND ${modelId === undefined ? OF_ALL : OF_MODEL} AND at_ms < $untilMs ORDER BY at_ms, series_id LIMIT ${PAGE}`,
      );
      const spanMs = SPAN_MS[span];
      const seriesOf = seriesById(db);
      let last = { atMs: sinceMs, seriesId: 0 };
      for (;;) {
        const firstMs = Math.ceil(last.atMs / spanMs) * spanMs;
        const wanted = modelId === undefined ? {} : { modelId, spanMs, firstMs };
        const page = select.values({ span, untilMs, ...last, ...wanted });
        yield page.map((values) => ({
          atMs: values[0] as number,
          series: seriesOf(values[1] as number),
          ...rollupOf(values, 2, latencies),
        }));
        if (page.length < PAGE) return;
        last = { atMs: page.at(-1)![0] as number, seriesId: page.at(-1)![1] as number };
        await setImmediate();
      }
    },
  };
}

/** The columns that `rollupOf` takes. */
export const figures = (latencies: readonly LatencyName[]) => ['counts', ...latencies.map(histogramColumn)].join(', ');

/** One object a series, read once. */
function seriesById(db: Database): (id: number) => Series {
  const known = new Map<number, Series>();
  const select = db.query<Series, [number]>(
    'SELECT location, model_id AS modelId, provider, question_id AS questionId FROM series WHERE series_id = ?',
  );
  return (id) => {
    let series = known.get(id);
    if (series === undefined) {
      series = select.get(id)!;
      known.set(id, series);
    }
    return series;
  };
}
