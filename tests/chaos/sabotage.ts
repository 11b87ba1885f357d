import { randomUUID } from 'node:crypto';
import type { Parts } from '../../src/parts.ts';
import type { BatchStore, DatasetHub } from '../../src/ports.ts';
import type { Sabotage } from './plan.ts';

/** The same parts, with the order or the names spoilt at the ports. */
export function sabotaged(parts: Parts, how: Sabotage | null): Parts {
  switch (how) {
    case null:
      return parts;
    case 'mark-first':
      return { ...parts, store: { ...parts.store, ...markingFirst(parts.store) } };
    case 'random-names':
      return { ...parts, hub: parts.hub && namingAtRandom(parts.hub) };
    default:
      return how satisfies never;
  }
}

/** A batch counts as pushed as soon as its shard is built. */
function markingFirst(store: BatchStore): Pick<BatchStore, 'built'> {
  return {
    async built(batchName, sha256) {
      await store.built(batchName, sha256);
      await store.pushed([batchName], [], null, Date.now());
    },
  };
}

/** "Whatever is waiting now", under a name of the moment: nobody can tell whether it is there already. */
function namingAtRandom(hub: DatasetHub): DatasetHub {
  return {
    hashes: async (paths, signal) => {
      await hub.hashes(paths, signal);
      return new Map();
    },
    text: hub.text,
    commit: ({ files, ...words }, signal) => {
      const renamed = files.map(({ path, bytes }) => ({
        path: path.replace(/[^/]+(?=\.parquet$)/, () => randomUUID()),
        bytes,
      }));
      return hub.commit({ ...words, files: renamed }, signal);
    },
  };
}
