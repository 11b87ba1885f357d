import { setImmediate } from 'node:timers/promises';
import { type LatencyName, type Series, SPAN_MS } from '../domain/rollup.ts';
import type { RollupReader } from '../ports.ts';
import { histogramColumn, rollupOf } from './rollups.ts';
import type { Select } from './select.ts';

/** Rollups read without a break: a few milliseconds. */
const PAGE = 200;

const OF_ALL = '(at_ms, series_id) > ($atMs, $seriesId)';

/** @param ofModel the condition, as SQL, of rows behind `$atMs` and `$seriesId` that are of `$modelId`, none of them before `$firstMs` on the grid of `$spanMs` */
export function createRollupReader(select: Select, ofModel: string): RollupReader {
  return {
    async *rollups({ span, sinceMs, untilMs, latencies, modelId }) {
      // The next page begins behind the last rollup of this one: no statement stays open while others work.
      const page = `SELECT at_ms, series_id, ${figures(latencies)} FROM rollups
        WHERE span = $span AND ${modelId === undefined ? OF_ALL : ofModel} AND at_ms < $untilMs
        ORDER BY at_ms, series_id LIMIT ${PAGE}`;
      const spanMs = SPAN_MS[span];
      const seriesOf = seriesById(select);
      let last = { atMs: sinceMs, seriesId: 0 };
      for (;;) {
        const firstMs = Math.ceil(last.atMs / spanMs) * spanMs;
        const wanted = modelId === undefined ? {} : { modelId, spanMs, firstMs };
        const rows = await select(page, { span, untilMs, ...last, ...wanted });
        const series = await seriesOf(rows.map(([, id]) => id as number));
        yield rows.map((values, i) => ({
          atMs: values[0] as number,
          series: series[i]!,
          ...rollupOf(values, 2, latencies),
        }));
        if (rows.length < PAGE) return;
        last = { atMs: rows.at(-1)![0] as number, seriesId: rows.at(-1)![1] as number };
        await setImmediate();
      }
    },
  };
}

/** The columns that `rollupOf` takes. */
export const figures = (latencies: readonly LatencyName[]) => ['counts', ...latencies.map(histogramColumn)].join(', ');

/** One object a series, all of them read at once. */
function seriesById(select: Select): (ids: readonly number[]) => Promise<readonly Series[]> {
  const known = new Map<number, Series>();
  return async (ids) => {
    if (!ids.every((id) => known.has(id))) {
      for (const row of await select('SELECT series_id, location, model_id, provider, question_id FROM series', {})) {
        const [id, location, modelId, provider, questionId] = row as [number, string, string, string, string];
        if (!known.has(id)) known.set(id, { location, modelId, provider, questionId });
      }
    }
    return ids.map((id) => known.get(id)!);
  };
}
