import { describe, expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { csvHeader, csvText } from '../../src/domain/csv.ts';
import { isCsvRow } from '../../src/domain/record.ts';
import { StoreLockedError } from '../../src/store/errors.ts';
import { openStore, openStoreReader, type Store } from '../../src/store/open-store.ts';
import { aSkippedRecord } from '../support/builders.ts';
import { parseCsv } from '../support/csv.ts';
import { SetClock } from '../support/set-clock.ts';
import { tempDir } from '../support/temp-dir.ts';
import { rollupsIn } from './rollups-in.ts';

/** After how many of its reports each child is killed: a few, and enough for several pushes. */
const KILL_AFTER = [1, 9, 26, 53, 118, 240];

describe('a store whose process is killed', () => {
  test('has every record that was reported once, one final row per probe, and a CSV buffer that equals it', async () => {
    using folder = tempDir();
    const reported = { planned: new Set<string>(), stored: new Set<string>(), pushed: new Set<string>() };
    for (const reports of KILL_AFTER) {
      for (const line of await runUntilKilled(folder.path, reports)) {
        const [what, id] = line.split(' ') as [keyof typeof reported, string];
        reported[what].add(id);
      }
      using store = open(folder.path);
      await closeUnfinished(store);

      const records = await Array.fromAsync(store.read());
      const stored = records.map(({ attemptId }) => attemptId);
      expect(new Set(stored).size).toBe(stored.length);
      expect([...reported.stored].filter((id) => !stored.includes(id))).toEqual([]);

      const finals = records.filter(({ final }) => final).map(({ probeId }) => probeId);
      expect(new Set(finals).size).toBe(finals.length);
      expect([...reported.planned].filter((id) => !finals.includes(id))).toEqual([]);

      const kept = await rollupsIn(store);
      for (const _day of store.rebuildRollups());
      expect(kept).toEqual(await rollupsIn(store));

      const waiting = await store.seal(0);
      expect(waiting.filter(({ name }) => reported.pushed.has(name))).toEqual([]);

      expect(store.csvBuffer('unpushed').refresh()).toBeNull();
      const batches = await Array.fromAsync(waiting, ({ name }) => Array.fromAsync(store.recordsOf(name)));
      const unpushed = batches.flat().filter(isCsvRow);
      const buffer = readFileSync(join(folder.path, 'buffer.csv'), 'utf8');
      expect(parseCsv(buffer).toSorted()).toEqual(parseCsv(csvHeader() + csvText(unpushed)).toSorted());
    }
    expect(reported.pushed.size).toBeGreaterThan(1);
  });

  test('is refused to a second process while the first lives, is readable beside it, and is free at once when it is killed', async () => {
    using folder = tempDir();
    await using child = startChild(folder.path);
    await child.reports.next();

    expect(() => open(folder.path)).toThrow(StoreLockedError);
    expect(() => open(folder.path)).toThrow(`in use by process ${child.pid} since 2026-08-01T00:00:00.000Z`);
    {
      using reader = openStoreReader({ dataDir: join(folder.path, 'data') });
      expect(reader.writer).toMatch(/^[0-9a-f]{12}$/);
      expect(Array.isArray(await Array.fromAsync(reader.read()))).toBe(true);
    }
    await child.kill();
    using store = open(folder.path);
    expect(await store.lastBeganAtMs()).not.toBeNull();
  });
});

const open = (folder: string) =>
  openStore({ dataDir: join(folder, 'data'), csvPath: join(folder, 'buffer.csv') }, { clock: new SetClock() });

/** What the daemon does at its start. */
async function closeUnfinished(store: Store): Promise<void> {
  for (const { cycle, open } of await store.unfinished()) {
    const cycleTimestampIso = new Date(cycle.dueAtMs).toISOString();
    await store.append(
      open.map(({ probe, attempts }) =>
        aSkippedRecord({
          probeId: probe.probeId,
          cycleId: cycle.cycleId,
          cycleTimestampIso,
          attempt: attempts && attempts + 1,
        }),
      ),
    );
    await store.finish(cycle.cycleId, cycle.dueAtMs);
  }
  expect(await store.unfinished()).toEqual([]);
}

/** @returns all that it reported, also what came while the signal was on its way */
async function runUntilKilled(folder: string, reports: number): Promise<readonly string[]> {
  await using child = startChild(folder);
  const lines: string[] = [];
  for await (const line of child.reports) {
    lines.push(line);
    if (lines.length === reports) child.kill();
  }
  return lines;
}

function startChild(folder: string) {
  const child = Bun.spawn(
    [process.execPath, Bun.fileURLToPath(import.meta.resolve('./append-until-killed.ts')), folder],
    {
      stdout: 'pipe',
      stderr: 'inherit',
    },
  );
  const kill = async () => {
    child.kill('SIGKILL');
    await child.exited;
  };
  return { pid: child.pid, reports: linesOf(child.stdout), kill, [Symbol.asyncDispose]: kill };
}

async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const bytes of stream) {
    const lines = (rest + decoder.decode(bytes, { stream: true })).split('\n');
    rest = lines.pop()!;
    yield* lines;
  }
}
