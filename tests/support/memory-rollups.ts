import type { AttemptRecord } from '../../src/domain/record.ts';
import { RollupSum, type Series, seriesOf } from '../../src/domain/rollup.ts';
import type { RollupDays } from '../../src/ports.ts';

/** Days of rollups in memory, of these attempts. `pushed`: day → URL of the commit that brought it, null where its answer was lost. */
export function memoryRollups(
  records: readonly AttemptRecord[] = [],
): RollupDays & { readonly pushed: Map<string, string | null> } {
  const pushed = new Map<string, string | null>();
  const dayOf = ({ cycleTimestampIso }: AttemptRecord) => cycleTimestampIso.slice(0, 10);
  return {
    pushed,
    rollupDaysToPush: async (today) =>
      [...new Set(records.map(dayOf))].filter((day) => day < today && !pushed.has(day)).sort(),
    pushedRollupDays: async (month) => [...pushed.keys()].filter((day) => day.startsWith(month)).sort(),
    async rollupsOfDay(day) {
      const ofDay = records.filter((record) => dayOf(record) === day && seriesOf(record) !== null);
      const bySeries = Map.groupBy(ofDay, (record) => JSON.stringify(seriesOf(record)));
      return [...bySeries].sort().map(([key, attempts]) => {
        const sum = new RollupSum();
        for (const attempt of attempts) sum.add(attempt);
        return { series: JSON.parse(key) as Series, ...sum.rollup() };
      });
    },
    async rollupDaysPushed(days, commitUrl) {
      for (const day of days) if (!pushed.has(day)) pushed.set(day, commitUrl);
    },
  };
}
