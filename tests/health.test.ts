import { describe, expect, test } from 'bun:test';
import { sampleOf } from '../src/domain/sample.ts';
import { createHealthWatch } from '../src/health.ts';
import { createRecent } from '../src/recent.ts';
import { openRig, type RigOptions } from './daemon/rig.ts';
import { anExchange } from './support/builders.ts';
import { tempDir } from './support/temp-dir.ts';

function openWatched(options: Omit<RigOptions, 'folder'>, folder: string) {
  const rig = openRig({ ...options, folder });
  const recent = createRecent();
  const { watcher, health } = createHealthWatch(rig.parts, recent);
  const all = {
    ...watcher,
    stored(record: Parameters<NonNullable<typeof watcher.stored>>[0]) {
      const sample = sampleOf(record);
      if (sample !== null) recent.add(sample);
      watcher.stored?.(record);
    },
  };
  return {
    rig,
    health,
    run: (cycles: number) => rig.clock.passUntil(rig.run(all, cycles)),
    [Symbol.dispose]: () => rig[Symbol.dispose](),
  };
}

describe('how the program is', () => {
  test('before the first cycle nothing is known, and nothing is zero that is unknown', async () => {
    using folder = tempDir();
    using watched = openWatched({}, folder.path);
    expect(await watched.health()).toMatchObject({
      lastCycle: null,
      cycleMs: null,
      targets: 0,
      leastRecentlyAskedAtMs: null,
      neverAsked: 0,
      workerLagMs: null,
      instrumentErrorP99Ms: null,
      budgetUsdPerDay: null,
      isStoreWritable: true,
    });
  });

  test('after a cycle every target was asked, no probe is open, and what is not pushed is the backlog', async () => {
    using folder = tempDir();
    using watched = openWatched({ environment: { PUSH_INTERVAL_CYCLES: '100' } }, folder.path);
    await watched.run(1);
    const { lastCycle, nextCycleAtMs, ...health } = await watched.health();
    expect(lastCycle?.endedAtMs).toBeGreaterThanOrEqual(lastCycle!.beganAtMs);
    expect(health.cycleMs).toBe(lastCycle!.endedAtMs! - lastCycle!.beganAtMs);
    expect(nextCycleAtMs).toBe(lastCycle!.dueAtMs + health.intervalMs);
    expect(health).toMatchObject({
      targets: 3,
      neverAsked: 0,
      leastRecentlyAskedAtMs: lastCycle!.dueAtMs,
      probesWaiting: 0,
      probesRunning: 0,
      workerLagMs: 1,
      pushFailures: null,
    });
    expect(health.spentUsdToday).toBeGreaterThanOrEqual(0);
  });

  test('while probes run it says how many run and how many wait', async () => {
    using folder = tempDir();
    const seen: string[] = [];
    const exchange = async () => {
      const { probesWaiting, probesRunning } = await watched.health();
      seen.push(`${probesRunning} run, ${probesWaiting} wait`);
      return anExchange();
    };
    using watched = openWatched({ exchange, environment: { PROBE_CONCURRENCY: '1' } }, folder.path);
    await watched.run(1);
    expect(seen).toEqual(['1 run, 2 wait', '1 run, 1 wait', '1 run, 0 wait']);
  });

  test('a disk that refuses makes the store unwritable, until it takes again', async () => {
    using folder = tempDir();
    const seen: boolean[] = [];
    const exchange = async () => {
      watched.rig.disk.refuses = true;
      return anExchange();
    };
    using watched = openWatched({ exchange, environment: { PROBE_CONCURRENCY: '1' } }, folder.path);
    const { clock, disk } = watched.rig;
    const run = watched.run(1);
    clock.sleep(500).then(async () => seen.push((await watched.health()).isStoreWritable));
    for (const ms of [700, 10_000, 20_000, 30_000]) clock.sleep(ms).then(() => (disk.refuses = false));
    await run;
    expect([...seen, (await watched.health()).isStoreWritable]).toEqual([false, true]);
  });

  test('without a dataset there is neither a backlog nor a push that fails', async () => {
    using folder = tempDir();
    using watched = openWatched({ environment: { PUSH: 'off' } }, folder.path);
    expect(await watched.health()).toMatchObject({ backlog: null, pushFailures: null });
  });
});
