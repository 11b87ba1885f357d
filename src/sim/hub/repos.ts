import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { isRepoId } from './names.ts';
import { openRepo, type Repo } from './repo.ts';

export interface Repos {
  find(id: string): Promise<Repo | null>;
  /** Null where it exists. */
  create(id: string, isPrivate: boolean): Promise<Repo | null>;
}

/** @param folder where repositories lie as `owner/name`, those of earlier worlds too; null: in memory */
export function createRepos(folder: string | null): Repos {
  const open = new Map<string, Promise<Repo>>();
  const opened = (id: string, isPrivate: boolean): Promise<Repo> => {
    const repo = openRepo(id, isPrivate, folder);
    open.set(id, repo);
    return repo;
  };
  const find: Repos['find'] = async (id) => {
    const known = open.get(id);
    if (known) return known;
    const isOnDisk = folder !== null && isRepoId(id) && existsSync(join(folder, id));
    return isOnDisk ? opened(id, true) : null;
  };
  return {
    find,
    create: async (id, isPrivate) => ((await find(id)) ? null : opened(id, isPrivate)),
  };
}
