import { expect, test } from 'bun:test';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { tempDir } from '../support/temp-dir.ts';
import { runChild, startChild } from './child.ts';
import { Dataset } from './dataset.ts';
import { lookAfterKill, lookAtEnd } from './look.ts';
import { canMount, onReadOnlyDisk, onSmallDisk } from './own-disk.ts';
import { settingsIn, startQuickWorld } from './place.ts';
import type { ChildPlan } from './plan.ts';
import { Witness } from './witness.ts';

const NOON_MS = Date.parse('2026-08-03T12:00:00Z');
const plan: ChildPlan = { kill: null, startAtMs: NOON_MS, setBack: null, maxCycles: 1, sabotage: null };

async function aScene(folder: string) {
  const world = await startQuickWorld(folder, 1);
  const dataset = await Dataset.open(world.dataset);
  const home = join(folder, 'store');
  const environment = settingsIn(home, world);
  return {
    environment,
    scene: { folder: home, dataset, witness: new Witness() },
    async [Symbol.asyncDispose]() {
      dataset[Symbol.dispose]();
      await world[Symbol.asyncDispose]();
    },
  };
}

test.skipIf(!canMount)(
  'on a full disk the daemon says so, goes on once there is room, and loses nothing (skipped where nothing can be mounted)',
  async () => {
    using folder = tempDir();
    await using place = await aScene(folder.path);
    const { environment, scene } = place;
    const disk = join(folder.path, 'disk');
    mkdirSync(disk);
    const onDisk = { ...environment, DATA_DIR: join(disk, 'data'), LOCAL_CSV_PATH: join(disk, 'buffer.csv') };
    await using child = startChild({
      environment: onDisk,
      plan: { ...plan, maxCycles: 1_000 },
      wrapper: onSmallDisk(disk, 4_096),
    });
    const { said, logged, tell } = child;
    await said.until(/^stored /);
    tell(`dd if=/dev/zero of=${disk}/ballast bs=4k 2>/dev/null; echo full`);
    await said.until(/^full$/);
    await logged.until(/the store cannot be written/);
    tell(`rm ${disk}/ballast; echo room`);
    await said.until(/^room$/);
    await said.until(/^stored /);
    tell(`kill -9 $!; cp -r ${disk}/. ${scene.folder}; echo saved`);
    await said.until(/^saved$/);

    scene.witness.hear(await child.end());
    expect(await lookAfterKill(scene, NOON_MS)).toEqual({ lost: [], doubled: [], problems: [] });
    const laterMs = NOON_MS + 24 * 3_600_000;
    const end = await runChild({ environment, plan: { ...plan, startAtMs: laterMs } });
    expect(scene.witness.hear(end)).toEqual([]);
    expect(await lookAtEnd(scene, laterMs, 'metrics.csv')).toEqual({ lost: [], doubled: [], problems: [] });
  },
  60_000,
);

test.skipIf(!canMount)(
  'on a read-only disk the daemon refuses to start, says so and changes nothing; the next start is clean (skipped where nothing can be mounted)',
  async () => {
    using folder = tempDir();
    await using place = await aScene(folder.path);
    const { environment, scene } = place;
    const early = await runChild({ environment, plan });
    expect(scene.witness.hear(early)).toEqual([]);

    const refused = await runChild({ environment, plan, wrapper: onReadOnlyDisk(scene.folder) });
    expect(refused).toMatchObject({ ended: false, stored: [] });
    expect(refused.complaints.join('\n')).toMatch(/StoreError: .*DATA_DIR/);

    const end = await runChild({ environment, plan: { ...plan, startAtMs: NOON_MS + 60_000 } });
    expect(scene.witness.hear(end)).toEqual([]);
    expect(await lookAtEnd(scene, NOON_MS + 60_000, 'metrics.csv')).toEqual({ lost: [], doubled: [], problems: [] });
  },
  60_000,
);
