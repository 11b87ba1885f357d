import { expect, test } from 'bun:test';
import { join } from 'node:path';
import { tempDir } from '../support/temp-dir.ts';
import { runChild, startChild } from './child.ts';
import { Dataset } from './dataset.ts';
import { lookAfterKill, lookAtEnd } from './look.ts';
import { settingsIn, startQuickWorld } from './place.ts';
import type { ChildPlan } from './plan.ts';
import { Witness } from './witness.ts';

const NOON_MS = Date.parse('2026-08-03T12:00:00Z');
const plan: ChildPlan = { kill: null, startAtMs: NOON_MS, setBack: null, maxCycles: 1, sabotage: null };
const NOTHING = { lost: [], doubled: [], problems: [] };
const INDEX = Bun.fileURLToPath(import.meta.resolve('../../index.ts'));

test('a second daemon on one store is refused while the first lives, harms nothing, and is let in as soon as the first is killed', async () => {
  using folder = tempDir();
  await using world = await startQuickWorld(folder.path, 1);
  using dataset = await Dataset.open(world.dataset);
  const home = join(folder.path, 'store');
  const environment = settingsIn(home, world);
  const scene = { folder: home, dataset, witness: new Witness() };
  await using first = startChild({ environment, plan: { ...plan, maxCycles: 1_000 } });
  await first.said.until(/^stored /);

  const second = Bun.spawnSync([process.execPath, INDEX, 'run'], { env: { ...environment, PATH: process.env.PATH } });
  expect(second.exitCode).toBe(1);
  expect(String(second.stderr)).toMatch(/^the store in DATA_DIR is in use by process \d+ since /m);
  await first.said.until(/^stored /);
  first.kill();
  expect(scene.witness.hear(await first.end())).toEqual([]);

  const laterMs = NOON_MS + 24 * 3_600_000;
  expect(await lookAfterKill(scene, laterMs)).toEqual(NOTHING);
  const third = await runChild({ environment, plan: { ...plan, startAtMs: laterMs } });
  expect({ ended: third.ended, problems: scene.witness.hear(third) }).toEqual({ ended: true, problems: [] });
  expect(await lookAtEnd(scene, laterMs, 'metrics.csv')).toEqual(NOTHING);
}, 60_000);
