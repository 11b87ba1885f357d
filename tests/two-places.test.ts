import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { importCommand } from '../src/commands/import.ts';
import { createCardKeeper } from '../src/push/card-keeper.ts';
import { openStore } from '../src/store/open-store.ts';
import { openRig } from './daemon/rig.ts';
import { recordingLog } from './support/log.ts';
import { MemoryHub } from './support/memory-hub.ts';
import { queryParquet } from './support/read-parquet.ts';
import { SetClock } from './support/set-clock.ts';
import { type TempDir, tempDir } from './support/temp-dir.ts';

const README = readFileSync(join(import.meta.dir, '..', 'README.md'), 'utf8');

let folder: TempDir;
beforeEach(() => {
  folder = tempDir();
});
afterEach(() => folder[Symbol.dispose]());

/** Each with its own machine and name, the same settings otherwise, and one dataset; only the first writes `metrics.csv`. */
async function twoDaemons(cycles: number) {
  const hub = new MemoryHub();
  const places = ['eu', 'us'].map((location, i) => {
    const environment = {
      LOCATION: location,
      MODELS_TO_FETCH: '2',
      PUSH_INTERVAL_CYCLES: '2',
      ...(i > 0 && { HF_DATASET_TARGET_FILENAME: 'off' }),
    };
    const rig = openRig({ folder: join(folder.path, location), hub, clock: new SetClock(), environment });
    const card = createCardKeeper({ repo: 'acme/metrics', hub, log: recordingLog() });
    Object.assign(rig.parts, { card });
    return { location, rig, writer: rig.parts.identity.writer };
  });
  await Promise.all(places.map(({ rig }) => rig.clock.passUntil(rig.run({}, cycles))));
  const [eu, us]: readonly Machine[] = await Array.fromAsync(places, async ({ rig, ...place }) => {
    const records = await rig.records();
    const asked = rig.asked.map(({ url, body }) => `${url} ${body}`);
    rig[Symbol.dispose]();
    return {
      ...place,
      records,
      asked,
      warnings: rig.log.lines.filter(({ level }) => level === 'warn' || level === 'error'),
    };
  });
  return { hub, eu: eu!, us: us! };
}

interface Machine {
  readonly location: string;
  readonly writer: string;
  readonly records: Awaited<ReturnType<ReturnType<typeof openRig>['records']>>;
  readonly asked: readonly string[];
  readonly warnings: readonly unknown[];
}

function download({ files }: MemoryHub): string {
  const root = join(folder.path, 'dataset');
  for (const [path, bytes] of files) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), bytes);
  }
  return root;
}

const filesIn = ({ files }: MemoryHub, pattern: RegExp) => [...files.keys()].filter((path) => pattern.test(path));

describe('two daemons without a server, pushing to one dataset', () => {
  test('ask the same targets in the same order at the same due times, each under ids of its own', async () => {
    const { eu, us } = await twoDaemons(4);

    const asked = ({ records }: Machine) =>
      records.map(({ cycleTimestampIso, modelId, providerName }) => [cycleTimestampIso, modelId, providerName]);
    expect(new Set(asked(eu).map(([due]) => due)).size).toBe(4);
    expect(asked(us)).toEqual(asked(eu));
    expect(us.asked).toEqual(eu.asked);
    for (const id of ['cycleId', 'probeId', 'attemptId'] as const) {
      const ids = new Set(eu.records.map((record) => record[id]));
      expect(us.records.some((record) => ids.has(record[id]))).toBe(false);
    }
  });

  test('write into folders of their own, and leave the card and metrics.csv as one of them made them', async () => {
    const { hub, eu, us } = await twoDaemons(4);

    expect([eu.warnings, us.warnings]).toEqual([[], []]);
    const folders = filesIn(hub, /^data\//).map((path) => path.split('/')[1]);
    expect(new Set(folders)).toEqual(new Set([eu.writer, us.writer]));
    expect(filesIn(hub, /^data\//)).toHaveLength(4);
    const writtenBy = (path: string) => hub.commits.filter(({ files }) => files.some((file) => file.path === path));
    expect(writtenBy('README.md')).toHaveLength(1);
    const csv = Buffer.from(hub.files.get('metrics.csv')!).toString();
    expect(csv.trim().split('\n')).toHaveLength(1 + eu.records.length);
  });

  test('are read back as one table with two places, by a reader that knows nothing of us', async () => {
    const { hub, eu, us } = await twoDaemons(4);

    const shards = filesIn(hub, /\.parquet$/).map((path) => hub.files.get(path)!);
    const rows = await queryParquet(
      shards,
      `SELECT location, writer, count(*)::INT AS attempts, count(DISTINCT attempt_id)::INT AS ids,
         count(DISTINCT cycle_timestamp_iso)::INT AS cycles
       FROM read_parquet($files) GROUP BY ALL ORDER BY location`,
    );
    const of = ({ location, writer, records }: Machine) => {
      return { location, writer, attempts: records.length, ids: records.length, cycles: 4 };
    };
    expect(rows).toEqual([of(eu), of(us)]);

    // As README.md shows it.
    const sql = /```sql\n-- How much later[^\n]*\n([\s\S]*?);\n```/.exec(README)![1]!;
    const later = await queryParquet(shards, sql.replaceAll("'data/*/*/*.parquet'", 'read_parquet($files)'));
    expect(later.map(({ pairs, later_ms }) => [Number(pairs), later_ms])).toEqual([
      [4, 0],
      [4, 0],
      [4, 0],
    ]);
  });

  test('are imported into one store, which keeps who wrote what and where, once however often it is imported', async () => {
    const { hub, eu, us } = await twoDaemons(4);
    const dataset = download(hub);

    const summaries = [await imported(dataset, us.writer), await imported(dataset, us.writer)];

    expect(summaries).toEqual([
      expect.stringContaining(`${eu.records.length + us.records.length} attempts from 4 shards`),
      expect.stringContaining('0 attempts'),
    ]);
    using store = openStore({ dataDir: join(folder.path, 'both'), csvPath: join(folder.path, 'b.csv') }, SET);
    const byId = (records: Machine['records']) => records.toSorted((a, b) => (a.attemptId < b.attemptId ? -1 : 1));
    expect(byId(await Array.fromAsync(store.read()))).toEqual(byId([...eu.records, ...us.records]));
    expect(await store.seal(0)).toEqual([]);
  });

  test('each plan for themselves: what the others asked is not ours', async () => {
    const { hub, us } = await twoDaemons(2);
    await imported(download(hub), us.writer);
    using both = openStore({ dataDir: join(folder.path, 'both'), csvPath: join(folder.path, 'b.csv') }, SET);
    using alone = openStore({ dataDir: join(folder.path, 'us/data'), csvPath: join(folder.path, 'a.csv') }, SET);
    const day = us.records[0]!.cycleTimestampIso.slice(0, 10);

    expect(await both.endingsSince(0, 'us')).toHaveLength(us.records.length);
    expect(await both.endingsSince(0, 'us')).toEqual(expect.arrayContaining([...(await alone.endingsSince(0, 'us'))]));
    expect(await both.endingsSince(0, 'eu')).toEqual([]);
    expect(await both.rollupsOfDay(day)).toEqual(await alone.rollupsOfDay(day));
  });
});

const SET = { clock: new SetClock() };

async function imported(dataset: string, writer: string): Promise<string> {
  let said = '';
  const console = {
    environment: { DATA_DIR: join(folder.path, 'both'), LOCAL_CSV_PATH: join(folder.path, 'b.csv') },
    baseDir: join(import.meta.dir, '..'),
    stdout: { write: (text: string) => (said += text) },
    stderr: { write() {} },
    stop: new AbortController().signal,
  };
  expect(await importCommand.run([dataset], { writer }, console)).toBe(0);
  return said;
}
