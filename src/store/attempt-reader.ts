import { type ColumnName, dataName } from '../domain/record.ts';
import type { AttemptQuery, AttemptReader, AttemptSummary, AttemptsById } from '../ports.ts';
import { conditionsOf, givenOf } from './conditions.ts';
import { SELECT_RECORDS, stored } from './reader.ts';
import { columnsOf } from './rows.ts';
import { METRIC_NAMES } from './schema.ts';
import type { Select } from './select.ts';

const SUMMARY_NAMES = METRIC_NAMES.filter((name) => name !== 'chunkAtMs') as readonly Exclude<
  ColumnName,
  'chunkAtMs'
>[];

const CONDITIONS = {
  modelId: 'model_id = $modelId',
  provider: 'provider_name = $provider',
  outcome: 'outcome = $outcome',
  location: 'location = $location',
  after: '(cycle_timestamp_iso, attempt_id) < ($dueAtMs, $attemptId)',
} as const satisfies Partial<Record<keyof AttemptQuery, string>>;

const summaryOf = (row: readonly unknown[]) => columnsOf(SUMMARY_NAMES, row) as AttemptSummary;

/**
 * @param isListed the condition, as SQL, of rows whose `attempt_id` is in the JSON list `$ids`
 * @param count how many rows there are, as SQL
 */
export function createAttemptReader(select: Select, isListed: string, count: string): AttemptReader & AttemptsById {
  return {
    async attempts({ sinceMs, untilMs, limit, after, ...wanted }) {
      const conditions = [
        'cycle_timestamp_iso >= $sinceMs AND cycle_timestamp_iso < $untilMs',
        ...conditionsOf(CONDITIONS, { ...wanted, after }),
      ];
      const rows = await select(
        `SELECT ${SUMMARY_NAMES.map(dataName)} FROM attempts
         WHERE ${conditions.join(' AND ')}
         ORDER BY cycle_timestamp_iso DESC, attempt_id DESC LIMIT $limit`,
        { sinceMs, untilMs, limit, ...givenOf(wanted), ...after },
      );
      return rows.map(summaryOf);
    },

    async attemptsById(ids) {
      const rows = await select(
        `SELECT ${SUMMARY_NAMES.map(dataName)} FROM attempts
         WHERE ${isListed} ORDER BY +cycle_timestamp_iso DESC, attempt_id DESC`,
        { ids: JSON.stringify(ids) },
      );
      return rows.map(summaryOf);
    },

    async extent() {
      const [row] = await select(
        `SELECT ${count}, (SELECT min(cycle_timestamp_iso) FROM attempts), (SELECT max(cycle_timestamp_iso) FROM attempts)`,
        {},
      );
      const [attempts, firstDueAtMs, lastDueAtMs] = row as [number, number | null, number | null];
      return { attempts, firstDueAtMs, lastDueAtMs };
    },

    async attempt(attemptId) {
      const [row] = await select(`${SELECT_RECORDS} WHERE attempt_id = $attemptId`, { attemptId });
      return row === undefined ? null : stored(row).record;
    },
  };
}
