import { setImmediate } from 'node:timers/promises';
import { formatCount } from '../lib/format.ts';
import { createProgress } from '../observe/progress.ts';
import { SYSTEM_CLOCK } from '../parts.ts';
import { openStore } from '../store/open-store.ts';
import { type Command, EXIT } from './command.ts';
import { loadSettings } from './load-settings.ts';
import { localStoreOf } from './local-store.ts';

export const rebuild: Command = {
  usage: 'rebuild',
  about: 'makes the rollups anew from the attempts in the store',
  options: {},
  words: { min: 0, max: 0 },
  async run(_words, _flags, console) {
    const { config } = loadSettings(console, { inference: false, hub: false }, { json: true, quiet: true });
    using store = openStore(localStoreOf(config, 'rebuild'), { clock: SYSTEM_CLOCK });
    const progress = createProgress(console.stderr);
    progress.start(null);
    let days = 0;
    try {
      for (const day of store.rebuildRollups()) {
        days++;
        progress.tick(day);
        await setImmediate(); // to be asked to stop
        if (console.stop.aborted) break;
      }
    } finally {
      progress.done();
    }
    const done = `${formatCount(days)} ${days === 1 ? 'day' : 'days'} rolled up`;
    console.stderr.write(console.stop.aborted ? `stopped after ${done}; the next start does the rest\n` : `${done}\n`);
    return console.stop.aborted ? EXIT.failed : EXIT.done;
  },
};
