import type { Database } from 'bun:sqlite';
import { type AttemptRecord, dataName } from '../domain/record.ts';
import type { RecordRange, RecordReader } from '../ports.ts';
import { conditionsOf, givenOf } from './conditions.ts';
import { recordOf } from './rows.ts';
import { METRIC_NAMES } from './schema.ts';
import type { Select } from './select.ts';

/** A record and its place in the order of arrival. */
export interface StoredRecord {
  readonly seq: number;
  readonly record: AttemptRecord;
}

/** Records held in memory at once while reading on. */
export const PAGE = 100;

/** `stored` makes records of its rows. */
export const SELECT_RECORDS = `SELECT attempts.seq, ${METRIC_NAMES.map(dataName)}, zstd FROM attempts LEFT JOIN bodies USING (seq)`;

const CONDITIONS = {
  untilMs: 'cycle_timestamp_iso < $untilMs',
  cycleId: 'cycle_id = $cycleId',
  modelId: 'model_id = $modelId',
  providerName: 'provider_name = $providerName',
} as const satisfies Partial<Record<keyof RecordRange, string>>;

export function createRecordReader(select: Select): RecordReader {
  return {
    async *read({ sinceMs, ...wanted } = {}) {
      const conditions = conditionsOf(CONDITIONS, wanted);
      // The next page begins behind the last record of this one: no statement stays open while the caller works.
      const page = `${SELECT_RECORDS}
        WHERE ${[...conditions, '(cycle_timestamp_iso, attempts.seq) > ($dueAtMs, $seq)'].join(' AND ')}
        ORDER BY cycle_timestamp_iso, attempts.seq LIMIT ${PAGE}`;
      let last = { seq: 0, dueAtMs: sinceMs ?? Number.MIN_SAFE_INTEGER };
      for (;;) {
        const records = (await select(page, { ...last, ...givenOf(wanted) })).map(stored);
        for (const { record } of records) yield record;
        if (records.length < PAGE) return;
        const { seq, record } = records.at(-1)!;
        last = { seq, dueAtMs: Date.parse(record.cycleTimestampIso) };
      }
    },
  };
}

/** Of the local store, in order of arrival: those with `first <= seq <= last` for which the SQL `condition` holds. */
export function* recordsBetween(db: Database, first: number, last: number, condition: string): Iterable<StoredRecord> {
  const select = db.query<unknown, [number, number]>(
    `${SELECT_RECORDS} WHERE attempts.seq BETWEEN ? AND ? AND ${condition} ORDER BY attempts.seq LIMIT ${PAGE}`,
  );
  for (let next = first; ; ) {
    const page = select.values(next, last).map(stored);
    yield* page;
    if (page.length < PAGE) return;
    next = page.at(-1)!.seq + 1;
  }
}

/** Of the local store, one by one, in the order given. */
export function* recordsAt(db: Database, seqs: readonly number[]): Iterable<AttemptRecord> {
  const select = db.query<unknown, [number]>(`${SELECT_RECORDS} WHERE attempts.seq = ?`);
  for (const seq of seqs) {
    for (const row of select.values(seq)) yield stored(row).record;
  }
}

export function stored([seq, ...values]: readonly unknown[]): StoredRecord {
  return { seq: seq as number, record: recordOf(values, values.at(-1) as Uint8Array | null) };
}
