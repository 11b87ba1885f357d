import { Database } from 'bun:sqlite';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { errorCode, type LockHolder, StoreError, StoreLockedError } from './errors.ts';

/**
 * Takes the write lock of a data folder: an exclusive SQLite transaction on a file of its own, never committed. The operating system ends it
 * with the process, however that dies, so a lock is never left behind. `lock.json` beside it says who holds it, for the message only.
 *
 * @throws StoreLockedError when another process, or this one, has it
 */
export function takeLock(dataDir: string, nowMs: number): Disposable {
  const holderPath = join(dataDir, 'lock.json');
  const db = open(join(dataDir, 'lock.db'));
  try {
    db.run('PRAGMA busy_timeout = 0');
    db.run('PRAGMA journal_mode = MEMORY'); // nothing is written, so no journal file is needed
    db.run('BEGIN EXCLUSIVE');
  } catch (error) {
    db.close(true);
    if (errorCode(error).startsWith('SQLITE_BUSY')) throw new StoreLockedError(readHolder(holderPath));
    throw new StoreError(`the lock in DATA_DIR cannot be taken (${errorCode(error)})`);
  }
  tellHolder(holderPath, { pid: process.pid, sinceIso: new Date(nowMs).toISOString() });
  return { [Symbol.dispose]: () => db.close(true) };
}

/** Whether somebody holds it at this moment. */
export function isLocked(dataDir: string): boolean {
  let db: Database | undefined;
  try {
    db = new Database(join(dataDir, 'lock.db'), { create: true });
    db.run('PRAGMA busy_timeout = 0');
    db.run('PRAGMA journal_mode = MEMORY');
    db.run('BEGIN EXCLUSIVE');
    return false;
  } catch {
    return true;
  } finally {
    db?.close(true);
  }
}

function open(path: string): Database {
  try {
    return new Database(path, { create: true });
  } catch (error) {
    throw new StoreError(`DATA_DIR cannot be written (${errorCode(error)}); check its owner and rights`);
  }
}

/** The lock holds without it, so a disk that is full does not stop us here. */
function tellHolder(path: string, holder: LockHolder): void {
  try {
    writeFileSync(path, JSON.stringify(holder));
  } catch {}
}

function readHolder(path: string): LockHolder | null {
  try {
    const { pid, sinceIso } = JSON.parse(readFileSync(path, 'utf8')) as Partial<LockHolder>;
    return Number.isSafeInteger(pid) && typeof sinceIso === 'string' ? { pid: pid!, sinceIso } : null;
  } catch {
    return null;
  }
}
