import { expect, test } from 'bun:test';
import { join } from 'node:path';
import { tempDir } from '../support/temp-dir.ts';
import { runChild } from './child.ts';
import { Dataset } from './dataset.ts';
import { lookAfterKill, lookAtEnd } from './look.ts';
import { settingsIn, startQuickWorld } from './place.ts';
import type { ChildPlan } from './plan.ts';
import { Witness } from './witness.ts';

const NOON_MS = Date.parse('2026-08-03T12:00:00Z');
const HOUR_MS = 3_600_000;
const plan = { kill: null, setBack: null, sabotage: null, maxCycles: 2, startAtMs: NOON_MS };

/** Each is one life of the daemon on the same store: today, a day ahead and put right while it runs, and today once more. */
const LIVES: readonly ChildPlan[] = [
  plan,
  { ...plan, startAtMs: NOON_MS + 24 * HOUR_MS, setBack: { afterCycles: 2, byMs: 24 * HOUR_MS }, maxCycles: 4 },
  { ...plan, startAtMs: NOON_MS + HOUR_MS },
];

test('a clock that was a day ahead and is set back repeats no cycle, loses nothing and leaves out of no day file what belongs there', async () => {
  using folder = tempDir();
  await using world = await startQuickWorld(folder.path, 1);
  using dataset = await Dataset.open(world.dataset);
  const home = join(folder.path, 'store');
  const environment = settingsIn(home, world);
  const witness = new Witness();
  const scene = { folder: home, dataset, witness };
  const daysLaterMs = NOON_MS + 72 * HOUR_MS;

  for (const life of LIVES) {
    const end = await runChild({ environment, plan: life });
    expect({ ended: end.ended, problems: witness.hear(end) }).toEqual({ ended: true, problems: [] });
    expect(await lookAfterKill(scene, life.startAtMs)).toEqual({ lost: [], doubled: [], problems: [] });
  }
  witness.hear(await runChild({ environment, plan: { ...plan, startAtMs: daysLaterMs } }));
  expect(await lookAtEnd(scene, daysLaterMs, 'metrics.csv')).toEqual({ lost: [], doubled: [], problems: [] });
}, 60_000);
