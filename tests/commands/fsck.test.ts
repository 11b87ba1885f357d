import { Database } from 'bun:sqlite';
import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import {
  appendFileSync,
  closeSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Console } from '../../src/commands/command.ts';
import { fsckCommand } from '../../src/commands/fsck.ts';
import { createHub } from '../../src/push/hub.ts';
import { pushOnce } from '../../src/push/push-once.ts';
import { startWorld } from '../../src/sim/world.ts';
import { openStore, type Store } from '../../src/store/open-store.ts';
import { aCycle, aPlannedProbe, aRecord, DUE_AT_MS } from '../support/builders.ts';
import { recordingLog } from '../support/log.ts';
import { MemoryHub } from '../support/memory-hub.ts';
import { SetClock } from '../support/set-clock.ts';
import { type TempDir, tempDir } from '../support/temp-dir.ts';

const ROOT = join(import.meta.dir, '..', '..');
const clock = new SetClock('2026-08-05T00:00:00.000Z');
const never = new AbortController().signal;
const DAY_MS = 24 * 3600 * 1000;

let folder: TempDir;
beforeEach(() => {
  folder = tempDir();
});
afterEach(() => folder[Symbol.dispose]());

const dataDir = () => join(folder.path, 'data');
const csvPath = () => join(folder.path, 'b.csv');
const dbPath = () => join(dataDir(), 'tracker.db');
const opened = () => openStore({ dataDir: dataDir(), csvPath: csvPath() }, { clock });

async function fsck(flags: Record<string, boolean> = {}, environment: Record<string, string> = {}) {
  const said = { out: '', err: '' };
  const console: Console = {
    environment: { DATA_DIR: dataDir(), LOCAL_CSV_PATH: csvPath(), ...environment },
    baseDir: ROOT,
    stdout: { write: (text: string) => (said.out += text) },
    stderr: { write: (text: string) => (said.err += text) },
    stop: never,
  };
  return { code: await fsckCommand.run([], flags, console), ...said };
}

/** Three pushed attempts and, in no batch yet, two more. */
async function fill(hub = new MemoryHub() as Parameters<typeof pushOnce>[0]['hub']) {
  using store: Store = opened();
  const { writer } = store;
  const record = (i: number) => aRecord({ writer, modelId: `a/${i}`, responseBodyRaw: `reply ${i} `.repeat(200) });
  await store.append([0, 1, 2].map(record));
  const parts = {
    batches: store,
    rollups: store,
    hub,
    settings: { csvFilename: null },
    writer,
    clock,
    log: recordingLog(),
  };
  expect(await pushOnce(parts, never)).toMatchObject({ kind: 'pushed' });
  await store.append([3, 4].map(record));
  store.csvBuffer('unpushed').refresh();
  return writer;
}

/** Somebody writes into the database past the program. */
function tamper(sql: string, ...values: (string | number | Uint8Array)[]): void {
  using db = new Database(dbPath());
  db.query(sql).run(...values);
}

describe('fsck of a sound store', () => {
  test('finds nothing and says what it did not look at', async () => {
    await fill();
    expect(await fsck()).toEqual({
      code: 0,
      out: 'hub: not checked, HF_HUB_TOKEN or HF_DATASET_REPO_ID is absent, or PUSH=off\nThe store is as it should be.\n',
      err: '',
    });
  });

  test('works beside a daemon, whose open probes are no fault', async () => {
    await fill();
    using store = opened();
    const probe = aPlannedProbe({ cycle: aCycle({ dueAtMs: DUE_AT_MS + 60_000 }) });
    await store.begin(probe.cycle, [probe], probe.cycle.dueAtMs);
    const { cycleId } = probe.cycle;
    const cycleTimestampIso = new Date(probe.cycle.dueAtMs).toISOString();
    await store.append([aRecord({ cycleId, cycleTimestampIso, probeId: probe.probeId, final: false })]);
    expect(await fsck()).toMatchObject({
      code: 0,
      out: expect.stringContaining('csv: not checked, a daemon is writing'),
    });
  });

  test('what retention let go of is no damage, and is said', async () => {
    await fill();
    using store = opened();
    for await (const _ of store.prune({ days: 1, limitBytes: null, onlyPushed: true }, DUE_AT_MS + 30 * DAY_MS));
    expect(await Array.fromAsync(store.read())).toHaveLength(2);
    expect(await fsck()).toMatchObject({ code: 0, out: expect.stringContaining('1 batches are no longer whole here') });
  });
});

describe('fsck finds', () => {
  test.each([
    ['a row that changed', `UPDATE attempts SET ttft_ms = 1 WHERE seq = 1`, 'no longer gives the shard'],
    ['a row that vanished', 'DELETE FROM attempts WHERE seq = 2', 'was sealed with 3 attempts and has 2'],
    ['a body of no attempt', 'DELETE FROM attempts WHERE seq = 5', '1 bodies belong to no attempt'],
    ['a body that is none', `UPDATE bodies SET zstd = x'00' WHERE seq = 4`, '1 bodies cannot be decompressed'],
    [
      'a probe without its final attempt',
      'UPDATE attempts SET final = 0 WHERE seq = 5',
      '1 probes have no final attempt',
    ],
    ['a gap between batches', 'UPDATE batches SET first_seq = 2', '1 attempts before 2026'],
  ])('%s, says how to mend it, and exits with 1', async (_name, sql, finding) => {
    await fill();
    tamper(sql);
    const { code, out } = await fsck();
    expect([code, out]).toEqual([1, expect.stringContaining(finding)]);
    expect(out).toContain(' → ');
  });

  test('a CSV buffer that is not what the store holds', async () => {
    await fill();
    appendFileSync(csvPath(), 'a note\n');
    const { code, out } = await fsck({ json: true });
    expect(code).toBe(1);
    expect(
      out
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toMatchObject([{ check: 'csv', mend: expect.any(String) }, { check: 'hub' }]);
  });

  test('a shard that is missing in the dataset, or is another one; without a network it says that this was not checked', async () => {
    const settings: Record<string, string> = {};
    {
      await using world = await startWorld({ seed: 1, pace: 0.01 });
      const { repo, hubUrl, hubToken: token } = world;
      Object.assign(settings, { HF_ENDPOINT: hubUrl, HF_HUB_TOKEN: token, HF_DATASET_REPO_ID: repo });
      const writer = await fill(createHub({ token, repo, hubEndpoint: hubUrl, clock, log: recordingLog() }));
      expect(await fsck({ hub: true }, settings)).toEqual({ code: 0, out: 'The store is as it should be.\n', err: '' });

      tamper(`UPDATE batches SET sha256 = 'f00d'`);
      expect((await fsck({}, settings)).out).toContain('has other content there');
      tamper(`UPDATE batches SET name = '20260101T000000Z-000009'`);
      expect((await fsck({}, settings)).out).toContain(
        `hub: data/${writer}/2026-08/20260101T000000Z-000009.parquet is not in the dataset`,
      );
    }
    expect((await fsck({}, settings)).out).toContain('hub: not checked, cannot reach 127.0.0.1');
  });
});

describe('fsck --repair', () => {
  const kept = () => readdirSync(join(dataDir(), 'quarantine')).sort();

  test('moves bodies that cannot be read aside as JSON lines; their attempts keep all figures', async () => {
    await fill();
    tamper(`UPDATE bodies SET zstd = x'0102' WHERE seq = 4`);
    const { code, out } = await fsck({ repair: true });
    expect([code, out]).toEqual([1, expect.stringContaining('Done: 1 bodies were moved to quarantine/bodies.jsonl')]);
    const [line] = readFileSync(join(dataDir(), 'quarantine', 'bodies.jsonl'), 'utf8').split('\n');
    expect(JSON.parse(line!)).toMatchObject({ seq: 4, zstd: 'AQI=', attempt_id: expect.any(String) });
    expect((await fsck()).out).not.toContain('bodies');
    using store = opened();
    expect(
      (await Array.fromAsync(store.read())).map(({ responseBodyRaw, ttftMs }) => [responseBodyRaw === null, ttftMs]),
    ).toEqual([
      [false, 260],
      [false, 260],
      [false, 260],
      [true, 260],
      [false, 260],
    ]);
  });

  test('keeps a CSV buffer that somebody changed, and a second run finds nothing', async () => {
    await fill();
    appendFileSync(csvPath(), 'a note\n');
    expect((await fsck({ repair: true })).code).toBe(1);
    expect(kept()).toEqual([expect.stringMatching(/^\d{8}T\d{6}Z-b\.csv$/)]);
    expect((await fsck()).code).toBe(0);
  });

  test('saves what can be read of a damaged database into a new one, and keeps the old file', async () => {
    let writer: string;
    {
      using store = opened();
      ({ writer } = store);
      for (let i = 0; i < 40; i++)
        await store.append(Array.from({ length: 10 }, (_, j) => aRecord({ writer, modelId: `a/${i * 10 + j}` })));
      await store.pushed(
        (await store.seal(0)).map(({ name }) => name),
        [],
        null,
        0,
      );
    }
    const { size } = statSync(dbPath());
    const file = openSync(dbPath(), 'r+');
    writeSync(file, Buffer.alloc(8192, 0xff), 0, 8192, Math.floor(size / 2 / 4096) * 4096);
    closeSync(file);

    const { code, out } = await fsck({ repair: true });

    expect([code, out]).toEqual([1, expect.stringContaining('Done: the damaged database was moved to quarantine/')]);
    expect(kept()).toEqual([expect.stringMatching(/-tracker\.db$/)]);
    using store = opened();
    expect(store.writer).toBe(writer);
    const saved = await Array.fromAsync(store.read());
    expect(saved.length).toBeGreaterThan(200);
    expect(await store.seal(0)).toEqual([]); // what was pushed stays pushed
    await store.append([aRecord({ writer, modelId: 'a/new' })]);
    expect(await store.seal(0)).toMatchObject([{ attempts: 1 }]);
  });

  test('replaces a file that is no database at all', async () => {
    await fill();
    writeFileSync(dbPath(), 'my diary\n'.repeat(1000));
    const { code, out } = await fsck({ repair: true });
    expect([code, out]).toEqual([1, expect.stringContaining('file: tracker.db in DATA_DIR is damaged or no store')]);
    expect(readFileSync(join(dataDir(), 'quarantine', kept()[0]!), 'utf8')).toStartWith('my diary');
    using store = opened();
    expect(await Array.fromAsync(store.read())).toEqual([]);
  });

  test('is refused while a daemon runs', async () => {
    await fill();
    tamper('UPDATE attempts SET final = 0 WHERE seq = 5');
    using _daemon = opened();
    expect(await fsck({ repair: true }).catch((error) => error.name)).toBe('StoreLockedError');
  });
});
