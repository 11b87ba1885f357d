import { existsSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { both, runDaemon } from '../daemon.ts';
import type { AttemptRecord } from '../domain/record.ts';
import type { Identity } from '../domain/types.ts';
import { DAY_MS } from '../domain/utc-day.ts';
import { createTurns, type Turns } from '../lib/turns.ts';
import { withGrace } from '../lib/with-grace.ts';
import { createProgress } from '../observe/progress.ts';
import { openOnlookers } from '../onlookers.ts';
import { openParts, type Parts, SYSTEM_CLOCK } from '../parts.ts';
import { type Command, type Console, EXIT, type Flags, UsageError, wholeNumber } from './command.ts';
import { loadSettings } from './load-settings.ts';
import { openShow } from './show.ts';

/** As much of the simulated world as the demo needs; the command line brings it along. */
interface World extends AsyncDisposable {
  readonly hubUrl: string;
  readonly settings: Readonly<Record<string, string>>;
  readonly repo: string;
  readonly mapping: Readonly<Record<string, string>>;
  history(options: HistoryOptions): Iterable<readonly AttemptRecord[]>;
  /** As one would that asks from the `nth` place besides this one. */
  elsewhere(nth: number, options: HistoryOptions): Iterable<readonly AttemptRecord[]>;
}

interface HistoryOptions {
  readonly days: number;
  readonly untilMs: number;
  readonly identity: Identity;
  readonly question: { readonly prompt: string; readonly expected: string; readonly maxTokens: number };
  readonly intervalMs?: number;
  readonly groupMs?: number;
}

const INTERVAL_SECONDS = 20;
/** As long as a store keeps attempts. */
const HISTORY_DAYS = 90;
/** As long as other places go on. */
const AHEAD_DAYS = 365;
const MOST_LOCATIONS = 4;

/** All of it, in a simulated world on this machine, with a store and a dataset of its own. */
export function demo(
  startWorld: (options: { seed: number; folder: string; story?: { nowMs: number } }) => Promise<World>,
): Command {
  return {
    usage: 'demo [--cycles N] [--interval S] [--seed S] [--history DAYS] [--locations A,B]',
    about: 'all of it in a simulated world on this machine: no account, no cost',
    options: {
      cycles: { type: 'string' },
      interval: { type: 'string' },
      seed: { type: 'string' },
      history: { type: 'string' },
      locations: { type: 'string' },
    },
    words: { min: 0, max: 0 },
    async run(_words, flags, console) {
      const maxCycles = wholeNumber(flags, 'cycles', Infinity);
      const intervalSeconds = wholeNumber(flags, 'interval', INTERVAL_SECONDS);
      const days = wholeNumber(flags, 'history', HISTORY_DAYS, 0);
      const [location, ...distant] = locationsIn(flags);
      const folder = folderOfItsOwn(join(console.baseDir, 'demo-data'));
      const dataset = join(folder, 'dataset');
      mkdirSync(dataset, { recursive: true });
      const seed = wholeNumber(flags, 'seed', 1);
      const story = days > 0 ? { story: { nowMs: SYSTEM_CLOCK.nowMs() } } : {};
      await using world = await startWorld({ seed, folder: dataset, ...story });

      const show = openShow(console, false);
      const environment = {
        ...settingsOf(world, folder, intervalSeconds),
        LOCATION: location,
        ...looksOf(console.environment),
      };
      const need = { inference: true, hub: true } as const;
      const { config, log, redact, redactTold } = loadSettings({ ...show.console, environment }, need, {
        readable: true,
      });
      const { stdout } = show.console;
      const repo = relative('.', join(dataset, world.repo));
      stdout.write(welcome(repo, maxCycles, intervalSeconds, days));
      {
        await using parts = await openParts(config, { log, redact });
        const places = distant.map((name, at) => ({ name, nth: at + 1 }));
        if (days > 0) await remember(world, days, places, parts, console);
        const others = elsewhere(world, places, parts);
        others.start();
        await others.settled();
        await using onlookers = await openOnlookers(parts, { redact, redactTold });
        await onlookers.settled(); // it keeps this thread busy, which a world in the same process would show
        if (onlookers.web !== null) stdout.write(served(onlookers.web.url));
        const watcher = both(show, both({ cycleEnded: () => others.start() }, onlookers.watcher));
        await runDaemon(parts, withGrace(console.stop, config.schedule.shutdownGraceMs), watcher, maxCycles);
        await others.settled();
      }
      stdout.write(existsSync(repo) ? `\nThe dataset is in ${repo}\n` : '\nNothing was pushed.\n');
      stdout.write(`To read what it found: DATA_DIR=${relative('.', join(folder, 'store'))} bun run index.ts report\n`);
      return EXIT.done;
    },
  };
}

/** Stores what a tracker that began so many days ago would have stored of this world. */
async function remember(world: World, days: number, places: readonly Place[], parts: Parts, console: Console) {
  const { config, store, identity, clock } = parts;
  const progress = createProgress(console.stderr);
  const untilMs = firstDueAtMs(parts);
  progress.start(null);
  const here = { days, untilMs, identity, question: config.probe };
  const pasts = [
    world.history(here),
    ...places.map(({ name, nth }) => world.elsewhere(nth, { ...here, identity: { ...identity, location: name } })),
  ];
  for (const past of pasts) {
    for (const records of past) {
      if (console.stop.aborted) break;
      await store.append(records);
      progress.tick(`of 5 days until ${records.at(-1)?.cycleTimestampIso.slice(0, 10)} of the simulated past`);
    }
  }
  await forgetToPush(store, clock.nowMs());
  progress.done();
}

/** The point of its grid that has just passed. */
const firstDueAtMs = ({ clock, config }: Parts) =>
  Math.floor(clock.nowMs() / config.schedule.intervalMs) * config.schedule.intervalMs;

/** Stores, at each turn, what other places have found until now. Nobody asks from there: it is reckoned, as the past is. */
function elsewhere(world: World, places: readonly Place[], parts: Parts): Turns {
  const { config, store, identity, clock, listeners, log } = parts;
  const { intervalMs } = config.schedule;
  const ahead = {
    days: AHEAD_DAYS,
    untilMs: firstDueAtMs(parts) + AHEAD_DAYS * DAY_MS,
    intervalMs,
    groupMs: intervalMs,
  };
  const coming = places.map(({ name, nth }) => {
    const there = { ...identity, location: name };
    const cycles = world.elsewhere(nth, { ...ahead, identity: there, question: config.probe })[Symbol.iterator]();
    return { cycles, next: cycles.next() };
  });
  const storeDue = async () => {
    for (const place of coming) {
      while (!place.next.done && Date.parse(place.next.value[0]!.cycleTimestampIso) <= clock.nowMs()) {
        const records = place.next.value;
        place.next = place.cycles.next();
        await store.append(records);
        for (const record of records) for (const hear of listeners) hear(record);
      }
    }
  };
  return createTurns(() => storeDue().catch((error) => log.error({ error }, 'another place could not be stored')));
}

interface Place {
  readonly name: string;
  readonly nth: number;
}

/** In `folder`, named by the moment; two demos may begin in the same one. */
function folderOfItsOwn(folder: string): string {
  mkdirSync(folder, { recursive: true });
  return mkdtempSync(join(folder, `${new Date().toISOString().slice(0, 19).replaceAll(':', '-')}-`));
}

/** The first is where the demo asks from. @throws UsageError */
function locationsIn({ locations = 'demo' }: Flags): readonly [string, ...string[]] {
  const names = String(locations).split(',');
  const isFine = names.every((name) => /^[\w.-]{1,64}$/.test(name)) && new Set(names).size === names.length;
  if (!isFine || names.length > MOST_LOCATIONS)
    throw new UsageError(`--locations must be up to ${MOST_LOCATIONS} different names, as in eu-1,us-1`);
  return names as [string, ...string[]];
}

/** The past stays in the store: to build the files of ninety days would keep the first push busy for half a minute, and show nothing. */
async function forgetToPush(store: Parts['store'], nowMs: number): Promise<void> {
  const today = await store.today(nowMs);
  const batches = (await store.seal(nowMs)).map(({ name }) => name);
  await store.pushed(batches, await store.daysToWrite(today), null, nowMs);
  await store.rollupDaysPushed(await store.rollupDaysToPush(today), null, nowMs);
}

function settingsOf(world: World, folder: string, intervalSeconds: number): Record<string, string> {
  const mappingPath = join(folder, 'provider_mapping.json');
  writeFileSync(mappingPath, `${JSON.stringify(world.mapping, null, 2)}\n`);
  return {
    ...world.settings,
    CONTROL_URLS: world.hubUrl,
    PROVIDER_ENDPOINT_MAPPING_PATH: mappingPath,
    SCHEDULE_INTERVAL_SECONDS: String(intervalSeconds),
    PUSH_INTERVAL_CYCLES: '1',
    DATA_DIR: join(folder, 'store'),
    LOCAL_CSV_PATH: join(folder, 'metrics_buffer.csv'),
    ALERTS_PATH: 'off',
    SHUTDOWN_GRACE_SECONDS: '5',
  };
}

/** What changes the look, or where it is shown, and not the world. */
function looksOf(given: Readonly<Record<string, string | undefined>>) {
  const { LOG_LEVEL, NO_COLOR, TERM, PORT, HOST, PUBLIC_URL, EMBED_IN, TRUSTED_PROXIES } = given;
  return { LOG_LEVEL, NO_COLOR, TERM, PORT, HOST, PUBLIC_URL, EMBED_IN, TRUSTED_PROXIES };
}

function welcome(dataset: string, maxCycles: number, intervalSeconds: number, days: number): string {
  const end =
    maxCycles === Infinity ? 'Ctrl-C ends it' : `It ends after ${maxCycles} ${maxCycles === 1 ? 'cycle' : 'cycles'}`;
  const past =
    days === 0
      ? ''
      : `The store begins with ${days === 1 ? 'a day' : `${days} days`} of simulated history, a cycle every half an hour: what this world
was like before you came. Not all went well in it. It stays in the store; the dataset begins today.
`;
  return `A simulated Hub, a router and ten invented providers run on this machine.
Nothing leaves it, nothing is charged, and some of it is broken on purpose.
${past}Every ${intervalSeconds} s each provider of five models is asked; then the records are pushed to
  ${dataset}
${end}.

`;
}

function served(url: string): string {
  return `
While it runs, what it finds is at
  ${url}
  ${url}/api/v1/now
  ${url}/incidents.atom

`;
}
