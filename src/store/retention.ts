import type { Database } from 'bun:sqlite';
import type { AttemptRecord } from '../domain/record.ts';
import type { RetentionSettings } from '../domain/settings.ts';
import { DAY_MS, startOfDay } from '../domain/utc-day.ts';
import type { Pruned, RetentionStore } from '../ports.ts';
import { JOURNAL_BYTES } from './database.ts';
import { raiseMark } from './meta.ts';
import { IS_CSV_ROW } from './schema.ts';

/** Rows per step: a step is one transaction of a few ms, and appends wait for no more than that. */
const ROWS_PER_STEP = 100;
/** Pages per step of giving disk back: 256 KiB. */
const PAGES_PER_STEP = 64;
/** Free pages up to this share of the file are left for the rows to come, which saves moving pages about. */
const FREE_SHARE = 0.1;
/** Not one of the CSV, or in a file of it that is in the dataset. */
const IS_WRITTEN = `NOT (${IS_CSV_ROW}) OR EXISTS (
  SELECT 1 FROM csv_files JOIN pushed_days ON pushed_days.day = csv_files.name
  WHERE csv_files.day = date(cycle_timestamp_iso / 1000, 'unixepoch') AND after_seq < seq AND seq <= through_seq)`;
const NOTHING: Pruned = { rows: 0, bodies: 0 };

interface Range {
  readonly first: number;
  readonly last: number;
}

/** Which rows a walk may take. */
interface Going {
  readonly table: 'attempts' | 'bodies';
  /** Unix ms: of cycles due before it. */
  readonly beforeMs: number;
  readonly onlyPushed: boolean;
}

/**
 * Rows go by ranges of arrival: batch by batch where only what is pushed may go. Cycles of today and yesterday stay whatever happens, since
 * the two-day CSV is made of them; so do rows whose CSV file is not in the dataset yet, and batches that are sealed and not pushed.
 */
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

  function rangesOf({ table, beforeMs, onlyPushed }: Going): readonly Range[] {
    const pushed = db
      .query<Range, [number]>(
        `SELECT first_seq AS first, last_seq AS last FROM batches
         WHERE pushed_at_ms IS NOT NULL AND first_cycle_at_ms < ? AND last_seq >= (SELECT min(seq) FROM ${table}) ORDER BY number`,
      )
      .all(beforeMs);
    if (onlyPushed) return pushed;
    const { sealed } = db
      .query<{ sealed: number }, []>('SELECT coalesce(max(last_seq), 0) AS sealed FROM batches')
      .get()!;
    return [...pushed, { first: sealed + 1, last: Number.MAX_SAFE_INTEGER }];
  }

  /** Until `enough`, asked after each step. */
  function* drop(going: Going, enough: () => boolean = () => false): Generator<Pruned> {
    const noun = going.table === 'attempts' ? 'rows' : 'bodies';
    for (const range of rangesOf(going)) {
      for (let first: number | null = range.first; first !== null && !enough(); ) {
        const { count, next } = step.immediate({ ...range, first }, going);
        yield { ...NOTHING, [noun]: count };
        // What is in no batch lies in order of time: behind a page of the young there is nothing old.
        first = count === 0 && range.last === Number.MAX_SAFE_INTEGER ? null : next;
      }
    }
  }

  /** The last one that asked tells when the next is due, and the last finished one carries the count. */
  function* forgetCycles(beforeMs: number, onlyPushed: boolean): Generator<Pruned> {
    const forget = db.query(
      `DELETE FROM cycles WHERE number IN (
         SELECT number FROM (SELECT * FROM cycles ORDER BY number LIMIT ${ROWS_PER_STEP})
         WHERE due_at_ms < $beforeMs AND (ended_at_ms IS NOT NULL OR began_at_ms IS NULL)
           AND number < (SELECT coalesce(max(number), 0) FROM cycles WHERE began_at_ms IS NOT NULL AND skip_reason IS NULL)
           AND coalesce(finish_number, 0) < (SELECT coalesce(max(finish_number), 1) FROM cycles)
           AND (NOT $onlyPushed OR coalesce(finish_number, 0) <= (SELECT coalesce(max(finished_cycles), 0) FROM batches WHERE pushed_at_ms IS NOT NULL)))`,
    );
    while (forget.run({ beforeMs, onlyPushed }).changes > 0) yield NOTHING;
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

  return {
    async *prune(settings, nowMs) {
      const { days, limitBytes, onlyPushed } = settings;
      const yesterdayMs = startOfDay(nowMs) - DAY_MS;
      const oldMs = startOfDay(nowMs) - days * DAY_MS;
      yield* drop({ table: 'attempts', beforeMs: oldMs, onlyPushed });
      yield* forgetCycles(oldMs, onlyPushed);
      if (onlyPushed) {
        const enough = () => excessBytes(settings) === 0;
        yield* drop({ table: 'bodies', beforeMs: yesterdayMs, onlyPushed }, enough);
        yield* drop({ table: 'attempts', beforeMs: yesterdayMs, onlyPushed }, enough);
      }
      yield* giveBack(limitBytes);
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
