import { describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import { tempDir } from '../support/temp-dir.ts';
import { runChaos } from './chaos.ts';
import { runChild } from './child.ts';
import { settingsIn, startQuickWorld } from './place.ts';
import { TAKEN_STEPS } from './shots.ts';

/** For a machine that does much else besides. */
const PATIENCE_MS = 600_000;

describe('a daemon that is killed again and again, with a Hub that misbehaves', () => {
  test(
    'has every record it acknowledged in the dataset once, whatever it was doing',
    async () => {
      const { tallies, lost, doubled, problems, acknowledged } = await runChaos({ kills: 100, seed: 20260803 });

      expect({ lost, doubled, problems }).toEqual({ lost: 0, doubled: 0, problems: [] });
      expect(TAKEN_STEPS.filter((step) => tallies.get(step)!.kills < 3)).toEqual([]);
      expect(acknowledged).toBeGreaterThan(200);
    },
    PATIENCE_MS,
  );

  test(
    'renames no file, so that there is no such step to be killed at',
    async () => {
      using folder = tempDir();
      await using world = await startQuickWorld(folder.path, 1);
      const environment = settingsIn(join(folder.path, 'store'), world);
      const kill = { step: 'rename', when: 'before', nth: 1, delayUs: 0 } as const;
      const plan = { kill, startAtMs: Date.now(), setBack: null, maxCycles: 1, sabotage: null };
      expect(await runChild({ environment, plan })).toMatchObject({ ended: true, wasKilled: false });
    },
    PATIENCE_MS,
  );
});

describe('the check can fail', () => {
  test(
    'a daemon that marks batches before they are pushed is found to lose records',
    async () => {
      const { lost } = await runChaos({ kills: 4, seed: 1, steps: ['put'], sabotage: 'mark-first' });
      expect(lost).toBeGreaterThan(0);
    },
    PATIENCE_MS,
  );

  test(
    'a daemon that draws a new name for each try is found to double records',
    async () => {
      const { doubled } = await runChaos({ kills: 4, seed: 1, steps: ['mark'], sabotage: 'random-names' });
      expect(doubled).toBeGreaterThan(0);
    },
    PATIENCE_MS,
  );
});
