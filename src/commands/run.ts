import { runDaemon } from '../daemon.ts';
import { withGrace } from '../lib/with-grace.ts';
import { openOnlookers } from '../onlookers.ts';
import { openParts } from '../parts.ts';
import { type Command, EXIT } from './command.ts';
import { importAtStart } from './import-at-start.ts';
import { loadSettings } from './load-settings.ts';

export const run: Command = {
  usage: 'run',
  about: 'the daemon: probes on schedule and pushes until stopped (also without a command)',
  options: {},
  words: { min: 0, max: 0 },
  async run(_words, _flags, console) {
    const { config, log, redact, redactTold } = loadSettings(console, { inference: true, hub: true });
    if (!(await importAtStart(config, log, console))) return EXIT.done;
    await using parts = await openParts(config, { log, redact });
    await using onlookers = await openOnlookers(parts, { redact, redactTold });
    await runDaemon(parts, withGrace(console.stop, config.schedule.shutdownGraceMs), onlookers.watcher);
    log.info({}, 'stopped');
    return EXIT.done;
  },
};
