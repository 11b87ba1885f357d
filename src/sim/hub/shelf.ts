import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';

/** Where the bytes of one repository's files lie. Whoever calls has checked the paths. */
export interface Shelf {
  read(path: string): Promise<Buffer>;
  /** All or nothing: a reader sees the old bytes or the new ones. */
  write(path: string, bytes: Buffer): Promise<void>;
  remove(path: string): Promise<void>;
  /** Paths of what is there. */
  list(): Promise<readonly string[]>;
}

export function memoryShelf(): Shelf {
  const files = new Map<string, Buffer>();
  return {
    read: async (path) => files.get(path) ?? Buffer.alloc(0),
    write: async (path, bytes) => void files.set(path, bytes),
    remove: async (path) => void files.delete(path),
    list: async () => [...files.keys()],
  };
}

/**
 * Files that a person can open.
 *
 * @param spare a folder on the same disk, outside of `root`, for files that are not whole yet
 */
export function folderShelf(root: string, spare: string): Shelf {
  let written = 0;
  return {
    read: (path) => readFile(join(root, path)),
    async write(path, bytes) {
      const target = join(root, path);
      const draft = join(spare, `${process.pid}-${written++}`);
      await mkdir(spare, { recursive: true });
      await mkdir(dirname(target), { recursive: true });
      await writeFile(draft, bytes);
      await rename(draft, target);
    },
    remove: (path) => rm(join(root, path), { force: true }),
    async list() {
      const entries = await readdir(root, { recursive: true, withFileTypes: true }).catch(() => []);
      return entries
        .filter((entry) => entry.isFile())
        .map((entry) => relative(root, join(entry.parentPath, entry.name)).split(sep).join('/'));
    },
  };
}
