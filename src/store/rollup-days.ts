import type { Database } from 'bun:sqlite';
import { LATENCY_NAMES, SPAN_MS } from '../domain/rollup.ts';
import type { DayRollup, RollupDays } from '../ports.ts';
import { runningDays } from './csv-days.ts';
import { figures } from './rollup-reader.ts';
import { rollupOf } from './rollups.ts';

/** The closed days of the rollups in the dataset, by the due time of the cycle. */
export function createRollupDays(db: Database): RollupDays {
  const markPushed = db.transaction((days: readonly string[], commitUrl: string | null, atMs: number) => {
    const mark = db.query(
      'INSERT INTO pushed_rollup_days (day, commit_url, pushed_at_ms) VALUES (?, ?, ?) ON CONFLICT (day) DO NOTHING',
    );
    for (const day of days) mark.run(day, commitUrl, atMs);
  });

  return {
    async rollupDaysToPush(today) {
      const pushed = new Set(
        db
          .query<{ day: string }, []>('SELECT day FROM pushed_rollup_days')
          .all()
          .map(({ day }) => day),
      );
      const running = runningDays(db);
      return [...daysWithRollups(db, Date.parse(today))].filter((day) => !pushed.has(day) && !running.has(day));
    },

    async rollupsOfDay(day) {
      return db
        .query<unknown, [number]>(
          `SELECT location, model_id, provider, question_id, ${figures(LATENCY_NAMES)} FROM rollups JOIN series USING (series_id)
           WHERE span = 'day' AND at_ms = ? ORDER BY location, model_id, provider, question_id`,
        )
        .values(Date.parse(day))
        .map(dayRollupOf);
    },

    pushedRollupDays: async (month) =>
      db
        .query<{ day: string }, [string]>(`SELECT day FROM pushed_rollup_days WHERE day LIKE ? || '-%' ORDER BY day`)
        .all(month)
        .map(({ day }) => day),

    rollupDaysPushed: async (days, commitUrl, atMs) => markPushed.immediate(days, commitUrl, atMs),
  };
}

/** @param values the series and all figures, in this order */
export function dayRollupOf(values: readonly unknown[]): DayRollup {
  const [location, modelId, provider, questionId] = values as string[];
  const series = { location, modelId, provider, questionId } as DayRollup['series'];
  return { series, ...rollupOf(values, 4, LATENCY_NAMES) };
}

/** From day to day through the index, whatever the number of series in each. */
function* daysWithRollups(db: Database, endMs: number): Iterable<string> {
  const next = db.query<{ atMs: number | null }, [number, number]>(
    `SELECT min(at_ms) AS atMs FROM rollups WHERE span = 'day' AND at_ms >= ? AND at_ms < ?`,
  );
  for (let fromMs = Number.MIN_SAFE_INTEGER; ; ) {
    const { atMs } = next.get(fromMs, endMs)!;
    if (atMs === null) return;
    yield new Date(atMs).toISOString().slice(0, 10);
    fromMs = atMs + SPAN_MS.day;
  }
}
