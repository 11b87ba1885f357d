import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import { importAtStart } from '../../src/commands/import-at-start.ts';
import { parseConfig } from '../../src/config.ts';
import { createHub } from '../../src/push/hub.ts';
import { pushOnce } from '../../src/push/push-once.ts';
import { startWorld, type World } from '../../src/sim/world.ts';
import { openForImport, openStore } from '../../src/store/open-store.ts';
import { sqlitePlace } from '../store/sqlite-place.ts';
import { aRecord } from '../support/builders.ts';
import { recordingLog } from '../support/log.ts';
import { SetClock } from '../support/set-clock.ts';
import { type TempDir, tempDir } from '../support/temp-dir.ts';

const ROOT = join(import.meta.dir, '..', '..');
const never = new AbortController().signal;
const WAITS = 'warn: waiting for the Hub: nothing is asked before the import is done';

let world: World;
let lost: { readonly writer: string; readonly ids: readonly string[] };
let twins: readonly string[];
let folder: TempDir;
beforeAll(async () => {
  world = await startWorld({ seed: 1, pace: 0.01 });
  lost = await pushedFrom('space', '2026-08-05T09:00:00.000Z');
  const first = await pushedFrom('paris', '2026-08-05T08:00:00.000Z');
  const second = await pushedFrom('paris', '2026-08-05T10:00:00.000Z');
  twins = [first.writer, second.writer];
});
afterAll(() => world[Symbol.asyncDispose]());
beforeEach(() => {
  folder = tempDir();
});
afterEach(() => folder[Symbol.dispose]());

/** A machine of that location pushes at that moment, and is lost. */
async function pushedFrom(location: string, now: string) {
  const clock = new SetClock(now);
  using place = sqlitePlace(clock);
  using store = place.open();
  const { writer } = store;
  const records = ['acme/A', 'acme/B'].map((modelId) =>
    aRecord({ writer, location, modelId, cycleTimestampIso: '2026-08-05T07:30:00.000Z' }),
  );
  await store.append(records);
  const log = recordingLog();
  const { hubToken: token, repo, hubUrl: hubEndpoint } = world;
  const hub = createHub({ token, repo, hubEndpoint, clock, log });
  const settings = { csvFilename: 'metrics.csv' };
  expect(await pushOnce({ batches: store, rollups: store, hub, settings, writer, clock, log }, never)).toMatchObject({
    kind: 'pushed',
  });
  return { writer, ids: records.map(({ attemptId }) => attemptId) };
}

const configOf = (overrides: Record<string, string> = {}) =>
  parseConfig(
    {
      ...world.settings,
      ...{ IMPORT_AT_START: 'on', LOCATION: 'space', DATA_DIR: join(folder.path, 'data') },
      ...overrides,
    },
    { baseDir: ROOT, need: { inference: true, hub: true } },
  );

async function started(overrides: Record<string, string> = {}) {
  const log = recordingLog();
  const console = { stderr: { write: () => {} }, stop: never };
  expect(await importAtStart(configOf(overrides), log, console, async () => {})).toBe(true);
  return log.lines.map(({ level, message }) => `${level}: ${message}`);
}

const opened = () => openStore(configOf().store, { clock: new SetClock('2026-08-05T12:00:00.000Z') });

describe('an import at the start', () => {
  test('brings an empty store back to where this location ended, as its writer', async () => {
    expect(await started()).toEqual([
      'info: importing what was pushed: the store is empty',
      'info: imported; this store goes on where it ended',
    ]);

    using store = opened();
    expect(store.writer).toBe(lost.writer);
    expect((await Array.fromAsync(store.read())).map(({ attemptId }) => attemptId)).toContain(lost.ids[0]!);
    expect(await store.seal(0)).toEqual([]);
  });

  test('leaves a store in use alone', async () => {
    await started();

    expect(await started()).toEqual([]);
  });

  test('is made only where it is asked for, and then needs a dataset', async () => {
    expect(await started({ IMPORT_AT_START: 'off' })).toEqual([]);
    expect(() => configOf({ HF_DATASET_REPO_ID: '' })).toThrow('IMPORT_AT_START is on and HF_DATASET_REPO_ID is blank');
  });

  test('is a wrong setting where nothing is pushed', () => {
    expect(() => configOf({ PUSH: 'off' })).toThrow('IMPORT_AT_START brings back what was pushed, and PUSH is off');
  });

  test('asks which writer to go on as where several are from here, and takes the one that is named', async () => {
    await expect(started({ LOCATION: 'paris' })).rejects.toThrow(
      new RegExp(`set IMPORT_AT_START to the id of the one to go on as .*: (${twins.join('|')}), `),
    );
    await expect(started({ IMPORT_AT_START: 'nobody' })).rejects.toThrow('the dataset has no such writer');
    await started({ LOCATION: 'paris', IMPORT_AT_START: twins[0]! });

    using store = opened();
    expect(store.writer).toBe(twins[0]!);
  });

  test('never goes on as the machine of another location', async () => {
    expect(await started({ LOCATION: 'tokyo' })).toEqual([
      'info: nothing to import: nothing was pushed from this location yet',
    ]);
  });

  test('of a dataset that is not there yet is said, and the daemon begins without', async () => {
    expect(await started({ HF_DATASET_REPO_ID: 'nobody/nothing' })).toEqual([
      'warn: nothing to import: this store begins without a past',
    ]);
    using store = opened();
    expect(await Array.fromAsync(store.read())).toEqual([]);
  });

  test('waits for a Hub that is away, and then brings everything back', async () => {
    world.hubScript('tree', { kind: 'status', status: 503 }, 2);

    const said = await started();

    expect(said.slice(0, 2)).toEqual([WAITS, WAITS]);
    expect(said.at(-1)).toBe('info: imported; this store goes on where it ended');
  });

  test('lets itself be stopped while it waits, and then no daemon begins', async () => {
    const server = Bun.listen({ hostname: '127.0.0.1', port: 0, socket: { data() {} } });
    const { port } = server;
    server.stop(true);
    const stopping = new AbortController();
    const wait = async () => stopping.abort();
    const console = { stderr: { write: () => {} }, stop: stopping.signal };
    const config = configOf({ HF_ENDPOINT: `http://127.0.0.1:${port}` });

    expect(await importAtStart(config, recordingLog(), console, wait)).toBe(false);
  });

  test('that a kill cut goes on when it is started again', async () => {
    openForImport(configOf().store, lost.writer, { clock: new SetClock() })[Symbol.dispose](); // begun, and no more

    expect(opened).toThrow('an import into DATA_DIR is not finished');
    expect(await started()).toContain('info: imported; this store goes on where it ended');
  });

  test('that the Hub refuses ends the program: a person must mend that', async () => {
    world.hubScript('tree', { kind: 'status', status: 403 });

    await expect(started()).rejects.toThrow(/could not be finished[\s\S]*IMPORT_AT_START=off and an empty DATA_DIR/);
  });
});
