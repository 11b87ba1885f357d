import { runCycle } from '../daemon.ts';
import { cycleId } from '../domain/ids.ts';
import { closeUnfinished } from '../keep.ts';
import { withGrace } from '../lib/with-grace.ts';
import { openParts } from '../parts.ts';
import { type Command, EXIT } from './command.ts';
import { loadSettings } from './load-settings.ts';
import { localStoreOf } from './local-store.ts';
import { openShow } from './show.ts';

export const once: Command = {
  usage: 'once [--json]',
  about: 'one cycle now: stored, not pushed',
  options: { json: { type: 'boolean' } },
  words: { min: 0, max: 0 },
  async run(_words, flags, console) {
    const json = flags.json === true;
    const show = openShow(console, json);
    const { config, log, redact } = loadSettings(show.console, { inference: true, hub: false }, { json, quiet: true });
    localStoreOf(config, 'once');
    const { budgetUsdPerDay: budgetUsd } = config.schedule;
    if (budgetUsd !== null)
      log.warn({ budgetUsd }, 'a cycle that a person asks for is not left out for the budget; its cost counts');
    const schedule = { ...config.schedule, budgetUsdPerDay: null };
    await using parts = await openParts({ ...config, schedule }, { log, redact });
    await closeUnfinished(parts, console.stop);
    const dueAtMs = parts.clock.nowMs();
    const cycle = { cycleId: cycleId(parts.store.writer, dueAtMs), dueAtMs };
    const ran = await runCycle(cycle, parts, withGrace(console.stop, config.schedule.shutdownGraceMs), show);
    await parts.calibrator.settled();
    return ran ? EXIT.done : EXIT.failed;
  },
};
