import type { Database } from 'bun:sqlite';
import type { AttemptRecord } from '../domain/record.ts';
import type { RetentionSettings } from '../domain/settings.ts';
import type { Pruned, RetentionStore } from '../ports.ts';
import { JOURNAL_BYTES } from './database.ts';
import { raiseMark } from './meta.ts';
import { type Going, NOTHING, type Pruning, pruned, type Range } from './pruning.ts';
import { IS_CSV_ROW } from './schema.ts';

/** Rows per step: a step is one transaction of a few ms, and appends wait for no more than that. */
const ROWS_PER_STEP = 100;
/** Pages per step of giving disk back: 256 KiB. */
const PAGES_PER_STEP = 64;
/** Free pages up to this share of the file are left for the rows to come, which saves moving pages about. */
const FREE_SHARE = 0.1;

/** Not one of the CSV, or in a file of it that is in the dataset. @param day SQL of the UTC day on which its cycle was due */
export const isWritten = (day: string) => `(NOT (${IS_CSV_ROW}) OR EXISTS (
  SELECT 1 FROM csv_files JOIN pushed_days ON pushed_days.day = csv_files.name
  WHERE csv_files.day = ${day} AND after_seq < seq AND seq <= through_seq))`;

/** As `Range`s. */
export const pushedRanges = (table: Going['table']) => `
  SELECT first_seq AS first, last_seq AS last FROM batches
  WHERE pushed_at_ms IS NOT NULL AND first_cycle_at_ms < $beforeMs AND last_seq >= (SELECT min(seq) FROM ${table}) ORDER BY number`;
export const SEALED_UNTIL = 'SELECT coalesce(max(last_seq), 0) AS sealed FROM batches';

/** As `Pruning` tells it. */
export const FORGET_CYCLES = `
  DELETE FROM cycles WHERE number IN (
    SELECT number FROM (SELECT * FROM cycles ORDER BY number LIMIT ${ROWS_PER_STEP}) AS oldest
    WHERE due_at_ms < $beforeMs AND (ended_at_ms IS NOT NULL OR began_at_ms IS NULL)
      AND number < (SELECT coalesce(max(number), 0) FROM cycles WHERE began_at_ms IS NOT NULL AND skip_reason IS NULL)
      AND coalesce(finish_number, 0) < (SELECT coalesce(max(finish_number), 1) FROM cycles)
      AND (NOT $onlyPushed OR coalesce(finish_number, 0) <= (SELECT coalesce(max(finished_cycles), 0) FROM batches WHERE pushed_at_ms IS NOT NULL)))`;

const IS_WRITTEN = isWritten("date(cycle_timestamp_iso / 1000, 'unixepoch')");

export function createRetention(db: Database): RetentionStore {
  const step = db.transaction((range: Range, going: Going) => dropIn(range, going));

  /** One page of a range. @returns how many went, and where the next page begins */
  function dropIn({ first, last }: Range, { table, beforeMs, onlyPushed }: Going) {
    const page = db
      .query<{ seq: number; dueAtMs: number; written: 0 | 1 }, [number, number]>(
        `SELECT seq, cycle_timestamp_iso AS dueAtMs, ${IS_WRITTEN} AS written
         FROM ${table === 'bodies' ? 'bodies JOIN attempts USING (seq)' : 'attempts'}
         WHERE seq BETWEEN ? AND ? ORDER BY seq LIMIT ${ROWS_PER_STEP}`,
      )
      .all(first, last);
    const gone = page.filter(({ dueAtMs, written }) => dueAtMs < beforeMs && !(onlyPushed && written === 0));
    const drop = db.query(`DELETE FROM ${table} WHERE seq = ?`);
    for (const { seq } of gone) drop.run(seq);
    if (gone.length > 0) {
      const mark = table === 'attempts' ? 'raw_since_ms' : 'bodies_since_ms';
      raiseMark(db, mark, Math.max(...gone.map(({ dueAtMs }) => dueAtMs)) + 1);
    }
    return { count: gone.length, next: page.length < ROWS_PER_STEP ? null : page.at(-1)!.seq + 1 };
  }

  /** Old files were made without the table that this needs; their free pages are reused, and the file stays as long as it is. */
  function* giveBack(limitBytes: number | null): Generator<Pruned> {
    if (pragma('auto_vacuum') !== 2) return;
    const vacuum = db.query(`PRAGMA incremental_vacuum(${PAGES_PER_STEP})`);
    const tooManyFree = () => {
      const { pages, free, pageBytes } = sizes();
      const over = limitBytes !== null && pages * pageBytes + JOURNAL_BYTES > limitBytes;
      return over ? free > 0 : free >= pages * FREE_SHARE + PAGES_PER_STEP;
    };
    while (tooManyFree()) {
      vacuum.all();
      yield NOTHING;
    }
  }

  const pragma = (name: string) => Object.values(db.query<Record<string, number>, []>(`PRAGMA ${name}`).get()!)[0]!;
  const sizes = () => ({
    pages: pragma('page_count'),
    free: pragma('freelist_count'),
    pageBytes: pragma('page_size'),
  });

  function excessBytes({ limitBytes }: RetentionSettings): number {
    const { pages, free, pageBytes } = sizes();
    return limitBytes === null ? 0 : Math.max(0, (pages - free) * pageBytes + JOURNAL_BYTES - limitBytes);
  }

  function pruning(settings: RetentionSettings): Pruning {
    return {
      async rangesOf({ table, beforeMs, onlyPushed }) {
        const ranges = db.query<Range, { beforeMs: number }>(pushedRanges(table)).all({ beforeMs });
        if (onlyPushed) return ranges;
        const { sealed } = db.query<{ sealed: number }, []>(SEALED_UNTIL).get()!;
        return [...ranges, { first: sealed + 1, last: Number.MAX_SAFE_INTEGER }];
      },
      dropIn: async (range, going) => step.immediate(range, going),
      forgetCycles: async (beforeMs, onlyPushed) => db.query(FORGET_CYCLES).run({ beforeMs, onlyPushed }).changes,
      isWithinLimit: async () => excessBytes(settings) === 0,
    };
  }

  return {
    async *prune(settings, nowMs) {
      yield* pruned(pruning(settings), settings, nowMs);
      yield* giveBack(settings.limitBytes);
    },
    excessBytes: async (settings) => excessBytes(settings),
  };
}

const SHORT_CHARACTERS = 500;

/** The record with its long texts cut short, as it is kept when there is no room. What was measured stays as it is. */
export function shortened(record: AttemptRecord): AttemptRecord {
  const { responseBodyRaw, answerText } = record;
  const cut = (text: string) => text.slice(0, SHORT_CHARACTERS).toWellFormed();
  const long = (responseBodyRaw?.length ?? 0) > SHORT_CHARACTERS;
  return {
    ...record,
    responseBodyRaw: responseBodyRaw && cut(responseBodyRaw),
    responseBodyTruncated: long ? true : record.responseBodyTruncated,
    answerText: answerText && cut(answerText),
  };
}
