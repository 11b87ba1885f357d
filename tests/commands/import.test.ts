import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Console } from '../../src/commands/command.ts';
import { chooseWriter, importCommand } from '../../src/commands/import.ts';
import type { AttemptRecord } from '../../src/domain/record.ts';
import type { BatchStore, RollupDays } from '../../src/ports.ts';
import { createHub } from '../../src/push/hub.ts';
import { pushOnce } from '../../src/push/push-once.ts';
import { buildShard } from '../../src/push/shard.ts';
import { startWorld, type World } from '../../src/sim/world.ts';
import { openStore, type Store } from '../../src/store/open-store.ts';
import { sqlitePlace } from '../store/sqlite-place.ts';
import { aRecord, aSkippedRecord, aTarget } from '../support/builders.ts';
import { HOSTILE_TEXTS } from '../support/hostile-texts.ts';
import { recordingLog } from '../support/log.ts';
import { MemoryHub } from '../support/memory-hub.ts';
import { SetClock } from '../support/set-clock.ts';
import { type TempDir, tempDir } from '../support/temp-dir.ts';

const ROOT = join(import.meta.dir, '..', '..');
const NOW = '2026-08-05T09:00:00.000Z';
const never = new AbortController().signal;
const byId = (a: AttemptRecord, b: AttemptRecord) => (a.attemptId < b.attemptId ? -1 : 1);

let folder: TempDir;
beforeEach(() => {
  folder = tempDir();
});
afterEach(() => folder[Symbol.dispose]());

/** Runs the command into the store of `folder`. */
async function imported(from: string, { writer, ...environment }: Record<string, string> = {}) {
  const said = { out: '', err: '' };
  const console: Console = {
    environment: { DATA_DIR: join(folder.path, 'data'), LOCAL_CSV_PATH: join(folder.path, 'b.csv'), ...environment },
    baseDir: ROOT,
    stdout: { write: (text: string) => (said.out += text) },
    stderr: { write: (text: string) => (said.err += text) },
    stop: never,
  };
  const code = await importCommand.run([from], { writer }, console).catch((error) => {
    said.err += error.message;
    return error.name as string;
  });
  return { code, ...said };
}

const reopened = () =>
  openStore({ dataDir: join(folder.path, 'data'), csvPath: join(folder.path, 'b.csv') }, { clock: new SetClock(NOW) });

/** Two days and a bit of a writer: probes with a retry, one skipped, one delisted, hostile bodies. */
function recordsOf(writer: string): readonly AttemptRecord[] {
  const at = (cycleTimestampIso: string, overrides: Partial<AttemptRecord> = {}) =>
    aRecord({ writer, cycleTimestampIso, ...overrides });
  const delisted = { writer, modelId: 'acme/Gone', cycleTimestampIso: '2026-08-05T08:30:00.000Z' };
  return [
    at('2026-08-03T12:00:00.000Z', { attempt: 1, final: false, modelId: 'acme/Retried' }),
    at('2026-08-03T12:00:00.000Z', { attempt: 2, modelId: 'acme/Retried' }),
    at('2026-08-03T12:30:00.000Z', { modelId: 'acme/Gone' }),
    ...HOSTILE_TEXTS.map((text, i) =>
      at('2026-08-04T12:00:00.000Z', { modelId: `a/${i}`, responseBodyRaw: text.toWellFormed() }),
    ),
    aSkippedRecord({ writer, cycleTimestampIso: '2026-08-05T08:00:00.000Z', errorClass: 'shutdown' }),
    aSkippedRecord({ ...delisted, errorClass: 'delisted' }),
    at('2026-08-05T08:30:00.000Z'),
  ];
}

async function push(store: BatchStore & RollupDays, writer: string, hub: MemoryHub, now = NOW) {
  const settings = { csvFilename: 'metrics.csv' };
  return pushOnce(
    { batches: store, rollups: store, hub, settings, writer, clock: new SetClock(now), log: recordingLog() },
    never,
  );
}

/** A machine that pushed, and is lost. */
async function lostMachine(hub: MemoryHub, records: (writer: string) => readonly AttemptRecord[] = recordsOf) {
  using place = sqlitePlace(new SetClock(NOW));
  using store = place.open();
  const all = records(store.writer);
  await store.append(all.slice(0, 3));
  await push(store, store.writer, hub, '2026-08-03T13:00:00.000Z');
  await store.append(all.slice(3));
  await push(store, store.writer, hub);
  return { writer: store.writer, records: all };
}

function writeDataset(hub: MemoryHub, root = join(folder.path, 'dataset')): string {
  for (const [path, bytes] of hub.files) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), bytes);
  }
  return root;
}

describe('a new machine that imports the dataset of a lost one', () => {
  test('has every attempt, as pushed, under the same writer, and goes on where it ended', async () => {
    const hub = new MemoryHub();
    const { writer, records } = await lostMachine(hub);

    const { code, out } = await imported(writeDataset(hub));

    expect([code, out]).toEqual([0, expect.stringContaining(`this store goes on as writer ${writer}`)]);
    using store = reopened();
    expect(store.writer).toBe(writer);
    expect((await Array.fromAsync(store.read())).toSorted(byId)).toEqual(records.toSorted(byId));
    expect([await store.seal(0), await store.sinceLastPush()]).toEqual([[], 0]);
    expect(await store.lastBeganAtMs()).toBe(Date.parse('2026-08-05T08:30:00.000Z'));
    expect(await store.daysToWrite('2026-08-05')).toEqual([]);
    expect(await store.daysToWrite('2026-08-06')).toEqual(['2026-08-05']);
  });

  test('pushes only what is new, under names and numbers that never were', async () => {
    const hub = new MemoryHub();
    const { writer, records } = await lostMachine(hub);
    const before = new Set(hub.files.keys());
    await imported(writeDataset(hub));
    using store = reopened();
    const next = aRecord({ writer, cycleTimestampIso: '2026-08-05T09:00:00.000Z' });
    await store.append([records[0]!, next]);

    expect(await push(store, writer, hub, '2026-08-05T09:30:00.000Z')).toMatchObject({ kind: 'pushed', attempts: 1 });

    const added = [...hub.files.keys()].filter((path) => !before.has(path));
    expect(added).toEqual([`data/${writer}/2026-08/20260805T093000Z-000003.parquet`]);
    expect(await push(store, writer, hub, '2026-08-06T00:30:00.000Z')).toMatchObject({ kind: 'pushed', attempts: 0 });
    const day = Buffer.from(hub.files.get(`csv/${writer}/2026-08-05.csv`)!).toString();
    expect(day.split('\n').filter((line) => line.includes('T08:30') || line.includes('T09:00'))).toHaveLength(2);
  });

  test('knows which targets were live when, so that one which is gone is still written as delisted', async () => {
    const hub = new MemoryHub();
    await lostMachine(hub);
    await imported(writeDataset(hub));
    using store = reopened();
    const seen = async (since: string) => (await store.seenLiveSince(Date.parse(since))).map(({ modelId }) => modelId);
    expect(await seen('2026-08-05T08:30:00.000Z')).toEqual(['acme/Thinker-7B']);
    expect(await seen('2026-08-03T12:30:00.000Z')).toContain('acme/Gone');
    expect(await store.seenLiveSince(Date.parse('2026-08-05T08:30:00.000Z'))).toEqual([aTarget()]);
  });

  test('reads it from the Hub, verifying each shard by its hash', async () => {
    await using world = await startWorld({ seed: 1, pace: 0.01 });
    const { records } = await pushTo(world);
    const settings = { HF_ENDPOINT: world.hubUrl, HF_HUB_TOKEN: world.hubToken };

    const { code, out } = await imported(world.repo, settings);

    expect([code, out]).toEqual([0, expect.stringContaining(`${records.length} attempts from 1 shards`)]);
    using store = reopened();
    expect((await Array.fromAsync(store.read())).toSorted(byId)).toEqual(records.toSorted(byId));
    expect(await store.daysToWrite('2026-08-06')).toEqual(['2026-08-05']);
  });

  test('says what the Hub says when the dataset is not there', async () => {
    await using world = await startWorld({ seed: 1, pace: 0.01 });
    const { code, err } = await imported('nobody/nothing', { HF_ENDPOINT: world.hubUrl, HF_HUB_TOKEN: world.hubToken });
    expect([code, err]).toEqual([1, expect.stringContaining('nobody/nothing (HF_DATASET_REPO_ID) does not exist')]);
  });
});

describe('an import', () => {
  test('of one exported or downloaded file takes all days for written, and says so', async () => {
    const shard = join(folder.path, 'x.parquet');
    writeFileSync(shard, await buildShard(recordsOf('w1')));
    const { code, out } = await imported(shard);
    expect([code, out]).toEqual([0, expect.stringContaining('all days are taken for written')]);
    using store = reopened();
    expect([store.writer, await store.daysToWrite('2026-09-01')]).toEqual(['w1', []]);
  });

  test('with several writers asks which one to go on as; rows of the others stay out of its day files, rollups and ledger', async () => {
    const hub = new MemoryHub();
    const first = await lostMachine(hub);
    const second = await lostMachine(hub);
    const dataset = writeDataset(hub);

    expect(await imported(dataset)).toMatchObject({ code: 'UsageError', err: expect.stringContaining(second.writer) });
    expect(await imported(dataset, { writer: 'nobody' })).toMatchObject({ code: 'UsageError' });
    expect(await imported(dataset, { writer: second.writer })).toMatchObject({ code: 0 });

    using store = reopened();
    expect(store.writer).toBe(second.writer);
    expect((await Array.fromAsync(store.read())).toSorted(byId)).toEqual(
      [...first.records, ...second.records].toSorted(byId),
    );
    expect(await store.seal(0)).toEqual([]);
    const day = await Array.fromAsync(store.csvRowsOfDay('2026-08-05'));
    expect(day.map(({ writer }) => writer)).toEqual([second.writer]);

    using alone = openStore(
      { dataDir: join(folder.path, 'alone'), csvPath: join(folder.path, 'a.csv') },
      { clock: new SetClock(NOW) },
    );
    await alone.append(second.records);
    expect(await store.rollupsOfDay('2026-08-05')).toEqual(await alone.rollupsOfDay('2026-08-05'));
    expect(await store.spentOn('2026-08-05')).toEqual(await alone.spentOn('2026-08-05'));
    expect((await store.spentOn('2026-08-05')).knownUsd).toBeGreaterThan(0);
  });

  test('made again takes what has come since, as the same writer, until a daemon uses the store', async () => {
    const hub = new MemoryHub();
    const { writer, records } = await lostMachine(hub);
    await imported(writeDataset(hub));
    const other = await lostMachine(hub);
    const dataset = writeDataset(hub);

    expect(await imported(dataset, { writer: other.writer })).toMatchObject({
      err: expect.stringContaining(`was imported as writer ${writer}`),
    });
    expect(await imported(dataset, { writer })).toMatchObject({ code: 0 });
    {
      using store = reopened();
      expect((await Array.fromAsync(store.read())).toSorted(byId)).toEqual(
        [...records, ...other.records].toSorted(byId),
      );
      expect(await store.lastBeganAtMs()).toBe(Date.parse('2026-08-05T08:30:00.000Z'));
      const cycle = { cycleId: 'c1', dueAtMs: Date.parse(NOW) };
      await store.begin(cycle, [], cycle.dueAtMs);
      await store.finish('c1', cycle.dueAtMs);
    }
    expect(await imported(dataset, { writer })).toMatchObject({ err: expect.stringContaining('not empty') });
  });

  test('that was stopped in the middle goes on, and until then nobody else may use the store', async () => {
    const hub = new MemoryHub();
    const { records, writer } = await lostMachine(hub);
    const dataset = writeDataset(hub);
    const broken = join(folder.path, 'broken');
    cpSync(dataset, broken, { recursive: true });
    const last = [...hub.files.keys()]
      .filter((path) => path.endsWith('.parquet'))
      .sort()
      .at(-1)!;
    writeFileSync(join(broken, last), 'PAR1 torn');

    const { code, err } = await imported(broken);
    expect([code, err]).toEqual([1, expect.stringContaining(`${last}: it is damaged, or no Parquet file`)]);
    expect(reopened).toThrow('an import into DATA_DIR is not finished');
    expect((await imported(dataset, { writer: writer })).code).toBe(0);
    using store = reopened();
    expect((await Array.fromAsync(store.read())).toSorted(byId)).toEqual(records.toSorted(byId));
  });

  test('into a store that is not empty is refused, and changes nothing', async () => {
    const shard = join(folder.path, 'x.parquet');
    writeFileSync(shard, await buildShard(recordsOf('w1')));
    let writer: string;
    {
      using store = reopened();
      writer = store.writer;
      await store.append([aRecord()]);
    }
    expect(await imported(shard)).toMatchObject({ code: 'StoreError', err: expect.stringContaining('not empty') });
    using store = reopened();
    expect([store.writer, await Array.fromAsync(store.read())]).toEqual([writer, [aRecord()]]);
  });

  test('of rows that break the schema, or come from a later version, is refused by name', async () => {
    const later = join(folder.path, 'later.parquet');
    writeFileSync(later, await buildShard([aRecord({ schemaVersion: 99 })]));
    expect(await imported(later)).toMatchObject({
      code: 1,
      err: expect.stringContaining('later.parquet: a later version'),
    });
    expect(await imported('no/such/thing')).toMatchObject({ code: 'UsageError' });
  });

  test('no writer is taken that could not be one', () => {
    expect(() => chooseWriter(new Map([['../../etc', 1]]), undefined)).toThrow('no id of a writer');
  });
});

async function pushTo(world: World) {
  using place = sqlitePlace(new SetClock(NOW));
  using store: Store = place.open();
  const records = recordsOf(store.writer);
  await store.append(records);
  const hub = createHub({
    token: world.hubToken,
    repo: world.repo,
    hubEndpoint: world.hubUrl,
    clock: new SetClock(NOW),
    log: recordingLog(),
  });
  const settings = { csvFilename: 'metrics.csv' };
  const { writer } = store;
  const parts = {
    batches: store,
    rollups: store,
    hub,
    settings,
    writer,
    clock: new SetClock(NOW),
    log: recordingLog(),
  };
  expect(await pushOnce(parts, never)).toMatchObject({ kind: 'pushed' });
  return { records, writer };
}
