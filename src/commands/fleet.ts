import { formatFleet } from '../observe/fleet-table.ts';
import { SYSTEM_CLOCK } from '../parts.ts';
import type { FleetStatus } from '../ports.ts';
import { fleetStatus } from '../store/postgres/fleet-status.ts';
import { databaseTrouble } from '../store/postgres/trouble.ts';
import { type Command, EXIT } from './command.ts';
import { loadSettings } from './load-settings.ts';
import { tableLook } from './show.ts';

export const fleetCommand: Command = {
  usage: 'fleet [--json]',
  about: 'who leads, judges, pushes and asks in the database at DATABASE_URL, and what is under way there',
  options: { json: { type: 'boolean' } },
  words: { min: 0, max: 0 },
  async run(_words, flags, console) {
    const { config } = loadSettings(console, { inference: false, hub: false }, { json: true, quiet: true });
    if (config.fleet === null) {
      console.stderr.write('There is no fleet: DATABASE_URL is blank, so this process works alone with DATA_DIR.\n');
      return EXIT.wrongUse;
    }
    try {
      const status = await fleetStatus(config.fleet.databaseUrl, () => SYSTEM_CLOCK.nowMs());
      console.stdout.write(flags.json === true ? jsonLines(status) : formatFleet(status, tableLook(console)));
      return EXIT.done;
    } catch (error) {
      const trouble = databaseTrouble(error);
      if (trouble === null) throw error;
      console.stderr.write(`${trouble}\n`);
      return EXIT.failed;
    }
  },
};

/** One line for each thing, by what it is. */
function jsonLines({ database, holders, processes, workers, cycles, backlog }: FleetStatus): string {
  const lines = [
    { kind: 'database', ...database },
    { kind: 'roles', ...holders },
    ...processes.map((process) => ({ kind: 'process', ...process })),
    ...workers.map((worker) => ({ kind: 'worker', ...worker })),
    ...cycles.map((cycle) => ({ kind: 'cycle', ...cycle })),
    { kind: 'backlog', ...backlog },
  ];
  return lines.map((line) => `${JSON.stringify(line)}\n`).join('');
}
