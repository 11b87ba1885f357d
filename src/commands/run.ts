import type { Config } from '../config.ts';
import { runDaemon } from '../daemon.ts';
import type { FleetSettings } from '../domain/settings.ts';
import { runFleet } from '../fleet-daemon.ts';
import { openFleetMetrics } from '../fleet-metrics.ts';
import { openFleetParts } from '../fleet-parts.ts';
import { openFleetWeb } from '../fleet-web.ts';
import { withGrace } from '../lib/with-grace.ts';
import { openOnlookers } from '../onlookers.ts';
import { onlookersOnceReached } from '../onlookers-once-reached.ts';
import { openParts } from '../parts.ts';
import { type Command, type Console, EXIT } from './command.ts';
import { importAtStart } from './import-at-start.ts';
import { loadSettings } from './load-settings.ts';

type Settings = ReturnType<typeof loadSettings>;

export const run: Command = {
  usage: 'run',
  about: 'the daemon: probes on schedule and pushes until stopped (also without a command)',
  options: {},
  words: { min: 0, max: 0 },
  async run(_words, _flags, console) {
    const settings = loadSettings(console, { inference: true, hub: true });
    const { config, log } = settings;
    const hasRun = await (config.fleet === null ? alone(settings, console) : inFleet(config.fleet, settings, console));
    if (hasRun) log.info({}, 'stopped');
    return EXIT.done;
  },
};

/** Both return whether it ran: false where we were told to stop before. */
async function alone({ config, log, redact, redactTold }: Settings, console: Console): Promise<boolean> {
  if (!(await importAtStart(config, log, console))) return false;
  await using parts = await openParts(config, { log, redact });
  await using onlookers = await openOnlookers(parts, { redact, redactTold });
  await runDaemon(parts, stopOf(config, console), onlookers.watcher);
  return true;
}

async function inFleet(
  fleet: FleetSettings,
  { config, log, redact, redactTold }: Settings,
  console: Console,
): Promise<boolean> {
  log.info({ roles: [...fleet.roles], location: config.location }, 'this process is one of a fleet');
  await using parts = await openFleetParts(config, fleet, { log, redact }, console.stop);
  if (parts === null) return false;
  const look = () => openFleetWeb(parts, { redact, redactTold });
  await using onlookers = fleet.roles.has('web')
    ? await onlookersOnceReached(look, parts)
    : openFleetMetrics(parts, redact);
  await runFleet(parts, fleet.roles, stopOf(config, console), onlookers.watcher);
  return true;
}

const stopOf = ({ schedule }: Config, { stop }: Console) => withGrace(stop, schedule.shutdownGraceMs);
