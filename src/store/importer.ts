import type { Database } from 'bun:sqlite';
import type { AttemptRecord } from '../domain/record.ts';
import type { Target } from '../domain/types.ts';
import { dayOf } from '../domain/utc-day.ts';
import { insertion } from './attempts.ts';
import { errorCode, StoreError } from './errors.ts';
import { metaOf, setMeta } from './meta.ts';
import { rowOf } from './rows.ts';
import { IS_CSV_ROW, writerOf } from './schema.ts';

/** A store that is being filled from a dataset. Whatever stops it, the same import can be made again and goes on. */
export interface Importer extends Disposable {
  /** Whether the shard with these bytes is in the store. */
  has(sha256: string): boolean;
  /**
   * All records of a shard, as pushed, or none; of the attempts that are already there, none. Nobody else may use the store meanwhile.
   *
   * @returns how many attempts are new
   * @throws what `pieces` throws; StoreError when they contradict what is there
   */
  add(
    shard: { readonly name: string; readonly sha256: string },
    pieces: AsyncIterable<readonly AttemptRecord[]>,
  ): Promise<number>;
  /**
   * From now on it is a store like any other.
   *
   * @param writtenDays day files (`yyyy-mm-dd`, `yyyy-mm-dd-2`) of our writer that are in the dataset; null where nobody knows: then all are taken for written
   */
  finish(writtenDays: ReadonlySet<string> | null): void;
}

/** `20260803T120000Z-000042`, as `seal` names a batch. */
const BATCH_NAME = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z-(\d+)$/;

interface Span {
  readonly records: number;
  readonly finals: number;
  readonly first_seq: number;
  readonly last_seq: number;
  readonly first_cycle_at_ms: number;
  readonly last_cycle_at_ms: number;
}

/** Into an empty store, or one that was imported before: then what is new in the dataset comes to it. @throws StoreError when there is anything in the store that was not imported */
export function beginImport(db: Database, writer: string): void {
  const underWay = metaOf(db, 'importing');
  if (underWay !== null && underWay !== writer) {
    throw new StoreError(
      `an import as writer ${underWay} is under way in DATA_DIR; finish it with --writer ${underWay}`,
    );
  }
  if (underWay === null && hasOwnRows(db)) {
    throw new StoreError('the store in DATA_DIR is not empty; an import needs an empty one: choose another DATA_DIR');
  }
  if (underWay === null && hasRows(db) && writerOf(db) !== writer) {
    throw new StoreError(
      `the store in DATA_DIR was imported as writer ${writerOf(db)}; go on with --writer ${writerOf(db)}`,
    );
  }
  db.transaction(() => {
    setMeta(db, 'importing', writer);
    db.query(`UPDATE meta SET value = ? WHERE key = 'writer'`).run(writer);
  }).immediate();
}

const hasRows = (db: Database) => db.query('SELECT 1 FROM attempts LIMIT 1').get() !== null;

/** Whether a daemon has used it: what was imported alone is all in pushed batches, and its one cycle was never run here. */
function hasOwnRows(db: Database): boolean {
  return [
    'SELECT 1 FROM attempts WHERE seq > (SELECT coalesce(max(last_seq), 0) FROM batches)',
    'SELECT 1 FROM batches WHERE pushed_at_ms IS NULL',
    'SELECT 1 FROM cycles WHERE finish_number IS NOT NULL OR plan IS NOT NULL OR skip_reason IS NOT NULL',
  ].some((sql) => db.query(`${sql} LIMIT 1`).get() !== null);
}

/** What an import would find: nothing, one that did not end, or what is no import's to touch. */
export type BeforeImport = 'nothing' | { readonly writer: string } | 'a store in use';

export function beforeImport(db: Database): BeforeImport {
  const writer = metaOf(db, 'importing');
  if (writer !== null) return { writer };
  return hasRows(db) || hasOwnRows(db) ? 'a store in use' : 'nothing';
}

/** @throws StoreError while an import is under way: what it lacks would be asked, pushed and written again */
export function refuseHalfImported(db: Database): void {
  if (metaOf(db, 'importing') === null) return;
  throw new StoreError(
    'an import into DATA_DIR is not finished; run the same `import` again, or choose another DATA_DIR',
  );
}

export function createImporter(db: Database, nowMs: () => number): Omit<Importer, typeof Symbol.dispose> {
  const writer = writerOf(db);
  const insertAll = insertion(db, (record) => record.writer === writer);
  const lastSeq = () => db.query<{ seq: number }, []>('SELECT coalesce(max(seq), 0) AS seq FROM attempts').get()!.seq;

  function insertBatch(name: string, sha256: string, span: Span, isOurs: boolean): void {
    const parts = isOurs ? BATCH_NAME.exec(name) : null;
    const [, ...digits] = parts ?? [];
    const [year, month, day, hour, minute, second, number] = digits.map(Number);
    const sealedAtMs = parts ? Date.UTC(year!, month! - 1, day, hour, minute, second) : nowMs();
    // Numbers go on behind the highest that was seen, so that no name comes twice.
    db.query(
      `INSERT INTO batches (number, name, sealed_at_ms, attempts, finals, first_seq, last_seq, first_cycle_at_ms, last_cycle_at_ms,
         finished_cycles, sha256, pushed_at_ms)
       VALUES (max((SELECT coalesce(max(number), 0) + 1 FROM batches), $number), $name, $sealedAtMs, $records, $finals, $first_seq, $last_seq,
         $first_cycle_at_ms, $last_cycle_at_ms, 0, $sha256, $nowMs)`,
    ).run({
      ...span,
      number: number ?? 0,
      name: parts ? name : `${name}-${sha256.slice(0, 12)}`,
      sealedAtMs,
      sha256,
      nowMs: nowMs(),
    });
  }

  const seeLive = db.prepare(
    `INSERT INTO targets (model_id, provider, seen_live_at_ms, target) VALUES ($modelId, $provider, $atMs, $target)
     ON CONFLICT (model_id, provider) DO UPDATE SET seen_live_at_ms = excluded.seen_live_at_ms, target = excluded.target
     WHERE excluded.seen_live_at_ms > targets.seen_live_at_ms`,
  );

  return {
    has: (sha256) => db.query('SELECT 1 FROM batches WHERE sha256 = ?').get(sha256) !== null,

    async add({ name, sha256 }, pieces) {
      const before = lastSeq();
      const live = new Map<string, AttemptRecord>();
      let isOurs = true;
      db.run('BEGIN IMMEDIATE');
      try {
        for await (const records of pieces) {
          insertAll(records.map((record) => ({ ...rowOf(record), record })));
          for (const record of records) {
            if (record.writer !== writer) isOurs = false;
            else if (record.errorClass !== 'delisted') noteLatest(live, record);
          }
        }
        const span = db
          .query<Span, [number]>(
            `SELECT count(*) AS records, coalesce(sum(final), 0) AS finals, min(seq) AS first_seq, max(seq) AS last_seq,
               min(cycle_timestamp_iso) AS first_cycle_at_ms, max(cycle_timestamp_iso) AS last_cycle_at_ms FROM attempts WHERE seq > ?`,
          )
          .get(before)!;
        if (span.records > 0) insertBatch(name, sha256, span, isOurs);
        for (const record of live.values()) {
          const target = targetOf(record);
          if (target === null) continue;
          const { modelId, provider } = target;
          const atMs = Date.parse(record.cycleTimestampIso);
          seeLive.run({ modelId, provider, atMs, target: JSON.stringify(target) });
        }
        db.run('COMMIT');
        return span.records;
      } catch (error) {
        if (db.inTransaction) db.run('ROLLBACK');
        if (!errorCode(error).startsWith('SQLITE_CONSTRAINT')) throw error;
        throw new StoreError('its records contradict others that are in the store already');
      }
    },

    finish: (writtenDays) => db.transaction(finish).immediate(writtenDays),
  };

  /** @param name `2026-08-03`, or `2026-08-03-2` for rows that came late; all that was imported is in one of a day's files */
  function markWritten(name: string): void {
    const day = name.slice(0, 'yyyy-mm-dd'.length);
    db.query(
      `INSERT INTO csv_files (name, day, after_seq, through_seq) SELECT $name, $day, iif($name = $day, 0, seq), seq
       FROM (SELECT coalesce(max(seq), 0) AS seq FROM attempts) WHERE true ON CONFLICT (name) DO NOTHING`,
    ).run({ name, day });
    db.query('INSERT INTO pushed_days (day, pushed_at_ms) VALUES (?, ?) ON CONFLICT (day) DO NOTHING').run(
      name,
      nowMs(),
    );
  }

  function finish(writtenDays: ReadonlySet<string> | null): void {
    const others = db
      .query<{ writer: string }, [string]>('SELECT DISTINCT writer FROM attempts WHERE writer <> ?')
      .all(writer);
    setMeta(db, 'other_writers', others.length > 0 ? JSON.stringify(others.map((other) => other.writer)) : null);
    const days = db
      .query<{ dueAtMs: number; ours: 0 | 1 }, [string]>(
        `SELECT min(cycle_timestamp_iso) AS dueAtMs, max(writer = ?) AS ours FROM attempts WHERE ${IS_CSV_ROW}
         GROUP BY cycle_timestamp_iso / 86400000`,
      )
      .all(writer);
    const written = days
      .filter(({ dueAtMs, ours }) => ours === 0 || writtenDays === null || writtenDays.has(dayOf(dueAtMs)))
      .map(({ dueAtMs }) => dayOf(dueAtMs));
    for (const name of new Set([...written, ...(writtenDays ?? [])])) markWritten(name);
    // The next cycle is due after the last one, as if this machine had run it.
    db.run('DELETE FROM cycles');
    db.query(
      `INSERT INTO cycles (cycle_id, due_at_ms, began_at_ms, ended_at_ms)
       SELECT cycle_id, cycle_timestamp_iso, min(scheduled_at_iso), max(coalesce(response_end_iso, scheduled_at_iso)) FROM attempts
       WHERE writer = $writer AND cycle_timestamp_iso = (SELECT max(cycle_timestamp_iso) FROM attempts WHERE writer = $writer)
       GROUP BY cycle_id ORDER BY cycle_id LIMIT 1`,
    ).run({ writer });
    setMeta(db, 'importing', null);
  }
}

function noteLatest(live: Map<string, AttemptRecord>, record: AttemptRecord): void {
  const key = `${record.modelId}\n${record.providerName}`;
  if (record.cycleTimestampIso >= (live.get(key)?.cycleTimestampIso ?? '')) live.set(key, record);
}

/** What the catalogue said of it in that cycle; null for a row without a target. */
function targetOf(record: AttemptRecord): Target | null {
  const { modelId, providerName, providerModelId } = record;
  if (modelId === null || providerName === null || providerModelId === null) return null;
  return {
    modelId,
    provider: providerName,
    providerModelId,
    priceInputUsdPerMtok: record.priceInputUsdPerMtok,
    priceOutputUsdPerMtok: record.priceOutputUsdPerMtok,
    claimedTtftMs: record.claimedTtftMs,
    claimedTps: record.claimedTps,
    contextLength: record.contextLength,
    supportsTools: record.supportsTools,
    supportsStructuredOutput: record.supportsStructuredOutput,
    trendingRank: record.trendingRank,
  };
}
