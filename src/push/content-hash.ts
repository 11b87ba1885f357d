import { createHash } from 'node:crypto';
import type { ContentHash } from '../ports.ts';

export const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/** As `git hash-object` names a file. */
export const gitBlobId = (bytes: Uint8Array) =>
  createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex');

/** Whether these bytes are what the Hub holds. */
export function isContent(bytes: Uint8Array, { algorithm, hex }: ContentHash): boolean {
  return hex === (algorithm === 'sha256' ? sha256(bytes) : gitBlobId(bytes));
}
