import { join } from 'node:path';
import { openPostgresStore } from '../../src/store/postgres/open-postgres-store.ts';
import type { Place } from '../contract/place.ts';
import { emptyDatabase } from '../support/postgres.ts';
import { SetClock } from '../support/set-clock.ts';
import { tempDir } from '../support/temp-dir.ts';

type PostgresStore = Awaited<ReturnType<typeof openPostgresStore>>;

/** An empty database for one store, as contract suites take it. */
export async function newPostgresPlace(): Promise<Place<PostgresStore>> {
  const database = await emptyDatabase();
  const folder = tempDir();
  const settings = { url: database.url, csvPath: join(folder.path, 'buffer.csv') };
  return {
    open: () => openPostgresStore(settings, { clock: new SetClock() }),
    async [Symbol.asyncDispose]() {
      folder[Symbol.dispose]();
      await database[Symbol.asyncDispose]();
    },
  };
}
