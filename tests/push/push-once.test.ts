import { expect, test } from 'bun:test';
import { csvHeader, csvText } from '../../src/domain/csv.ts';
import type { AttemptRecord } from '../../src/domain/record.ts';
import { gitBlobId, sha256 } from '../../src/push/content-hash.ts';
import { HubFailure } from '../../src/push/hub-failure.ts';
import { pushOnce } from '../../src/push/push-once.ts';
import { buildShard } from '../../src/push/shard.ts';
import { aRecord, aSkippedRecord } from '../support/builders.ts';
import { recordingLog } from '../support/log.ts';
import { MemoryBatches } from '../support/memory-batches.ts';
import { MemoryHub } from '../support/memory-hub.ts';
import { memoryRollups } from '../support/memory-rollups.ts';
import { SetClock } from '../support/set-clock.ts';

const never = new AbortController().signal;
const at = (iso: string, overrides: Partial<AttemptRecord> = {}) =>
  aRecord({ cycleTimestampIso: `${iso}:00.000Z`, ...overrides });

/** A push at 14:00 on 3 August 2026 by the writer `w1`. */
function aPush(batches: MemoryBatches, { csvFilename = 'metrics.csv' as string | null, hub = new MemoryHub() } = {}) {
  const clock = new SetClock('2026-08-03T14:00:00.000Z');
  const parts = {
    batches,
    rollups: memoryRollups(),
    hub,
    settings: { csvFilename },
    writer: 'w1',
    clock,
    log: recordingLog(),
  };
  return { ...parts, push: (signal = never) => pushOnce(parts, signal) };
}

const text = (bytes: Uint8Array | undefined) => (bytes === undefined ? null : Buffer.from(bytes).toString());

test('nothing is pushed when nothing is waiting', async () => {
  const { hub, push } = aPush(new MemoryBatches());
  expect(await push()).toEqual({ kind: 'nothing' });
  expect(hub.commits).toEqual([]);
});

test('a batch goes out as one shard in one commit, with metrics.csv renewed beside it, and is marked', async () => {
  const records = [at('2026-08-03T12:00'), at('2026-08-03T12:30', { final: false, outcome: 'target_error' })];
  const { batches, hub, push } = aPush(new MemoryBatches(records));

  const url = 'https://hub.example/commit/1';
  expect(await push()).toEqual({ kind: 'pushed', commits: [url], attempts: 2, finals: 1 });
  expect([...hub.files.keys()]).toEqual(['data/w1/2026-08/batch-1.parquet', 'metrics.csv']);
  expect(hub.files.get('data/w1/2026-08/batch-1.parquet')).toEqual(await buildShard(records));
  expect(hub.commits).toHaveLength(1);
  expect([...batches.landed]).toEqual([['batch-1', url]]);
  expect(await push()).toEqual({ kind: 'nothing' });
});

test('the hash of a shard is remembered before anything is sent', async () => {
  const { batches, hub, push, clock } = aPush(new MemoryBatches([at('2026-08-03T12:00')]));
  hub.failNext(new HubFailure('network', 'cannot reach the Hub'));
  await push();
  const [batch] = await batches.seal(clock.nowMs());
  expect(batch?.sha256).toBe(sha256(await buildShard(batches.recordsOf(batch!.name))));
});

test('the commit says how many attempts and final rows of which hours it brings', async () => {
  const records = [
    ...Array.from({ length: 3 }, () => at('2026-08-03T08:00')),
    at('2026-08-03T13:30', { final: false, outcome: 'target_error' }),
  ];
  const { hub, push } = aPush(new MemoryBatches(records));
  await push();
  expect(hub.commits[0]).toMatchObject({
    title: 'Add 4 attempts (3 final) of 2026-08-03 08:00–13:30 UTC',
    description: [
      '- data/w1/2026-08/batch-1.parquet: 4 attempts (3 final) of 2026-08-03 08:00–13:30 UTC',
      '- metrics.csv: today and yesterday, renewed',
    ].join('\n'),
  });
});

test('hours that cross midnight, and a single cycle, are said plainly', async () => {
  const across = aPush(new MemoryBatches([at('2026-08-02T22:30'), at('2026-08-03T00:30')]));
  await across.push();
  expect(across.hub.commits[0]?.title).toBe('Add 2 attempts (2 final) of 2026-08-02 22:30 – 2026-08-03 00:30 UTC');

  const single = aPush(new MemoryBatches([at('2026-08-03T12:00')]));
  await single.push();
  expect(single.hub.commits[0]?.title).toBe('Add 1 attempt (1 final) of 2026-08-03 12:00 UTC');
});

test('metrics.csv holds today and yesterday, header first', async () => {
  const [before, yesterday, today] = [at('2026-08-01T12:00'), at('2026-08-02T12:00'), at('2026-08-03T12:00')];
  const { hub, push } = aPush(new MemoryBatches([before, yesterday, today, aSkippedRecord()]));
  await push();
  expect(text(hub.files.get('metrics.csv'))).toBe(csvHeader() + csvText([yesterday, today]));
});

test('metrics.csv is not written when it is switched off', async () => {
  const { hub, push } = aPush(new MemoryBatches([at('2026-08-03T12:00')]), { csvFilename: null });
  await push();
  expect([...hub.files.keys()]).toEqual(['data/w1/2026-08/batch-1.parquet']);
});

test('a long day is rendered in pieces that make one file', async () => {
  const day = Array.from({ length: 777 }, (_, i) => at('2026-08-02T12:00', { providerName: `p${i}` }));
  const { hub, push } = aPush(new MemoryBatches(day));
  await push();
  expect(text(hub.files.get('csv/w1/2026-08-02.csv'))).toBe(csvHeader() + csvText(day));
});

test('a closed day goes out once, with the same commit, and never again', async () => {
  const yesterday = at('2026-08-02T12:00');
  const { batches, hub, push } = aPush(new MemoryBatches([yesterday, at('2026-08-03T12:00')]));
  await push();
  expect(hub.commits.map(({ files }) => files.map(({ path }) => path))).toEqual([
    ['data/w1/2026-08/batch-1.parquet', 'csv/w1/2026-08-02.csv', 'metrics.csv'],
  ]);
  expect(text(hub.files.get('csv/w1/2026-08-02.csv'))).toBe(csvHeader() + csvText([yesterday]));

  batches.add(at('2026-08-03T13:00'));
  await push();
  expect(hub.commits[1]?.files.map(({ path }) => path)).toEqual(['data/w1/2026-08/batch-2.parquet', 'metrics.csv']);
});

test('a day that closes with no new records still gets its file', async () => {
  const { batches, hub, push, clock } = aPush(new MemoryBatches([at('2026-08-03T12:00')]));
  await push();
  await clock.advance(24 * 3600 * 1000);
  expect(await push()).toMatchObject({ kind: 'pushed', attempts: 0 });
  expect(hub.commits[1]?.title).toBe('Add the CSV of 2026-08-03');
  expect(batches.landed.has('2026-08-03')).toBe(true);
});

test('a shard lies in the month of its first cycle, whenever it is sealed', async () => {
  const { hub, push } = aPush(new MemoryBatches([at('2026-07-31T23:30'), at('2026-08-01T00:00')]));
  await push();
  expect([...hub.files.keys()]).toContain('data/w1/2026-07/batch-1.parquet');
});

test('a backlog goes out in commits of less than a hundred files', async () => {
  const records = Array.from({ length: 200 }, (_, i) => at('2026-08-03T12:00', { requestId: `${i}` }));
  const { batches, hub, push } = aPush(new MemoryBatches(records, { recordsPerBatch: 1 }));
  expect(await push()).toMatchObject({ kind: 'pushed', attempts: 200, finals: 200 });
  const sizes = hub.commits.map(({ files }) => files.length);
  expect(sizes).toHaveLength(3);
  expect(Math.max(...sizes)).toBeLessThan(100);
  expect(batches.landed.size).toBe(200);
  expect(hub.commits.filter(({ files }) => files.some(({ path }) => path === 'metrics.csv'))).toHaveLength(1);
});

test('a shard that is there already with the same bytes is marked, and no commit is made', async () => {
  const records = [at('2026-08-03T12:00')];
  const { batches, hub, push } = aPush(new MemoryBatches(records));
  hub.files.set('data/w1/2026-08/batch-1.parquet', await buildShard(records));
  expect(await push()).toEqual({ kind: 'pushed', commits: [], attempts: 1, finals: 1 });
  expect(hub.commits).toEqual([]);
  expect([...batches.landed]).toEqual([['batch-1', null]]);
});

test('of several shards only those that are not there go out, and each is marked with the commit that is known to have brought it', async () => {
  const records = [at('2026-08-03T12:00'), at('2026-08-03T12:30')];
  const { batches, hub, push } = aPush(new MemoryBatches(records, { recordsPerBatch: 1 }), { csvFilename: null });
  hub.files.set('data/w1/2026-08/batch-1.parquet', await buildShard(records.slice(0, 1)));
  expect(await push()).toMatchObject({ kind: 'pushed', attempts: 2 });
  expect(hub.commits.map(({ files }) => files.map(({ path }) => path))).toEqual([['data/w1/2026-08/batch-2.parquet']]);
  expect([...batches.landed]).toEqual([
    ['batch-1', null],
    ['batch-2', 'https://hub.example/commit/1'],
  ]);
});

test('a shard that the Hub keeps as a small file is known by its git id', async () => {
  const records = [at('2026-08-03T12:00')];
  const { hub, push } = aPush(new MemoryBatches(records));
  const known = { algorithm: 'git-blob', hex: gitBlobId(await buildShard(records)) } as const;
  hub.hashes = async () => new Map([['data/w1/2026-08/batch-1.parquet', known]]);
  expect(await push()).toMatchObject({ kind: 'pushed', commits: [] });
});

test('a shard that is there with other bytes stops the push, and nothing is overwritten', async () => {
  const { batches, hub, push } = aPush(new MemoryBatches([at('2026-08-03T12:00')]));
  const path = 'data/w1/2026-08/batch-1.parquet';
  hub.files.set(path, Buffer.from('something else'));
  expect(await push()).toMatchObject({
    kind: 'alarm',
    message: expect.stringContaining(`${path} is in the dataset with other`),
  });
  expect(text(hub.files.get(path))).toBe('something else');
  expect(batches.landed.size).toBe(0);
});

test('a day file that is there with other content stops the push, and nothing is overwritten', async () => {
  const { batches, hub, push } = aPush(new MemoryBatches([at('2026-08-02T12:00')]));
  hub.files.set('csv/w1/2026-08-02.csv', Buffer.from('something else'));
  expect(await push()).toMatchObject({ kind: 'alarm', message: expect.stringContaining('csv/w1/2026-08-02.csv') });
  expect(hub.commits).toEqual([]);
  expect(batches.landed.size).toBe(0);
});

test('a shard that never went out and builds into other bytes than an earlier version of the program built goes out as it is now', async () => {
  const { batches, hub, push, clock, log } = aPush(new MemoryBatches([at('2026-08-03T12:00')]));
  await batches.seal(clock.nowMs());
  await batches.built('batch-1', sha256(Buffer.from('as an earlier version built it')));
  expect(await push()).toMatchObject({ kind: 'pushed', attempts: 1 });
  const bytes = hub.files.get('data/w1/2026-08/batch-1.parquet')!;
  expect(batches.builtOf('batch-1')).toBe(sha256(bytes));
  expect(log.lines.filter(({ level }) => level === 'warn')).toHaveLength(1);
});

test('a batch of which records vanished stops the push', async () => {
  const { batches, hub, push, clock } = aPush(new MemoryBatches([at('2026-08-03T12:00'), at('2026-08-03T12:30')]));
  await batches.seal(clock.nowMs());
  batches.lose('batch-1');
  expect(await push()).toMatchObject({ kind: 'alarm', message: expect.stringContaining('sealed with 1 records') });
  expect(hub.commits).toEqual([]);
});

test('a shard that landed as it was built before is done, even if it would now build into other bytes', async () => {
  const { batches, hub, push, clock } = aPush(new MemoryBatches([at('2026-08-03T12:00')]));
  const asBuiltThen = Buffer.from('as an earlier version built it');
  await batches.seal(clock.nowMs());
  await batches.built('batch-1', sha256(asBuiltThen));
  hub.files.set('data/w1/2026-08/batch-1.parquet', asBuiltThen);
  expect(await push()).toMatchObject({ kind: 'pushed', commits: [], attempts: 1 });
  expect(text(hub.files.get('data/w1/2026-08/batch-1.parquet'))).toBe('as an earlier version built it');
});

test('a Hub that cannot be reached loses nothing: the batch stays, and goes out next time', async () => {
  const { batches, hub, push } = aPush(new MemoryBatches([at('2026-08-03T12:00')]));
  hub.failNext(new HubFailure('network', 'cannot reach the Hub'));
  expect(await push()).toEqual({
    kind: 'failed',
    failure: 'network',
    message: 'cannot reach the Hub',
    retryAfterMs: null,
    commits: [],
    attempts: 0,
    finals: 0,
  });
  expect(batches.landed.size).toBe(0);
  expect(await push()).toMatchObject({ kind: 'pushed', attempts: 1 });
});

test('a push that was told to stop changes nothing', async () => {
  const { batches, hub, push } = aPush(new MemoryBatches([at('2026-08-03T12:00')]));
  expect(await push(AbortSignal.abort())).toMatchObject({ kind: 'failed', failure: 'aborted' });
  expect(hub.files.size + batches.landed.size).toBe(0);
});

test('a fault of our own is thrown, not reported as the failure of the Hub', async () => {
  const { hub, push } = aPush(new MemoryBatches([at('2026-08-03T12:00')]));
  hub.commit = async () => {
    throw new TypeError('a bug');
  };
  expect(await push().catch((error) => error)).toBeInstanceOf(TypeError);
});
