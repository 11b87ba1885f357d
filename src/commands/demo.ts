import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { runDaemon } from '../daemon.ts';
import { withGrace } from '../lib/with-grace.ts';
import { openParts } from '../parts.ts';
import { type Command, EXIT, wholeNumber } from './command.ts';
import { loadSettings } from './load-settings.ts';
import { openShow } from './show.ts';

/** As much of the simulated world as the demo needs; the command line brings it along. */
interface World extends AsyncDisposable {
  readonly hubUrl: string;
  readonly routerUrl: string;
  readonly token: string;
  readonly hubToken: string;
  readonly repo: string;
  readonly mapping: Readonly<Record<string, string>>;
}

const INTERVAL_SECONDS = 20;

/** All of it, in a simulated world on this machine, with a store and a dataset of its own. */
export function demo(startWorld: (options: { seed: number; folder: string }) => Promise<World>): Command {
  return {
    usage: 'demo [--cycles N] [--interval S] [--seed S]',
    about: 'all of it in a simulated world on this machine: no account, no cost',
    options: { cycles: { type: 'string' }, interval: { type: 'string' }, seed: { type: 'string' } },
    words: { min: 0, max: 0 },
    async run(_words, flags, console) {
      const maxCycles = wholeNumber(flags, 'cycles', Infinity);
      const intervalSeconds = wholeNumber(flags, 'interval', INTERVAL_SECONDS);
      const folder = join(console.baseDir, 'demo-data', new Date().toISOString().replaceAll(':', '-'));
      const dataset = join(folder, 'dataset');
      mkdirSync(dataset, { recursive: true });
      await using world = await startWorld({ seed: wholeNumber(flags, 'seed', 1), folder: dataset });

      const show = openShow(console, false);
      const environment = { ...settingsOf(world, folder, intervalSeconds), ...looksOf(console.environment) };
      const need = { inference: true, hub: true } as const;
      const { config, log, redact } = loadSettings({ ...show.console, environment }, need, { readable: true });
      const { stdout } = show.console;
      const repo = relative('.', join(dataset, world.repo));
      stdout.write(welcome(repo, maxCycles, intervalSeconds));
      {
        await using parts = openParts(config, { log, redact });
        await runDaemon(parts, withGrace(console.stop, config.schedule.shutdownGraceMs), show, maxCycles);
      }
      stdout.write(existsSync(repo) ? `\nThe dataset is in ${repo}\n` : '\nNothing was pushed.\n');
      return EXIT.done;
    },
  };
}

function settingsOf(world: World, folder: string, intervalSeconds: number): Record<string, string> {
  const mappingPath = join(folder, 'provider_mapping.json');
  writeFileSync(mappingPath, `${JSON.stringify(world.mapping, null, 2)}\n`);
  return {
    HF_TOKEN: world.token,
    HF_HUB_TOKEN: world.hubToken,
    HF_DATASET_REPO_ID: world.repo,
    HF_ENDPOINT: world.hubUrl,
    HF_ROUTER_ENDPOINT: world.routerUrl,
    CONTROL_URLS: world.hubUrl,
    PROVIDER_ENDPOINT_MAPPING_PATH: mappingPath,
    SCHEDULE_INTERVAL_SECONDS: String(intervalSeconds),
    PUSH_INTERVAL_CYCLES: '1',
    DATA_DIR: join(folder, 'store'),
    LOCAL_CSV_PATH: join(folder, 'metrics_buffer.csv'),
    LOCATION: 'demo',
    ALERTS_PATH: 'off',
    SHUTDOWN_GRACE_SECONDS: '5',
  };
}

/** What changes the look and not the world. */
function looksOf({ LOG_LEVEL, NO_COLOR, TERM }: Readonly<Record<string, string | undefined>>) {
  return { LOG_LEVEL, NO_COLOR, TERM };
}

function welcome(dataset: string, maxCycles: number, intervalSeconds: number): string {
  const end =
    maxCycles === Infinity ? 'Ctrl-C ends it' : `It ends after ${maxCycles} ${maxCycles === 1 ? 'cycle' : 'cycles'}`;
  return `A simulated Hub, a router and ten invented providers run on this machine.
Nothing leaves it, nothing is charged, and some of it is broken on purpose.
Every ${intervalSeconds} s each provider of five models is asked; then the records are pushed to
  ${dataset}
${end}.

`;
}
