import { SYSTEM_CLOCK } from '../src/parts.ts';
import { startWorld } from '../src/sim/world.ts';
import { openStore } from '../src/store/open-store.ts';
import type { Bench } from './bench.ts';
import { benchFolder } from './tracker.ts';

export const demoHistory: Bench = {
  about:
    'the ninety days with which the demo begins: every row of five models and all their providers made and appended to an empty store, ledger and rollups included',
  goals: { 'made and stored': { atMost: 10 } },
  async run({ quick }) {
    await using world = await startWorld({ seed: 1, story: { nowMs: SYSTEM_CLOCK.nowMs() } });
    using folder = benchFolder();
    using store = openStore({ dataDir: folder.path, csvPath: `${folder.path}/buffer.csv` }, { clock: SYSTEM_CLOCK });
    const identity = { writer: store.writer, location: 'bench', trackerVersion: '0' };
    const question = { prompt: 'Solve this: 123/2*3.2*9', expected: '1771.2', maxTokens: 4096 };
    const options = { days: quick ? 2 : 90, untilMs: SYSTEM_CLOCK.nowMs(), identity, question };

    let beganMs = performance.now();
    let rows = 0;
    for (const records of world.history(options)) rows += records.length;
    const madeMs = performance.now() - beganMs;
    beganMs = performance.now();
    for (const records of world.history(options)) await store.append(records);
    const storedMs = performance.now() - beganMs;
    return [
      { name: 'rows', unit: 'n', ours: rows },
      { name: 'made', unit: 's', ours: madeMs / 1000 },
      { name: 'made and stored', unit: 's', ours: storedMs / 1000 },
    ];
  },
};
