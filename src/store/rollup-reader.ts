import type { Database, SQLQueryBindings } from 'bun:sqlite';
import { setImmediate } from 'node:timers/promises';
import type { LatencyName, Series } from '../domain/rollup.ts';
import type { RollupReader } from '../ports.ts';
import { histogramColumn, rollupOf } from './rollups.ts';

/** Rollups read without a break: a few milliseconds. */
const PAGE = 200;

const OF_MODEL = 'AND series_id IN (SELECT series_id FROM series WHERE model_id = ?)';

export function createRollupReader(db: Database): RollupReader {
  return {
    async *rollups({ span, sinceMs, untilMs, latencies, modelId }) {
      // The next page begins behind the last rollup of this one: no statement stays open while others work.
      const select = db.query<unknown, SQLQueryBindings[]>(
        `SELECT at_ms, series_id, ${figures(latencies)} FROM rollups
         WHERE span = ? AND (at_ms, series_id) > (?, ?) AND at_ms < ? ${modelId === undefined ? '' : OF_MODEL} ORDER BY at_ms, series_id LIMIT ${PAGE}`,
      );
      const wanted = modelId === undefined ? [] : [modelId];
      const seriesOf = seriesById(db);
      let last: readonly unknown[] = [sinceMs, 0];
      for (;;) {
        const page = select.values(span, last[0] as number, last[1] as number, untilMs, ...wanted);
        yield page.map((values) => ({
          atMs: values[0] as number,
          series: seriesOf(values[1] as number),
          ...rollupOf(values, 2, latencies),
        }));
        if (page.length < PAGE) return;
        last = page.at(-1)!;
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
