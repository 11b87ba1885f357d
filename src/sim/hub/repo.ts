import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { isLargeFile } from './names.ts';
import { folderShelf, memoryShelf, type Shelf } from './shelf.ts';

/** Announced uploads that no commit has taken yet are kept up to this; then the oldest goes. */
const UPLOADS_LIMIT_BYTES = 256 * 1024 * 1024;

interface Commit {
  /** 40 hex digits. */
  readonly id: string;
  readonly title: string;
  readonly message: string;
  readonly date: string;
}

export interface StoredFile {
  readonly path: string;
  readonly size: number;
  /** git's name for these bytes, or for the pointer that stands for them. */
  readonly oid: string;
  readonly sha256: string;
  readonly lfs: boolean;
  readonly commit: Commit;
}

export type Files = ReadonlyMap<string, StoredFile>;

/** What a commit does to one path; null removes it. */
export interface Change {
  readonly path: string;
  readonly bytes: Buffer | null;
}

/** One dataset with its one branch. */
export interface Repo {
  readonly id: string;
  readonly isPrivate: boolean;
  files(): Files;
  /** As `files` was before the last commit. */
  filesBefore(): Files;
  /** Newest first; never empty. */
  commits(): readonly Commit[];
  read(file: StoredFile): Promise<Buffer>;
  /** Changes that were checked. One commit at a time: whoever calls sees to it. */
  commit(title: string, message: string, changes: readonly Change[]): Promise<Commit>;
  readonly uploads: Uploads;
}

/** Large files on their way: announced by the batch endpoint, brought by PUT, taken by a commit. */
interface Uploads {
  announce(sha256: string, size: number): void;
  /** The size that was announced, or null. */
  expected(sha256: string): number | null;
  put(sha256: string, bytes: Buffer): void;
  get(sha256: string): Buffer | null;
  forget(sha256: string): void;
}

const hashOf = (algorithm: 'sha1' | 'sha256', ...parts: readonly (string | Buffer)[]): string => {
  const hash = createHash(algorithm);
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
};

export const sha256Of = (bytes: Buffer): string => hashOf('sha256', bytes);

export const pointerTo = (sha256: string, size: number): string =>
  `version https://git-lfs.github.com/spec/v1\noid sha256:${sha256}\nsize ${size}\n`;

function describe(path: string, bytes: Buffer, commit: Commit): StoredFile {
  const sha256 = sha256Of(bytes);
  const lfs = isLargeFile(path, bytes.length);
  const kept = lfs ? Buffer.from(pointerTo(sha256, bytes.length)) : bytes;
  return { path, size: bytes.length, oid: hashOf('sha1', `blob ${kept.length}\0`, kept), sha256, lfs, commit };
}

/**
 * Opens a repository; files that an earlier world left in its folder are found again.
 *
 * @param folder under which `owner/name` lies; null: in memory
 */
export async function openRepo(id: string, isPrivate: boolean, folder: string | null): Promise<Repo> {
  const shelf: Shelf = folder === null ? memoryShelf() : folderShelf(join(folder, id), join(folder, '.unfinished'));
  const paths = await shelf.list();
  const first: Commit = {
    id: hashOf('sha1', id),
    title: 'initial commit',
    message: '',
    date: new Date().toISOString(),
  };
  let files: Files = new Map(
    await Promise.all(paths.map(async (path) => [path, describe(path, await shelf.read(path), first)] as const)),
  );
  let before = files;
  let commits: readonly Commit[] = [first];
  return {
    id,
    isPrivate,
    files: () => files,
    filesBefore: () => before,
    commits: () => commits,
    read: ({ path }) => shelf.read(path),
    uploads: createUploads(),
    async commit(title, message, changes) {
      const date = new Date().toISOString();
      const id = hashOf('sha1', commits[0]!.id, title, ...changes.flatMap(({ path, bytes }) => [path, bytes ?? '']));
      const commit: Commit = { id, title, message, date };
      const next = new Map(files);
      for (const { path, bytes } of changes) {
        if (bytes === null) next.delete(path);
        else next.set(path, describe(path, bytes, commit));
        await (bytes === null ? shelf.remove(path) : shelf.write(path, bytes));
      }
      before = files;
      files = next;
      commits = [commit, ...commits];
      return commit;
    },
  };
}

function createUploads(): Uploads {
  const sizes = new Map<string, number>();
  const arrived = new Map<string, Buffer>();
  const heldBytes = () => arrived.values().reduce((sum, bytes) => sum + bytes.length, 0);
  return {
    announce: (sha256, size) => void sizes.set(sha256, size),
    expected: (sha256) => sizes.get(sha256) ?? null,
    get: (sha256) => arrived.get(sha256) ?? null,
    put(sha256, bytes) {
      arrived.set(sha256, bytes);
      for (const oldest of arrived.keys()) {
        if (heldBytes() <= UPLOADS_LIMIT_BYTES) break;
        arrived.delete(oldest);
      }
    },
    forget(sha256) {
      sizes.delete(sha256);
      arrived.delete(sha256);
    },
  };
}
