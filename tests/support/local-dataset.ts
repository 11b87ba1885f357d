import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { AttemptRecord } from '../../src/domain/record.ts';
import { createCardKeeper } from '../../src/push/card-keeper.ts';
import { pushOnce } from '../../src/push/push-once.ts';
import { openStore } from '../../src/store/open-store.ts';
import { recordingLog } from './log.ts';
import { MemoryHub } from './memory-hub.ts';
import { SetClock } from './set-clock.ts';
import { tempDir } from './temp-dir.ts';

interface LocalDataset extends Disposable {
  /** A copy of the dataset as a person would download it. */
  readonly folder: string;
  /** Paths in it. */
  readonly paths: readonly string[];
  readonly card: string;
  /** What the store holds. */
  readonly stored: readonly AttemptRecord[];
}

/** What a store with these records has pushed by noon of 4 August 2026, one push for each of the lists. */
export async function localDataset(repo: string, ...lists: readonly AttemptRecord[][]): Promise<LocalDataset> {
  using opening = new DisposableStack();
  const { path } = opening.use(tempDir());
  const clock = new SetClock('2026-08-04T12:00:00.000Z');
  const dataDir = join(path, 'store');
  using store = openStore({ dataDir, csvPath: join(path, 'buffer.csv') }, { clock });
  const hub = new MemoryHub();
  const log = recordingLog();
  const card = createCardKeeper({ repo, hub, log });
  const settings = { csvFilename: 'metrics.csv' };
  for (const records of lists) {
    await store.append(records);
    await pushOnce(
      { batches: store, rollups: store, hub, card, settings, writer: 'w1', clock, log },
      new AbortController().signal,
    );
  }
  const folder = join(path, 'dataset');
  for (const [name, bytes] of hub.files) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), bytes);
  }
  const held = opening.move();
  return {
    folder,
    paths: [...hub.files.keys()],
    card: Buffer.from(hub.files.get('README.md')!).toString(),
    stored: await Array.fromAsync(store.read()),
    [Symbol.dispose]: () => held.dispose(),
  };
}
