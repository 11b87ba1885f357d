import { expect, test } from 'bun:test';
import type { AttemptRecord } from '../../src/domain/record.ts';
import { knowsDays } from '../../src/push/card.ts';
import { createCardKeeper } from '../../src/push/card-keeper.ts';
import { gitBlobId } from '../../src/push/content-hash.ts';
import { HubFailure, type HubFailureKind } from '../../src/push/hub-failure.ts';
import { pushOnce } from '../../src/push/push-once.ts';
import { aRecord } from '../support/builders.ts';
import { recordingLog } from '../support/log.ts';
import { MemoryBatches } from '../support/memory-batches.ts';
import { MemoryHub } from '../support/memory-hub.ts';
import { memoryRollups } from '../support/memory-rollups.ts';
import { SetClock } from '../support/set-clock.ts';

const never = new AbortController().signal;
const TODAY = '2026-08-03T12:00:00.000Z';
const YESTERDAY = '2026-08-02T12:00:00.000Z';
let made = 0;
const rowOf = (cycleTimestampIso: string): AttemptRecord => aRecord({ cycleTimestampIso, providerName: `p${made++}` });

/** Pushes at 14:00 on 3 August 2026, each with one new row. */
function aDataset(hub = new MemoryHub()) {
  const batches = new MemoryBatches();
  const log = recordingLog();
  const clock = new SetClock('2026-08-03T14:00:00.000Z');
  const settings = { csvFilename: 'metrics.csv' };
  const parts = { batches, rollups: memoryRollups(), hub, settings, writer: 'w1', clock, log };
  const restarted = () => createCardKeeper({ repo: 'acme/metrics', hub, log });
  let card = restarted();
  return {
    ...{ hub, batches, log },
    restart: () => {
      card = restarted();
    },
    push(row = rowOf(TODAY), signal = never) {
      batches.add(row);
      return pushOnce({ ...parts, card }, signal);
    },
    edit: (change: (card: string) => string) =>
      hub.files.set('README.md', Buffer.from(change(textOf(hub.files.get('README.md'))))),
  };
}

const textOf = (bytes: Uint8Array | undefined) => Buffer.from(bytes ?? []).toString();
const cardsIn = ({ hub }: { hub: MemoryHub }) =>
  hub.commits.map(({ files }) => files.some(({ path }) => path === 'README.md'));

test('the card goes out with the first shard, in the same commit, and is said', async () => {
  const dataset = aDataset();
  expect(await dataset.push()).toMatchObject({ kind: 'pushed', commits: [expect.any(String)] });
  expect(dataset.hub.commits[0]!.files.map(({ path }) => path)).toEqual([
    'data/w1/2026-08/batch-1.parquet',
    'metrics.csv',
    'README.md',
  ]);
  expect(dataset.hub.commits[0]!.description).toContain('- README.md: the card, renewed');
});

test('a card that is right is not sent again, and not even read', async () => {
  const dataset = aDataset();
  await dataset.push();
  const reads = dataset.hub.texts.length;
  await dataset.push();
  await dataset.push();
  expect(cardsIn(dataset)).toEqual([true, false, false]);
  expect(dataset.hub.texts.length).toBe(reads);
});

test('after a restart it is read once', async () => {
  const dataset = aDataset();
  await dataset.push();
  dataset.restart();
  const reads = dataset.hub.texts.length;
  await dataset.push();
  await dataset.push();
  expect(cardsIn(dataset)).toEqual([true, false, false]);
  expect(dataset.hub.texts.length).toBe(reads + 1);
});

test('the config of the days appears with their first file, and stays', async () => {
  const dataset = aDataset();
  const keeper = createCardKeeper({ repo: 'acme/metrics', hub: dataset.hub, log: dataset.log });
  await dataset.push();
  const there = { algorithm: 'git-blob', hex: gitBlobId(dataset.hub.files.get('README.md')!) } as const;
  const { bytes } = (await keeper.renewal(there, ['daily/w1/2026-08.parquet'], never))!;
  expect(knowsDays(textOf(bytes))).toBe(true);

  dataset.hub.files.set('README.md', bytes);
  dataset.restart();
  await dataset.push();
  expect(cardsIn(dataset)).toEqual([true, false]);
  const renewed = { algorithm: 'git-blob', hex: gitBlobId(bytes) } as const;
  expect(await keeper.renewal(renewed, ['daily/w1/2026-08.parquet'], never)).toBeNull();
});

test('somebody who edits the card keeps their words', async () => {
  const dataset = aDataset();
  await dataset.push();
  dataset.edit((card) => card.replace('# Metrics of inference providers', '# Ours').replace('## Load it', '## broken'));
  await dataset.push();
  const card = textOf(dataset.hub.files.get('README.md'));
  expect(card).toContain('# Ours');
  expect(card).toContain('## Load it');
  expect(cardsIn(dataset)).toEqual([true, true]);
});

test('a card without our marks is left alone; that is said once', async () => {
  const dataset = aDataset();
  dataset.hub.files.set('README.md', Buffer.from('# All mine\n'));
  await dataset.push();
  await dataset.push(rowOf(YESTERDAY));
  await dataset.push();
  expect(textOf(dataset.hub.files.get('README.md'))).toBe('# All mine\n');
  expect(dataset.hub.texts).toEqual(['README.md']);
  expect(dataset.log.lines.filter(({ message }) => message.includes('none of our marks'))).toHaveLength(1);
});

test('a listing that is older than the card makes nobody lose their words', async () => {
  const dataset = aDataset();
  dataset.hub.files.set('README.md', Buffer.from('# All mine\n'));
  dataset.hub.hashes = async () => new Map();
  await dataset.push();
  expect(textOf(dataset.hub.files.get('README.md'))).toBe('# All mine\n');
});

test.each(['rate_limited', 'unavailable', 'network', 'rejected'] as const satisfies readonly HubFailureKind[])(
  'a card that cannot be read (%s) holds up no data, and is tried again with the next push',
  async (kind) => {
    const dataset = aDataset();
    const { text } = dataset.hub;
    dataset.hub.text = () => Promise.reject(new HubFailure(kind, 'no'));
    expect(await dataset.push()).toMatchObject({ kind: 'pushed', attempts: 1 });
    dataset.hub.text = text;
    await dataset.push();
    expect(cardsIn(dataset)).toEqual([false, true]);
  },
);

test('a card that the Hub refuses holds up no data, and is not offered again', async () => {
  const dataset = aDataset();
  const { commit } = dataset.hub;
  dataset.hub.commit = (made, signal) =>
    made.files.some(({ path }) => path === 'README.md')
      ? Promise.reject(new HubFailure('rejected', 'the Hub refused with 400: Invalid metadata in README.md'))
      : commit.call(dataset.hub, made, signal);
  expect(await dataset.push()).toMatchObject({ kind: 'pushed', attempts: 1, commits: [expect.any(String)] });
  await dataset.push();
  expect(cardsIn(dataset)).toEqual([false, false]);
  expect(dataset.log.lines.filter(({ level }) => level === 'warn')).toEqual([
    expect.objectContaining({ fields: { reason: expect.stringContaining('Invalid metadata') } }),
  ]);
});

test('a commit that fails with its card takes it along again', async () => {
  const dataset = aDataset();
  const { commit } = dataset.hub;
  dataset.hub.commit = () => Promise.reject(new HubFailure('unavailable', 'the Hub answered 500'));
  expect(await dataset.push()).toMatchObject({ kind: 'failed' });
  dataset.hub.commit = commit;
  expect(await dataset.push()).toMatchObject({ kind: 'pushed', attempts: 2 });
  expect(cardsIn(dataset)).toEqual([true]);
});

test('being told to stop while the card is read ends the push', async () => {
  const dataset = aDataset();
  dataset.hub.text = () => Promise.reject(new HubFailure('aborted', 'stopped'));
  expect(await dataset.push()).toMatchObject({ kind: 'failed', failure: 'aborted' });
  expect(dataset.hub.commits).toEqual([]);
});
