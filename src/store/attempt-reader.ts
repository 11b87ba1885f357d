import type { Database, SQLQueryBindings } from 'bun:sqlite';
import { type ColumnName, dataName } from '../domain/record.ts';
import type { AttemptExtent, AttemptQuery, AttemptReader, AttemptSummary, AttemptsById } from '../ports.ts';
import { conditionsOf, givenOf } from './conditions.ts';
import { recordsAt } from './reader.ts';
import { columnsOf } from './rows.ts';
import { METRIC_NAMES } from './schema.ts';

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

export function createAttemptReader(db: Database): AttemptReader & AttemptsById {
  return {
    async attempts({ sinceMs, untilMs, limit, after, ...wanted }) {
      const conditions = [
        'cycle_timestamp_iso >= $sinceMs AND cycle_timestamp_iso < $untilMs',
        ...conditionsOf(CONDITIONS, { ...wanted, after }),
      ];
      return db
        .query<unknown, SQLQueryBindings>(
          `SELECT ${SUMMARY_NAMES.map(dataName)} FROM attempts
           WHERE ${conditions.join(' AND ')}
           ORDER BY cycle_timestamp_iso DESC, attempt_id DESC LIMIT $limit`,
        )
        .values({ sinceMs, untilMs, limit, ...givenOf(wanted), ...after })
        .map(summaryOf);
    },

    attemptsById: async (ids) =>
      db
        .query<unknown, [string]>(
          `SELECT ${SUMMARY_NAMES.map(dataName)} FROM attempts
           WHERE attempt_id IN (SELECT value FROM json_each(?))
           ORDER BY +cycle_timestamp_iso DESC, attempt_id DESC`,
        )
        .values(JSON.stringify(ids))
        .map(summaryOf),

    async extent() {
      return db
        .query<AttemptExtent, []>(
          `SELECT count(*) AS attempts, min(cycle_timestamp_iso) AS firstDueAtMs, max(cycle_timestamp_iso) AS lastDueAtMs
           FROM attempts`,
        )
        .get()!;
    },

    async attempt(attemptId) {
      const row = db.query<{ seq: number }, [string]>('SELECT seq FROM attempts WHERE attempt_id = ?').get(attemptId);
      return row === null ? null : (recordsAt(db, [row.seq])[Symbol.iterator]().next().value ?? null);
    },
  };
}
