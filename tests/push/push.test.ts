import { expect, test } from 'bun:test';
import type { AttemptRecord } from '../../src/domain/record.ts';
import { createHub } from '../../src/push/hub.ts';
import { pushWithRetries } from '../../src/push/push.ts';
import { aRecord, TOKEN } from '../support/builders.ts';
import { type Fault, HubDouble } from '../support/hub-double.ts';
import { recordingLog } from '../support/log.ts';
import { MemoryBatches } from '../support/memory-batches.ts';
import { memoryRollups } from '../support/memory-rollups.ts';
import { queryParquet } from '../support/read-parquet.ts';
import { SetClock } from '../support/set-clock.ts';

const REPO = 'acme/metrics';
const never = new AbortController().signal;

/** A clock on which every sleep that is no time-out ends at once, and is remembered. */
class SkippingClock extends SetClock {
  readonly waits: number[] = [];
  override sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (ms >= 90_000 && ms < 100_000) return super.sleep(ms, signal);
    this.waits.push(ms);
    return signal?.aborted ? Promise.reject(signal.reason) : Promise.resolve();
  }
}

/** The real client and a Hub over HTTP, 3 batches of 4 records waiting, two of them of a closed day. */
async function aPush({ clock = new SkippingClock('2026-08-03T14:00:00.000Z') }: { clock?: SetClock } = {}) {
  const records = Array.from({ length: 12 }, (_, i) =>
    aRecord({
      cycleTimestampIso: i < 2 ? '2026-08-02T23:30:00.000Z' : '2026-08-03T12:00:00.000Z',
      providerName: `p${i}`,
    }),
  );
  const batches = new MemoryBatches(records, { recordsPerBatch: 4 });
  const double = await HubDouble.start({ token: TOKEN, repo: REPO });
  const log = recordingLog();
  const hub = createHub({ token: TOKEN, repo: REPO, hubEndpoint: double.origin, clock, log });
  const parts = {
    batches,
    rollups: memoryRollups(),
    hub,
    settings: { csvFilename: 'metrics.csv' },
    writer: 'w1',
    clock,
    log,
    random: () => 0.5,
  };
  return {
    ...{ records, batches, double, clock, log },
    push: (signal = never) => pushWithRetries(parts, signal),
    [Symbol.asyncDispose]: () => double[Symbol.asyncDispose](),
  };
}

/** Every record is in the dataset, and no record twice. */
async function expectAllOnce(double: HubDouble, records: readonly AttemptRecord[]): Promise<void> {
  const shards = [...double.files].filter(([path]) => path.startsWith('data/')).map(([, bytes]) => bytes);
  const rows = await queryParquet(shards, 'SELECT attempt_id FROM read_parquet($files) ORDER BY attempt_id');
  expect(rows.map(({ attempt_id }) => attempt_id)).toEqual(records.map(({ attemptId }) => attemptId).sort());
}

const waitsOf = ({ clock }: { clock: SetClock }) => (clock as SkippingClock).waits;

test('everything that waits goes out in one commit', async () => {
  await using dataset = await aPush();
  expect(await dataset.push()).toMatchObject({ kind: 'pushed', attempts: 12, finals: 12 });
  expect(dataset.double.commits).toHaveLength(1);
  expect(dataset.double.commits[0]?.paths).toEqual([
    'data/w1/2026-08/batch-1.parquet',
    'data/w1/2026-08/batch-2.parquet',
    'data/w1/2026-08/batch-3.parquet',
    'csv/w1/2026-08-02.csv',
    'metrics.csv',
  ]);
  await expectAllOnce(dataset.double, dataset.records);
});

test.each([
  ['500 after it was made', { kind: 'answer-after', status: 500 }],
  ['504 after it was made', { kind: 'answer-after', status: 504 }],
  ['a cut connection after it was made', { kind: 'cut-after' }],
  ['a good answer without an id', { kind: 'answer-after', status: 200, body: '{"success":true}' }],
] as const)('a commit answered with %s is not made twice', async (_what, fault) => {
  await using dataset = await aPush();
  dataset.double.fail('commit', fault);
  expect(await dataset.push()).toEqual({ kind: 'pushed', commits: [], attempts: 12, finals: 12 });
  expect(dataset.double.commits).toHaveLength(1);
  expect([...dataset.batches.landed.values()]).toEqual([null, null, null, null]);
  await expectAllOnce(dataset.double, dataset.records);
});

test.each([
  ['paths-info', { kind: 'answer', status: 500 }],
  ['preupload', { kind: 'cut' }],
  ['batch', { kind: 'answer', status: 503 }],
  ['upload', { kind: 'answer', status: 500 }],
  ['upload', { kind: 'answer', status: 403 }],
  ['commit', { kind: 'answer', status: 412 }],
  ['commit', { kind: 'answer', status: 409 }],
  ['commit', { kind: 'cut' }],
  ['commit', { kind: 'answer', status: 429 }],
] as const satisfies readonly (readonly [string, Fault])[])(
  'a %s that fails with %j is tried again',
  async (step, fault) => {
    await using dataset = await aPush();
    dataset.double.fail(step, fault);
    expect(await dataset.push()).toMatchObject({ kind: 'pushed', attempts: 12, commits: [expect.any(String)] });
    expect(dataset.double.commits).toHaveLength(1);
    expect(waitsOf(dataset)).toEqual([1_000]);
    await expectAllOnce(dataset.double, dataset.records);
  },
);

test('a tree listed as it was before the commit leads to the same bytes under the same names', async () => {
  await using dataset = await aPush();
  dataset.double.fail('commit', { kind: 'answer-after', status: 500 });
  dataset.double.fail('paths-info', { kind: 'stale' }, { kind: 'stale' });
  const before = new Map(dataset.double.files);
  expect(await dataset.push()).toMatchObject({ kind: 'pushed', attempts: 12 });
  expect(before.size).toBe(0);
  expect(dataset.double.files.size).toBe(5);
  await expectAllOnce(dataset.double, dataset.records);
});

test('waits double, with jitter, and end after five tries; nothing is lost', async () => {
  await using dataset = await aPush();
  dataset.double.fail('paths-info', ...Array<Fault>(5).fill({ kind: 'answer', status: 502 }));
  expect(await dataset.push()).toMatchObject({ kind: 'failed', failure: 'unavailable' });
  expect(waitsOf(dataset)).toEqual([1_000, 2_000, 4_000, 8_000]);
  expect(dataset.batches.landed.size).toBe(0);
  expect(await dataset.push()).toMatchObject({ kind: 'pushed', attempts: 12 });
});

test('429 waits as long as it is told', async () => {
  await using dataset = await aPush();
  const slowDown = (headers: Record<string, string>): Fault => ({ kind: 'answer', status: 429, headers });
  dataset.double.fail('paths-info', slowDown({ 'retry-after': '17' }), slowDown({ ratelimit: '"api";r=0;t=55' }));
  expect(await dataset.push()).toMatchObject({ kind: 'pushed' });
  expect(waitsOf(dataset)).toEqual([17_000, 55_000]);
});

test('told to wait an hour, the push leaves it to the next turn', async () => {
  await using dataset = await aPush();
  dataset.double.fail('commit', { kind: 'answer', status: 429, headers: { 'retry-after': '3600' } });
  expect(await dataset.push()).toMatchObject({ kind: 'failed', failure: 'rate_limited', retryAfterMs: 3_600_000 });
  expect(waitsOf(dataset)).toEqual([]);
});

test.each([
  [401, 'unauthorized'],
  [403, 'forbidden'],
  [404, 'not_found'],
  [422, 'rejected'],
] as const)('%d is not tried again: a person must mend it', async (status, failure) => {
  await using dataset = await aPush();
  dataset.double.fail('commit', { kind: 'answer', status });
  expect(await dataset.push()).toMatchObject({ kind: 'failed', failure });
  expect(dataset.double.requests.filter(({ step }) => step === 'commit')).toHaveLength(1);
  expect(dataset.batches.landed.size).toBe(0);
});

test('an alarm is not tried again', async () => {
  await using dataset = await aPush();
  await dataset.batches.seal(dataset.clock.nowMs());
  dataset.batches.lose('batch-2');
  expect(await dataset.push()).toMatchObject({ kind: 'alarm', message: expect.stringContaining('batch-2.parquet') });
  expect(dataset.double.requests.map(({ step }) => step)).toEqual(['paths-info']);
});

test('what landed before a failure is counted with what lands after it', async () => {
  const clock = new SkippingClock('2026-08-03T14:00:00.000Z');
  const many = Array.from({ length: 100 }, (_, i) =>
    aRecord({ providerName: `p${i}`, cycleTimestampIso: '2026-08-03T12:00:00.000Z' }),
  );
  await using double = await HubDouble.start({ token: TOKEN, repo: REPO });
  const log = recordingLog();
  const hub = createHub({ token: TOKEN, repo: REPO, hubEndpoint: double.origin, clock, log });
  const batches = new MemoryBatches(many, { recordsPerBatch: 1 });
  double.fail('paths-info', { kind: 'answer', status: 200, body: '[]' }, { kind: 'answer', status: 500 });
  const rollups = memoryRollups();
  const parts = { batches, rollups, hub, settings: { csvFilename: null }, writer: 'w1', clock, log };

  const result = await pushWithRetries(parts, never);
  expect(result).toMatchObject({
    kind: 'pushed',
    attempts: 100,
    finals: 100,
    commits: [expect.any(String), expect.any(String)],
  });
  expect(double.commits).toHaveLength(2);
  await expectAllOnce(double, many);
});

test('being told to stop while waiting ends the push at once', async () => {
  await using dataset = await aPush({ clock: new SetClock('2026-08-03T14:00:00.000Z') });
  dataset.double.fail('paths-info', { kind: 'answer', status: 429, headers: { 'retry-after': '60' } });
  const stop = new AbortController();
  const result = dataset.push(stop.signal);
  while (!dataset.log.lines.some(({ message }) => message.includes('trying again'))) await new Promise(setImmediate);
  stop.abort();
  expect(await result).toMatchObject({ kind: 'failed', failure: 'rate_limited' });
  expect(dataset.clock.sleeping).toBe(0);
});

test('what arrives between two tries goes out with the second', async () => {
  await using dataset = await aPush();
  dataset.double.fail('commit', { kind: 'answer-after', status: 500 });
  const late = aRecord({ cycleTimestampIso: '2026-08-03T13:30:00.000Z' });
  const { sleep } = dataset.clock;
  dataset.clock.sleep = (ms, signal) => {
    if (ms === 1_000) dataset.batches.add(late);
    return sleep.call(dataset.clock, ms, signal);
  };
  expect(await dataset.push()).toMatchObject({ kind: 'pushed', attempts: 13, commits: [expect.any(String)] });
  expect(dataset.double.commits.map(({ paths }) => paths.length)).toEqual([5, 2]);
  await expectAllOnce(dataset.double, [...dataset.records, late]);
});
