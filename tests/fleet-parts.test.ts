import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import { parseConfig } from '../src/config.ts';
import { openOutbox } from '../src/fleet/outbox.ts';
import { openFleetParts } from '../src/fleet-parts.ts';
import { aCatalog, TOKEN } from './support/builders.ts';
import { fleetProbes, recordOf } from './support/fleet-builders.ts';
import { recordingLog } from './support/log.ts';
import { emptyDatabase, IS_POSTGRES_SKIPPED } from './support/postgres.ts';
import { type TempDir, tempDir } from './support/temp-dir.ts';

/** Somewhere nobody listens. */
const NOWHERE = 'postgres://tracker@127.0.0.1:1/tracker';
const WAITING = 'waiting for the database: nothing is done before';

let folder: TempDir;
beforeEach(() => {
  folder = tempDir();
});
afterEach(() => folder[Symbol.dispose]());

function opening(databaseUrl: string, roles: string) {
  const environment = { HF_TOKEN: TOKEN, PUSH: 'off', DATA_DIR: folder.path, DATABASE_URL: databaseUrl, ROLES: roles };
  const own = { ...environment, LOCAL_CSV_PATH: join(folder.path, 'buffer.csv') };
  const config = parseConfig(own, { baseDir: join(import.meta.dir, '..'), need: { inference: true, hub: false } });
  const log = recordingLog();
  const stop = new AbortController();
  const parts = openFleetParts(config, config.fleet!, { log, redact: (text) => text }, stop.signal);
  const said = () => log.lines.map(({ message }) => message);
  return { parts, said, waits: () => log.said(WAITING), stop: () => stop.abort() };
}

/** As an earlier run of a worker left it. */
function anOutbox({ waits }: { readonly waits: boolean }): void {
  using outbox = openOutbox(folder.path);
  outbox.remember({ writer: 'w1', catalog: aCatalog(), workers: [], day: '2026-08-03', spentUsd: 0 });
  const [probe] = fleetProbes(['amber']);
  if (waits) outbox.put(probe!, recordOf(probe!));
}

describe('a process of a fleet', () => {
  test('that probes and has worked before begins without the database, as the writer that it saw last', async () => {
    anOutbox({ waits: false });
    const { parts, said } = opening(NOWHERE, 'probe,web');
    await using open = (await parts)!;

    expect([open.identity.writer, open.store.writer]).toEqual(['w1', 'w1']);
    expect(open.calibrator.instrumentErrorP99Ms()).toBeNull();
    expect(said()).toEqual(['this worker begins without the database, with what it saw last']);
  });

  test.each([
    ['that has never reached it', 'probe', () => {}],
    ['that does not probe', 'schedule,push', () => anOutbox({ waits: false })],
  ])('%s waits for the database, until it is told to stop', async (_who, roles, given) => {
    given();
    const { parts, said, waits, stop } = opening(NOWHERE, roles);
    await waits();
    stop();

    expect(await parts).toBeNull();
    expect(said()).toEqual([WAITING]);
  });

  test('that does not probe needs no outbox, so that it may stand beside a worker in one folder', async () => {
    using _ = openOutbox(folder.path);
    const beside = opening(NOWHERE, 'push');
    await beside.waits();
    beside.stop();
    expect(await beside.parts).toBeNull();
    await expect(opening(NOWHERE, 'probe').parts).rejects.toThrow('outbox.db in DATA_DIR is in use by another process');
  });

  test.skipIf(IS_POSTGRES_SKIPPED)('delivers nothing to another database than it was measured for', async () => {
    await using database = await emptyDatabase();
    anOutbox({ waits: true });
    await expect(opening(database.url, 'probe').parts).rejects.toThrow('holds 1 records for another database');
  });
});
