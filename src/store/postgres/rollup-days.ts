import { LATENCY_NAMES, SPAN_MS } from '../../domain/rollup.ts';
import { dayOf } from '../../domain/utc-day.ts';
import type { DayRollup, RollupDays } from '../../ports.ts';
import { dayRollupOf } from '../rollup-days.ts';
import { figures } from '../rollup-reader.ts';
import type { Client } from './client.ts';
import { runningDays } from './csv-days.ts';
import { markDays, sealing } from './sealing.ts';

/** From day to day through the index, whatever the number of series in each. */
const DAYS_WITH_ROLLUPS = `
  WITH RECURSIVE days AS (
    SELECT min(at_ms) AS at_ms FROM rollups WHERE span = 'day' AND at_ms < $1
    UNION ALL
    SELECT (SELECT min(at_ms) FROM rollups WHERE span = 'day' AND at_ms >= days.at_ms + ${SPAN_MS.day} AND at_ms < $1)
    FROM days WHERE days.at_ms IS NOT NULL
  ) SELECT at_ms FROM days WHERE at_ms IS NOT NULL ORDER BY at_ms`;

/** The closed days of the rollups in the dataset, by the due time of the cycle. */
export function createRollupDays(client: Client): RollupDays {
  return {
    rollupDaysToPush: (today) =>
      sealing(client, async (db) => {
        const days = await db.all<{ at_ms: number }>(DAYS_WITH_ROLLUPS, Date.parse(today));
        const pushed = await db.all<{ day: string }>('SELECT day FROM pushed_rollup_days');
        const closed = new Set([...pushed.map(({ day }) => day), ...(await runningDays(db))]);
        return days.map(({ at_ms }) => dayOf(at_ms)).filter((day) => !closed.has(day));
      }),

    async rollupsOfDay(day): Promise<readonly DayRollup[]> {
      const rows = await client.values(
        `SELECT location, model_id, provider, question_id, ${figures(LATENCY_NAMES)} FROM rollups JOIN series USING (series_id)
         WHERE span = 'day' AND at_ms = $1
         ORDER BY location COLLATE "C", model_id COLLATE "C", provider COLLATE "C", question_id COLLATE "C"`,
        Date.parse(day),
      );
      return rows.map(dayRollupOf);
    },

    async pushedRollupDays(month) {
      const rows = await client.all<{ day: string }>(
        `SELECT day FROM pushed_rollup_days WHERE day LIKE $1 || '-%' ORDER BY day COLLATE "C"`,
        month,
      );
      return rows.map(({ day }) => day);
    },

    rollupDaysPushed: (...marks) => markDays(client, 'pushed_rollup_days', ...marks),
  };
}
