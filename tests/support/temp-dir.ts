import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface TempDir extends Disposable {
  readonly path: string;
}

/** A folder of its own; gone with everything in it when disposed. */
export function tempDir(): TempDir {
  const path = mkdtempSync(join(tmpdir(), 'tracker-'));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}
