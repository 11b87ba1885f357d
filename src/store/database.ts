import { Database } from 'bun:sqlite';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { errorCode, StoreError } from './errors.ts';

/** Makes the folder if it is missing. @throws StoreError when it cannot be made */
export function makeDataDir(dataDir: string): void {
  try {
    mkdirSync(dataDir, { recursive: true });
  } catch (error) {
    throw new StoreError(`DATA_DIR cannot be made (${errorCode(error)}); check its path, owner and rights`);
  }
}

/** The journal is cut back to this after a checkpoint. A reader that takes long can make it longer for a while. */
export const JOURNAL_BYTES = 8 * 1024 * 1024;

/** Opens `tracker.db` for writing, so that a commit survives a power cut. @throws StoreError */
export function openForWriting(dataDir: string): Database {
  return connect(dataDir, { create: true, readwrite: true }, [
    'PRAGMA auto_vacuum = INCREMENTAL', // of a new file; an old one stays as it is
    'PRAGMA journal_mode = WAL',
    'PRAGMA synchronous = FULL',
    'PRAGMA fullfsync = ON', // macOS: fsync alone leaves data in the disk's own cache
    'PRAGMA foreign_keys = ON',
    'PRAGMA cache_size = -32000', // 32 MB at most: ids are random, and the pages of their indexes are needed again and again
    `PRAGMA journal_size_limit = ${JOURNAL_BYTES}`,
  ]);
}

/** Opens `tracker.db` beside a daemon that may be writing to it. @throws StoreError also when there is none yet */
export function openForReading(dataDir: string): Database {
  return connect(dataDir, { readonly: true }, []);
}

function connect(dataDir: string, mode: object, pragmas: readonly string[]): Database {
  let db: Database | undefined;
  try {
    db = new Database(join(dataDir, 'tracker.db'), { strict: true, ...mode });
    db.run('PRAGMA busy_timeout = 5000');
    for (const pragma of pragmas) db.run(pragma);
    db.query('SELECT count(*) FROM sqlite_schema').get(); // reads the file, so that one which is no database is found here
    return db;
  } catch (error) {
    db?.close();
    throw new StoreError(describe(errorCode(error), 'readonly' in mode));
  }
}

function describe(code: string, readonly: boolean): string {
  switch (code) {
    case 'SQLITE_NOTADB':
    case 'SQLITE_CORRUPT':
      return `tracker.db in DATA_DIR is damaged or no store (${code}); move it away and start again`;
    case 'SQLITE_CANTOPEN':
      return readonly
        ? 'there is no store in DATA_DIR yet; `once` or the daemon makes one'
        : `tracker.db in DATA_DIR cannot be opened (${code}); check its owner and rights`;
    default:
      return `tracker.db in DATA_DIR cannot be opened (${code}); check the disk, and the owner and rights of the folder`;
  }
}
