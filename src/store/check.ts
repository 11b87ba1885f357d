import type { Database } from 'bun:sqlite';
import { readFileSync, statSync } from 'node:fs';
import { zstdDecompressSync } from 'bun';
import { csvHeader, csvText } from '../domain/csv.ts';
import type { StoreSettings } from '../domain/settings.ts';
import type { Batch } from '../domain/types.ts';
import { createBatchStore } from './batches.ts';
import { rowsOfLastTwoDays, unpushedRows } from './csv-views.ts';
import { openForReading } from './database.ts';
import { errorCode } from './errors.ts';
import { metaOf } from './meta.ts';
import { requireCurrentVersion, writerOf } from './schema.ts';

/** Something that is not as it should be. */
export interface Finding {
  /** What was looked at. */
  readonly check: string;
  readonly finding: string;
  /** What a person can do about it. */
  readonly mend: string;
}

/** A batch whose shard can be built again from what is still there. */
type BuiltBatch = Batch & { readonly sha256: string; readonly pushed: boolean };

export interface StoreCheck extends Disposable {
  readonly writer: string;
  /** Bit by bit, so that whoever asks can be stopped; null: all well so far. */
  findings(): Iterable<Finding | null>;
  /** Our own batches that were built. `whole`: nothing of it was let go of, and this version wrote all its rows. */
  builtBatches(): readonly (BuiltBatch & { readonly whole: boolean })[];
  recordsOf: ReturnType<typeof createBatchStore>['recordsOf'];
  /** Whether the CSV buffer is what the store would write. Only while nobody writes. */
  csvFinding(shows: 'unpushed' | 'last-two-days', csvPath: string): Finding | null;
}

const BODIES_PER_TURN = 200;
const REPAIR = 'run `fsck --repair`: it moves them aside into DATA_DIR/quarantine';

/** Opens a store to look for damage, beside a daemon that may be writing to it. @throws StoreError when it cannot be read at all */
export function openCheck({ dataDir }: Pick<StoreSettings, 'dataDir'>, schemaVersion: number): StoreCheck {
  using opening = new DisposableStack();
  const db = opening.adopt(openForReading(dataDir), (open) => open.close(true));
  requireCurrentVersion(db);
  const writer = writerOf(db);
  const held = opening.move();
  return {
    writer,
    *findings() {
      yield* damagedPages(db);
      yield* probesWithoutFinal(db);
      yield* batchesInDisorder(db);
      yield* damagedBodies(db);
    },
    builtBatches: () =>
      db
        .query<BuiltBatch & { whole: boolean }, [number, number]>(
          `SELECT name, sealed_at_ms AS sealedAtMs, attempts, finals, first_cycle_at_ms AS firstCycleAtMs,
             last_cycle_at_ms AS lastCycleAtMs, sha256, pushed_at_ms IS NOT NULL AS pushed,
             first_cycle_at_ms >= ? AND NOT EXISTS
               (SELECT 1 FROM attempts WHERE seq BETWEEN first_seq AND last_seq AND schema_version <> ?) AS whole
           FROM batches WHERE sha256 IS NOT NULL AND name GLOB '????????T??????Z-*' AND name NOT GLOB '*-*-*' ORDER BY number`,
        )
        .all(
          Math.max(Number(metaOf(db, 'raw_since_ms') ?? 0), Number(metaOf(db, 'bodies_since_ms') ?? 0)),
          schemaVersion,
        ),
    recordsOf: createBatchStore(db).recordsOf,
    csvFinding: (shows, csvPath) => csvFinding(db, shows, csvPath),
    [Symbol.dispose]: () => held.dispose(),
  };
}

/** Table by table. @throws what SQLite says when it cannot even look */
function* damagedPages(db: Database): Generator<Finding | null> {
  const mend = 'run `fsck --repair`: it saves what can be read into a new store and keeps the old file';
  const tables = db.query<{ name: string }, []>(`SELECT name FROM sqlite_schema WHERE type = 'table'`).all();
  for (const { name } of tables) {
    const said = db.query<{ integrity_check: string }, []>(`PRAGMA integrity_check('${name}')`).all();
    const bad = said.filter(({ integrity_check: text }) => text !== 'ok');
    if (bad.length === 0) yield null;
    else yield { check: 'integrity', finding: `${bad.length} faults in ${name}: ${bad[0]!.integrity_check}`, mend };
  }
  const orphans = db.query('PRAGMA foreign_key_check').all().length;
  yield orphans === 0 ? null : { check: 'bodies', finding: `${orphans} bodies belong to no attempt`, mend: REPAIR };
}

function* probesWithoutFinal(db: Database): Generator<Finding | null> {
  const { probes } = db
    .query<{ probes: number }, [number]>(
      `SELECT count(*) AS probes FROM (SELECT 1 FROM attempts
         WHERE cycle_timestamp_iso >= ? AND cycle_id NOT IN (SELECT cycle_id FROM cycles WHERE began_at_ms IS NOT NULL AND ended_at_ms IS NULL)
         GROUP BY probe_id HAVING sum(final) <> 1)`,
    )
    .get(Number(metaOf(db, 'raw_since_ms') ?? Number.MIN_SAFE_INTEGER))!;
  if (probes === 0) return yield null;
  const mend = 'leave them: readers count them as open; tell the maintainers how it came about';
  yield { check: 'finals', finding: `${probes} probes have no final attempt, or several`, mend };
}

interface Order {
  readonly name: string;
  readonly attempts: number;
  readonly first: number;
  readonly last: number;
  readonly pruned: 0 | 1;
}

function* batchesInDisorder(db: Database): Generator<Finding | null> {
  const mend = 'stop the daemon and keep a copy of DATA_DIR: what would be pushed is not certain; tell the maintainers';
  const batches = db
    .query<Order, [number]>(
      `SELECT name, attempts, first_seq AS first, last_seq AS last, first_cycle_at_ms < ? AS pruned FROM batches ORDER BY first_seq`,
    )
    .all(Number(metaOf(db, 'raw_since_ms') ?? Number.MIN_SAFE_INTEGER));
  const count = db.query<{ rows: number }, [number, number]>(
    'SELECT count(*) AS rows FROM attempts WHERE seq BETWEEN ? AND ?',
  );
  let end = 0;
  for (const { name, attempts, first, last, pruned } of batches) {
    const { rows } = count.get(first, last)!;
    const between = count.get(end + 1, first - 1)!.rows;
    const finding =
      first <= end || last < first
        ? `${name} overlaps the batch before it`
        : between > 0
          ? `${between} attempts before ${name} are in no batch and would never be pushed`
          : rows > attempts || (rows < attempts && pruned === 0)
            ? `${name} was sealed with ${attempts} attempts and has ${rows}`
            : null;
    yield finding === null ? null : { check: 'batches', finding, mend };
    end = Math.max(end, last);
  }
}

function* damagedBodies(db: Database): Generator<Finding | null> {
  let damaged = 0;
  for (const page of bodyPages(db)) {
    damaged += page.filter(({ zstd }) => !isReadable(zstd)).length;
    yield null;
  }
  if (damaged > 0) yield { check: 'bodies', finding: `${damaged} bodies cannot be decompressed`, mend: REPAIR };
}

export function* bodyPages(db: Database): Generator<readonly { readonly seq: number; readonly zstd: Uint8Array }[]> {
  const select = db.query<{ seq: number; zstd: Uint8Array }, [number]>(
    `SELECT seq, zstd FROM bodies WHERE seq > ? ORDER BY seq LIMIT ${BODIES_PER_TURN}`,
  );
  for (let last = 0; ; ) {
    const page = select.all(last);
    yield page;
    if (page.length < BODIES_PER_TURN) return;
    last = page.at(-1)!.seq;
  }
}

export function isReadable(zstd: Uint8Array): boolean {
  try {
    return typeof JSON.parse(zstdDecompressSync(zstd).toString()) === 'object';
  } catch {
    return false;
  }
}

/** A file of the last two days was right on the day it was written. */
function csvFinding(db: Database, shows: 'unpushed' | 'last-two-days', path: string): Finding | null {
  const mend = 'none is needed: the next start writes it anew from the store (`fsck --repair` keeps the old one)';
  try {
    const { mtimeMs } = statSync(path);
    const view = shows === 'unpushed' ? unpushedRows(db, () => 0) : rowsOfLastTwoDays(db, () => mtimeMs);
    const rest = Buffer.from(readFileSync(path));
    let at = 0;
    const matches = (text: string) => {
      const bytes = Buffer.from(text);
      const same = rest.subarray(at, at + bytes.length).equals(bytes);
      at += bytes.length;
      return same;
    };
    let same = matches(csvHeader());
    for (const { record } of view.rowsAfter(0)) same = same && matches(csvText([record]));
    return same && at === rest.length
      ? null
      : { check: 'csv', finding: 'the CSV buffer is not what the store holds', mend };
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null; // it is made at the next start
    return { check: 'csv', finding: `the CSV buffer cannot be read (${errorCode(error)})`, mend };
  }
}
