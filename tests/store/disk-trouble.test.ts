import { describe, expect, test } from 'bun:test';
import { chmodSync, chownSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { csvHeader } from '../../src/domain/csv.ts';
import { openStore } from '../../src/store/open-store.ts';
import { aCycle, aRecord, DUE_AT_MS } from '../support/builders.ts';
import { SetClock } from '../support/set-clock.ts';
import { tempDir } from '../support/temp-dir.ts';
import { sqlitePlace } from './sqlite-place.ts';

const SCRIPT = Bun.fileURLToPath(import.meta.resolve('./append-until-full.ts'));
const open = (folder: string) =>
  openStore({ dataDir: join(folder, 'data'), csvPath: join(folder, 'b.csv') }, { clock: new SetClock() });
const idsIn = async (folder: string) => {
  using store = open(folder);
  return (await Array.fromAsync(store.read())).map(({ attemptId }) => attemptId);
};

/** Appends in a child that no file of which may grow beyond so many blocks of 512 bytes: to it, that is a full disk. */
async function appendWithin(folder: string, blocks: number, first: string): Promise<readonly string[]> {
  const command = `trap '' XFSZ; ulimit -f ${blocks}; exec "$0" "$@"`;
  const child = Bun.spawn(['sh', '-c', command, process.execPath, SCRIPT, folder, first], { stderr: 'inherit' });
  const lines = (await new Response(child.stdout).text()).trim().split('\n');
  await child.exited;
  return lines;
}

const storedIn = (lines: readonly string[]) =>
  lines.flatMap((line) => (line.startsWith('stored ') ? [line.slice('stored '.length)] : []));

describe('a full disk', () => {
  test('refuses by throwing; what was acknowledged before and after is there, once, and what was refused is not', async () => {
    using folder = tempDir();
    const lines = await appendWithin(folder.path, 6_000, 'a');
    const stored = storedIn(lines);

    expect(stored.length).toBeGreaterThan(20);
    expect(lines.filter((line) => line.startsWith('refused'))).toHaveLength(3);
    expect(await idsIn(folder.path)).toEqual([...stored]);

    const later = storedIn(await appendWithin(folder.path, 200_000, 'b'));
    expect(later).toHaveLength(150);
    expect(await idsIn(folder.path)).toEqual([...stored, ...later]);
  });

  test('from the start is said in clear words, and leaves nothing that hinders the next start', async () => {
    using folder = tempDir();
    const [line] = await appendWithin(folder.path, 8, 'a');
    expect(line).toMatch(/^cannot open: |^refused /);
    expect(await idsIn(folder.path)).toEqual([]);
  });
});

test('a read-only disk is said in clear words, and nothing that was stored is lost', async () => {
  using folder = tempDir();
  {
    using store = open(folder.path);
    await store.append([aRecord()]);
  }
  const isRoot = process.getuid?.() === 0; // may write anywhere: then somebody else tries
  const nobody = 65_534;
  if (isRoot) chownSync(folder.path, nobody, nobody);
  for (const name of ['data/tracker.db', 'data/lock.db', 'data/lock.json', 'data', '.'])
    chmodSync(join(folder.path, name), name.includes('.') && name !== '.' ? 0o444 : 0o555);

  const identity = isRoot ? { uid: nobody, gid: nobody } : {};
  const child = Bun.spawn([process.execPath, SCRIPT, folder.path, 'a'], { stderr: 'inherit', ...identity });
  const said = await new Response(child.stdout).text();
  await child.exited;

  for (const name of ['.', 'data', 'data/tracker.db', 'data/lock.db', 'data/lock.json'])
    chmodSync(join(folder.path, name), 0o755);
  expect(said).toMatch(
    /^cannot open: the lock in DATA_DIR cannot be taken|^cannot open: (DATA_DIR|tracker\.db in DATA_DIR) cannot be/,
  );
  expect(await idsIn(folder.path)).toEqual([aRecord().attemptId]);
});

describe('a clock that is set back', () => {
  test('loses nothing and seals nothing twice: rows, batches and days go on under names that never were', async () => {
    const clock = new SetClock('2026-08-03T12:00:00.000Z');
    using place = sqlitePlace(clock);
    using store = place.open();
    const before = aRecord({ cycleTimestampIso: '2026-08-03T12:00:00.000Z' });
    const after = aRecord({ cycleTimestampIso: '2026-08-01T12:00:00.000Z' });
    await store.append([before]);
    const [first] = await store.seal(clock.nowMs());
    await store.pushed([first!.name], [], null, clock.nowMs());

    clock.jumpWall(-2 * 24 * 3_600_000);
    await store.begin(aCycle({ dueAtMs: clock.nowMs() }), [], clock.nowMs());
    await store.finish(aCycle({ dueAtMs: clock.nowMs() }).cycleId, clock.nowMs());
    await store.append([after]);
    const [second] = await store.seal(clock.nowMs());

    expect(second!.name).not.toBe(first!.name);
    expect(await Array.fromAsync(store.recordsOf(second!.name))).toEqual([after]);
    expect(await Array.fromAsync(store.read())).toEqual([after, before]);
    expect(await store.sinceLastPush()).toBe(1);
    expect(store.csvBuffer('unpushed').refresh()).toBeNull();
    expect(readFileSync(place.settings.csvPath, 'utf8').startsWith(csvHeader())).toBe(true);
    expect(await store.daysToWrite('2026-08-01')).toEqual([]);
    expect(await store.daysToWrite('2026-08-04')).toEqual(['2026-08-01', '2026-08-03']);
  });

  test('to before a cycle that ran does not run it again in the same store', async () => {
    using place = sqlitePlace();
    using store = place.open();
    const cycle = aCycle({ dueAtMs: DUE_AT_MS });
    await store.begin(cycle, [], DUE_AT_MS);
    await store.finish(cycle.cycleId, DUE_AT_MS + 1);
    await store.begin(cycle, [], DUE_AT_MS);
    expect([await store.unfinished(), await store.sinceLastPush()]).toEqual([[], 1]);
  });
});
