/** The store cannot be opened as asked; the message says why and what mends it. */
export class StoreError extends Error {
  override readonly name: string = 'StoreError';
}

/** Who holds the write lock, as far as it is known. */
export interface LockHolder {
  readonly pid: number;
  readonly sinceIso: string;
}

/** Another process writes to this store. */
export class StoreLockedError extends StoreError {
  override readonly name = 'StoreLockedError';
  readonly holder: LockHolder | null;

  constructor(holder: LockHolder | null) {
    const who = holder ? `process ${holder.pid} since ${holder.sinceIso}` : 'another process';
    super(`the store in DATA_DIR is in use by ${who}; stop it first, or choose another DATA_DIR`);
    this.holder = holder;
  }
}

/** Whether a write failed for want of a disk that takes it, which may pass; anything else is a fault of ours. */
export function diskRefused(error: unknown): boolean {
  return /^SQLITE_(FULL|IOERR|READONLY|CANTOPEN|BUSY|NOMEM)/.test(errorCode(error));
}

/** `EACCES`, `SQLITE_FULL`: what a failed call to the system or to SQLite says of itself, without paths. */
export function errorCode(error: unknown): string {
  const { code, message } = error as { code?: unknown; message?: unknown };
  return String(code ?? message ?? error);
}
