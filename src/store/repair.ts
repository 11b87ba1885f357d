import { Database, type SQLQueryBindings } from 'bun:sqlite';
import { appendFileSync, existsSync, mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import type { StoreSettings } from '../domain/settings.ts';
import type { Clock } from '../ports.ts';
import { bodyPages, isReadable } from './check.ts';
import { makeDataDir, openForWriting } from './database.ts';
import { takeLock } from './lock.ts';
import { migrate } from './schema.ts';

/** A place in DATA_DIR for what is damaged: nothing is ever deleted from it. */
interface Quarantine {
  /** Moves a file there. @returns its new name */
  move(path: string): string;
  /** One JSON line each. */
  keep(name: string, rows: readonly object[]): void;
}

/**
 * Moves damaged things aside, with the lock held: bodies that cannot be read or belong to nothing, a CSV buffer that is to be written anew, a
 * database file whose pages are damaged, of which everything that can still be read goes into a new one.
 *
 * @returns what was done, one sentence each
 * @throws StoreLockedError while a daemon runs
 */
export function repairStore(
  { dataDir, csvPath }: StoreSettings,
  damaged: { readonly file: boolean; readonly csv: boolean },
  clock: Clock,
): readonly string[] {
  makeDataDir(dataDir);
  using _lock = takeLock(dataDir, clock.nowMs());
  const quarantine = openQuarantine(dataDir, new Date(clock.nowMs()).toISOString().replace(/[-:]|\.\d+/g, ''));
  const done: string[] = [];
  if (damaged.file) done.push(salvage(dataDir, quarantine));
  const db = openForWriting(dataDir);
  try {
    migrate(db);
    const bodies = quarantineBodies(db, quarantine);
    if (bodies > 0)
      done.push(`${bodies} bodies were moved to quarantine/bodies.jsonl; their attempts keep all figures`);
  } finally {
    db.close(true);
  }
  if (damaged.csv && existsSync(csvPath))
    done.push(`the CSV buffer was moved to quarantine/${quarantine.move(csvPath)}`);
  return done;
}

function openQuarantine(dataDir: string, stamp: string): Quarantine {
  const folder = join(dataDir, 'quarantine');
  mkdirSync(folder, { recursive: true });
  return {
    move(path) {
      const name = `${stamp}-${path.replace(/^.*[/\\]/, '')}`;
      renameSync(path, join(folder, name));
      return name;
    },
    keep(name, rows) {
      if (rows.length > 0)
        appendFileSync(join(folder, name), rows.map((row) => `${JSON.stringify(row)}\n`).join(''), { flush: true });
    },
  };
}

function quarantineBodies(db: Database, quarantine: Quarantine): number {
  let count = 0;
  const attempt = db.query<{ attempt_id: string }, [number]>('SELECT attempt_id FROM attempts WHERE seq = ?');
  const drop = db.query('DELETE FROM bodies WHERE seq = ?');
  for (const page of bodyPages(db)) {
    const bad = page.filter(({ seq, zstd }) => !isReadable(zstd) || attempt.get(seq) === null);
    const kept = bad.map(({ seq, zstd }) => ({
      seq,
      attempt_id: attempt.get(seq)?.attempt_id ?? null,
      zstd: Buffer.from(zstd).toString('base64'),
    }));
    quarantine.keep('bodies.jsonl', kept); // first on the disk there, then gone here
    for (const { seq } of bad) drop.run(seq);
    count += bad.length;
  }
  return count;
}

/** The old file with its journal goes aside; its rows, as far as they can be read, into a new one under the same writer. */
function salvage(dataDir: string, quarantine: Quarantine): string {
  const path = join(dataDir, 'tracker.db');
  let old = '';
  for (const suffix of ['-shm', '-wal', '']) {
    if (existsSync(path + suffix)) old = quarantine.move(path + suffix);
  }
  const to = openForWriting(dataDir);
  try {
    migrate(to);
    const counts = saveRows(join(dataDir, 'quarantine', old), to);
    neverReuseSealed(to);
    return `the damaged database was moved to quarantine/${old}; ${counts.attempts ?? 0} attempts in ${counts.batches ?? 0} batches were saved into a new one`;
  } finally {
    to.close(true);
  }
}

/** New attempts must not take the place of lost ones inside a batch: they would count as pushed. */
function neverReuseSealed(db: Database): void {
  db.run(`DELETE FROM sqlite_sequence WHERE name = 'attempts'`);
  db.run(`INSERT INTO sqlite_sequence (name, seq) SELECT 'attempts',
    max((SELECT coalesce(max(seq), 0) FROM attempts), (SELECT coalesce(max(last_seq), 0) FROM batches))`);
}

function saveRows(fromPath: string, to: Database): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  let from: Database | undefined;
  try {
    from = new Database(fromPath, { strict: true });
    for (const { name } of to
      .query<{ name: string }, []>(
        `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name = 'bodies'`,
      )
      .all())
      counts[name] = saveTable(from, to, name);
  } catch {
    // no database at all: there is nothing to save
  } finally {
    from?.close();
  }
  return counts;
}

const columnsOf = (db: Database, table: string) =>
  db
    .query<{ name: string }, []>(`SELECT name FROM pragma_table_info('${table}')`)
    .all()
    .map(({ name }) => name);

/** Row by row, so that what cannot be read costs no more than itself. The version is that of the new file. */
function saveTable(from: Database, to: Database, table: string): number {
  let known: readonly string[];
  try {
    known = columnsOf(from, table);
  } catch {
    return 0;
  }
  const columns = columnsOf(to, table).filter((name) => known.includes(name));
  if (columns.length === 0) return 0;
  const insert = to.prepare<unknown, SQLQueryBindings[]>(
    `INSERT OR ${table === 'meta' ? 'REPLACE' : 'IGNORE'} INTO ${table} (${columns}) VALUES (${columns.map(() => '?')})`,
  );
  let saved = 0;
  to.transaction(() => {
    for (const row of readableRows(from, table, columns)) {
      if (table === 'meta' && row[0] === 'schema_version') continue;
      try {
        saved += insert.run(...row).changes;
      } catch {
        // a row that breaks a rule of the new file stays in the old one
      }
    }
  }).immediate();
  return saved;
}

/** Rows that lie behind a damaged page are looked for in growing leaps, by their number. */
function* readableRows(from: Database, table: string, columns: readonly string[]): Generator<SQLQueryBindings[]> {
  const hasNumbers = attempt(() => from.query(`SELECT rowid FROM ${table} LIMIT 0`).all()) !== null;
  if (!hasNumbers) {
    for (const row of attempt(() => from.query<unknown, []>(`SELECT ${columns} FROM ${table}`).values()) ?? [])
      yield row as SQLQueryBindings[];
    return;
  }
  const select = (limit: number) =>
    from.query<unknown, [number]>(
      `SELECT rowid, ${columns} FROM ${table} WHERE rowid > ? ORDER BY rowid LIMIT ${limit}`,
    );
  let last = Number.MIN_SAFE_INTEGER;
  for (let leap = 1, limit = PAGE; leap < Number.MAX_SAFE_INTEGER; ) {
    const page = attempt(() => select(limit).values(last)) as (readonly [number, ...SQLQueryBindings[]])[] | null;
    if (page === null && limit > 1) limit = 1;
    else if (page === null) {
      last = (last === Number.MIN_SAFE_INTEGER ? 0 : last) + leap;
      leap *= 2;
    } else {
      for (const [, ...row] of page) yield row;
      if (page.length < limit) return;
      last = page.at(-1)![0];
      if (leap > 1) leap = 1;
      else limit = PAGE;
    }
  }
}

const PAGE = 100;

function attempt<T>(read: () => T): T | null {
  try {
    return read();
  } catch {
    return null;
  }
}
