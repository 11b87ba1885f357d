import { join } from 'node:path';
import type { StoreSettings } from '../../src/domain/settings.ts';
import type { Clock } from '../../src/ports.ts';
import { type LocalStore, openStore } from '../../src/store/open-store.ts';
import type { Place } from '../contract/place.ts';
import { SetClock } from '../support/set-clock.ts';
import { tempDir } from '../support/temp-dir.ts';

interface SqlitePlace extends Disposable {
  readonly settings: StoreSettings;
  open(): LocalStore;
}

/** A folder for one SQLite store; gone when disposed. */
export function sqlitePlace(clock: Clock = new SetClock()): SqlitePlace {
  const folder = tempDir();
  const settings = { dataDir: join(folder.path, 'data'), csvPath: join(folder.path, 'buffer.csv') };
  return {
    settings,
    open: () => openStore(settings, { clock }),
    [Symbol.dispose]: () => folder[Symbol.dispose](),
  };
}

/** The same, as contract suites take it. */
export async function newSqlitePlace(): Promise<Place<LocalStore>> {
  const place = sqlitePlace();
  return { open: async () => place.open(), [Symbol.asyncDispose]: async () => place[Symbol.dispose]() };
}
