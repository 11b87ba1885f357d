import { expect, test } from 'bun:test';
import type { AttemptRecord } from '../../src/domain/record.ts';
import { pushOnce } from '../../src/push/push-once.ts';
import { aRecord } from '../support/builders.ts';
import { recordingLog } from '../support/log.ts';
import { MemoryBatches } from '../support/memory-batches.ts';
import { MemoryHub } from '../support/memory-hub.ts';
import { memoryRollups } from '../support/memory-rollups.ts';
import { SetClock } from '../support/set-clock.ts';

const DAY_MS = 24 * 3600 * 1000;
const MONDAY_MS = Date.parse('2026-08-03T00:00:00.000Z');
const MB = 1024 * 1024;
/** 48 cycles of 200 targets with replies of 3.5 KB make a day's CSV of 35 MB. Here the same bytes come in fewer rows, which builds faster. */
const ROWS_PER_DAY = 48;
const BODY = 'a reply '.repeat((35 * MB) / ROWS_PER_DAY / 8);

const week = (): AttemptRecord[] =>
  Array.from({ length: 7 * ROWS_PER_DAY }, (_, i) =>
    aRecord({
      cycleTimestampIso: new Date(MONDAY_MS + Math.floor((i * DAY_MS) / ROWS_PER_DAY)).toISOString(),
      responseBodyRaw: BODY,
    }),
  );

/** Tells how many days were rendered before each commit. */
class WatchedBatches extends MemoryBatches {
  rendered = 0;
  override csvRowsOfFile(name: string): AsyncGenerator<AttemptRecord> {
    this.rendered++;
    return super.csvRowsOfFile(name);
  }
}

test('a week without the Hub goes out in few commits, each within its limits, and is never in memory as a whole', async () => {
  const records = week();
  const batches = new WatchedBatches(records, { recordsPerBatch: ROWS_PER_DAY });
  const hub = new MemoryHub();
  const held: number[] = [];
  const { commit } = hub;
  let committed = 0;
  hub.commit = (made, signal) => {
    held.push(batches.rendered - committed);
    committed += made.files.filter(({ path }) => path.startsWith('csv/')).length;
    return commit.call(hub, made, signal);
  };
  const clock = new SetClock('2026-08-11T06:00:00.000Z'); // Tuesday: nothing of the week is in metrics.csv
  const parts = {
    batches,
    rollups: memoryRollups(),
    hub,
    settings: { csvFilename: 'metrics.csv' },
    writer: 'w1',
    clock,
    log: recordingLog(),
  };

  expect(await pushOnce(parts, new AbortController().signal)).toMatchObject({
    kind: 'pushed',
    attempts: records.length,
  });

  expect(hub.commits.length).toBeLessThanOrEqual(8); // of 128 an hour
  for (const { files } of hub.commits) {
    expect(files.length).toBeLessThan(100);
    const large = files.filter(({ path }) => path.startsWith('csv/')).length;
    const bytes = files.reduce((sum, file) => sum + file.bytes.length, 0);
    expect(large === 1 || bytes <= 32 * MB).toBe(true);
  }
  expect(Math.max(...held)).toBe(1);
  const kinds = Map.groupBy(hub.files.keys(), (path) => path.split('/')[0]!);
  expect([kinds.get('data')?.length, kinds.get('csv')?.length]).toEqual([7, 7]);
}, 30_000);
