import { describe, expect, test } from 'bun:test';
import { IS_POSTGRES_SKIPPED } from '../support/postgres.ts';
import type { Act } from './fleet/acts.ts';
import { runFleetChaos } from './fleet/fleet-chaos.ts';

/** For a machine that does much else besides. */
const PATIENCE_MS = 600_000;

describe.skipIf(IS_POSTGRES_SKIPPED)('a fleet that is killed and cut again and again', () => {
  test(
    'loses nothing, doubles nothing and keeps to its limits; one without limits is found out',
    async () => {
      const acts: readonly Act[] = [
        'worker killed',
        'leader killed',
        'connections cut',
        'worker paused',
        'database stopped',
      ];
      const [sound, unlimited] = await Promise.all([
        runFleetChaos({ kills: acts.length, seed: 20260803, acts }),
        runFleetChaos({ kills: 1, seed: 1, acts: ['worker killed'], control: 'no-limit' }),
      ]);

      expect(sound).toMatchObject({ lost: [], doubled: [], problems: [] });
      expect(sound.acknowledged).toBeGreaterThan(50);
      expect(sound.failOvers).toHaveLength(1);
      expect(unlimited.problems).not.toEqual([]);
    },
    PATIENCE_MS,
  );
});
