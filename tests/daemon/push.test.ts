import { expect, test } from 'bun:test';
import { isCsvRow } from '../../src/domain/record.ts';
import type { HubCommit } from '../../src/ports.ts';
import { HubFailure } from '../../src/push/hub-failure.ts';
import { apiModel } from '../catalog/hub-double.ts';
import { MemoryHub } from '../support/memory-hub.ts';
import { queryParquet } from '../support/read-parquet.ts';
import { SetClock } from '../support/set-clock.ts';
import { tempDir } from '../support/temp-dir.ts';
import { csvRows, LIST, openRig } from './rig.ts';

const ENDED = 'cycle ended';
const PUSHED = 'pushed';
const FAILED = 'push failed; everything is kept and goes with the next one';

/** A dataset whose commits wait at a gate. */
class GatedHub extends MemoryHub {
  readonly arrived = Promise.withResolvers<void>();
  readonly gate = Promise.withResolvers<void>();

  override async commit(commit: HubCommit, signal: AbortSignal) {
    this.arrived.resolve();
    await this.gate.promise;
    return super.commit(commit, signal);
  }
}

const unreachable = () => new HubFailure('unavailable', 'the Hub answers 503');
const shardsOf = (hub: MemoryHub) =>
  [...hub.files].filter(([path]) => path.endsWith('.parquet')).map(([, bytes]) => bytes);
const idsIn = async (hub: MemoryHub) => {
  const rows = await queryParquet(shardsOf(hub), 'SELECT attempt_id FROM read_parquet($files)');
  return rows.map(({ attempt_id }) => String(attempt_id)).toSorted();
};

test('what a cycle measured is in the dataset row for row, under a title that says how much it is', async () => {
  using folder = tempDir();
  const hub = new MemoryHub();
  using rig = openRig({ folder: folder.path, hub });

  await rig.clock.passUntil(rig.run({}, 1));

  const stored = await rig.records();
  expect(await idsIn(hub)).toEqual(stored.map(({ attemptId }) => attemptId).toSorted());
  expect(csvRows(new TextDecoder().decode(hub.files.get('metrics.csv')))).toHaveLength(stored.length);
  expect(hub.commits.map(({ title }) => title)).toEqual(['Add 3 attempts (3 final) of 2026-08-01 00:00 UTC']);
  expect(rig.log.of(PUSHED)[0]!.fields).toEqual({ attempts: 3, finals: 3, commit: 'https://hub.example/commit/1' });
});

test('a push follows every so many cycles, beside those that go on, and once more at the end', async () => {
  using folder = tempDir();
  const hub = new MemoryHub();
  using rig = openRig({ folder: folder.path, hub, environment: { PUSH_INTERVAL_CYCLES: '2' } });

  await rig.clock.passUntil(rig.run({}, 5));

  expect(hub.commits.map(({ title }) => title)).toEqual([
    'Add 6 attempts (6 final) of 2026-08-01 00:00 UTC',
    'Add 6 attempts (6 final) of 2026-08-01 00:00 UTC',
    'Add 3 attempts (3 final) of 2026-08-01 00:00 UTC',
  ]);
});

test('cycles are counted in the store, so that restarts do not postpone a push', async () => {
  using folder = tempDir();
  const clock = new SetClock();
  const hub = new MemoryHub();
  const environment = { PUSH_INTERVAL_CYCLES: '3' };
  for (const _run of [1, 2]) {
    using rig = openRig({ folder: folder.path, clock, hub, environment });
    hub.failNext(new HubFailure('forbidden', 'the token has no write right'));
    await clock.passUntil(rig.run({}, 1)); // the last push fails
  }
  using rig = openRig({ folder: folder.path, clock, hub, environment });
  const run = rig.run();
  await clock.passUntil(rig.log.said(PUSHED));

  expect(rig.log.of(ENDED)).toHaveLength(1);
  expect(hub.commits.map(({ title }) => title)).toEqual(['Add 9 attempts (9 final) of 2026-08-01 00:00 UTC']);
  rig.stop();
  await clock.passUntil(run);
});

test('a push that was due when the program ended follows at the next start, before any cycle', async () => {
  using folder = tempDir();
  const clock = new SetClock();
  const hub = new MemoryHub();
  {
    using rig = openRig({ folder: folder.path, clock, hub, environment: { PUSH_INTERVAL_CYCLES: '1' } });
    hub.failNext(new HubFailure('forbidden', 'the token has no write right'));
    await clock.passUntil(rig.run({}, 1));
  }
  using rig = openRig({ folder: folder.path, clock, hub, environment: { PUSH_INTERVAL_CYCLES: '1' } });
  const run = rig.run();
  await clock.passUntil(rig.log.said(PUSHED));
  rig.stop();
  await clock.passUntil(run);

  expect(rig.log.of(ENDED)).toEqual([]);
  expect(hub.commits).toHaveLength(1);
});

test('a push that fails loses nothing, is said, and goes with the next one', async () => {
  using folder = tempDir();
  const hub = new MemoryHub();
  using rig = openRig({ folder: folder.path, hub, environment: { PUSH_INTERVAL_CYCLES: '1' } });
  hub.failNext(new HubFailure('forbidden', 'the token has no write right'));

  const run = rig.run({}, 2);
  await rig.clock.passUntil(rig.log.said(FAILED));
  expect(rig.bufferRows()).toHaveLength(3);
  await rig.clock.passUntil(run);

  expect(rig.log.of(FAILED).map(({ level, fields }) => [level, fields])).toEqual([
    ['warn', { reason: 'the token has no write right' }],
  ]);
  expect(await idsIn(hub)).toEqual((await rig.records()).map(({ attemptId }) => attemptId).toSorted());
  expect(shardsOf(hub)).toHaveLength(2);
});

test('a Hub that is slow or away delays no cycle, and is asked again', async () => {
  using folder = tempDir();
  const hub = new MemoryHub();
  using rig = openRig({ folder: folder.path, hub, environment: { PUSH_INTERVAL_CYCLES: '1' } });
  hub.failNext(unreachable(), unreachable(), new HubFailure('rate_limited', 'too many requests', 45_000));

  const run = rig.run();
  await rig.clock.passUntil(rig.log.said(PUSHED));
  rig.stop();
  await rig.clock.passUntil(run);

  const dues = rig.log.of(ENDED).map(({ fields }) => String(fields.cycle).slice(14, 19));
  expect(dues.slice(0, 5)).toEqual(['00:00', '00:10', '00:20', '00:30', '00:40']);
  expect(rig.log.of('push failed; trying again').at(-1)!.fields.seconds).toBe(45);
  expect(await idsIn(hub)).toEqual((await rig.records()).map(({ attemptId }) => attemptId).toSorted());
});

test('after a push the buffer holds its header and what came since', async () => {
  using folder = tempDir();
  const hub = new GatedHub();
  using rig = openRig({ folder: folder.path, hub, environment: { PUSH_INTERVAL_CYCLES: '1' } });

  const run = rig.run();
  await rig.clock.passUntil(hub.arrived.promise);
  await rig.clock.passUntil(rig.log.said(ENDED, 2)); // a cycle while the commit is under way
  expect(rig.bufferRows()).toHaveLength(6);
  hub.gate.resolve();
  await rig.log.said(PUSHED);

  const since = (await rig.records()).filter(
    (record) => isCsvRow(record) && record.cycleTimestampIso.endsWith('10.000Z'),
  );
  expect(rig.bufferRows().map((row) => row.cycle_timestamp_iso)).toEqual(since.map((row) => row.cycleTimestampIso));
  expect(since).toHaveLength(3);
  rig.stop();
  await rig.clock.passUntil(run);
  expect(rig.bufferRows()).toEqual([]);
});

test('with PUSH=off nothing is pushed, and the buffer holds what is there', async () => {
  using folder = tempDir();
  const hub = new MemoryHub();
  using rig = openRig({ folder: folder.path, hub, environment: { PUSH: 'off', PUSH_INTERVAL_CYCLES: '1' } });

  await rig.clock.passUntil(rig.run({}, 2));

  expect(hub.commits).toEqual([]);
  expect(rig.bufferRows()).toHaveLength(6);
});

test('the day that is over goes as a file of its own, beside the shard', async () => {
  using folder = tempDir();
  const hub = new MemoryHub();
  using rig = openRig({ folder: folder.path, hub, clock: new SetClock('2026-08-01T23:59:50.000Z') });
  rig.answers[LIST] = [apiModel('acme/one')];

  await rig.clock.passUntil(rig.run({}, 2));

  const { writer } = rig.parts.store;
  const day = csvRows(new TextDecoder().decode(hub.files.get(`csv/${writer}/2026-08-01.csv`)));
  expect(day.map(({ cycle_timestamp_iso }) => cycle_timestamp_iso)).toEqual(['2026-08-01T23:59:50.000Z']);
  expect([...hub.files.keys()].map((path) => path.split('/')[0])).toEqual(['data', 'csv', 'daily', 'metrics.csv']);
});
