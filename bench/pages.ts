import type { AttemptRecord } from '../src/domain/record.ts';
import type { Asked, Asking } from './api-clients.ts';
import type { Bench, Figure } from './bench.ts';
import { startChild } from './child.ts';
import { DAYS, type DashboardWorld, openDashboardWorld, ROW_DAYS } from './dashboard-world.ts';
import { addressIn, PAGES } from './page-paths.ts';
import { median } from './statistics.ts';
import { startCpu } from './tracker.ts';

const SIZES = [
  { name: '50 targets', models: 5, providers: 10 },
  { name: '1,000 targets', models: 100, providers: 10 },
] as const;

const CIRCUMSTANCES = {
  'after a cycle': 'the answers of a whole cycle have just been heard, and are being judged beside',
  'new minute': 'every state may be another',
  'one answer': 'one more answer has been heard',
  kept: 'nothing is new, and the answer was kept',
} as const;
type Circumstance = keyof typeof CIRCUMSTANCES;
const NAMES = Object.keys(CIRCUMSTANCES) as readonly Circumstance[];

const SEED = 1;
/** As often is each page asked after a cycle, each time as the first of another page's turn. */
const CYCLES = PAGES.length;
const TIMES = 5;
/** As many cycles have an answer for each time that one is to be heard. */
const LATE_CYCLES = 4;
const nameOf = (size: string, page: string, circumstance: string) => `${size}: ${page}, ${circumstance}`;

export const pages: Bench = {
  about: `every page of the dashboard over HTTP, asked by another process, one request at a time. The store: rows of ${ROW_DAYS} days of half-hourly cycles with retries, confirms and features, and the rollups of ${DAYS} days (pages read no more of the older rows than that). ${NAMES.map((name) => `“${name}”: ${CIRCUMSTANCES[name]}`).join('; ')}. CPU: of the whole process meanwhile, what it does beside included`,
  goals: Object.fromEntries(
    SIZES.flatMap((size) =>
      PAGES.flatMap((page) =>
        NAMES.map((circumstance) => [nameOf(size.name, page.name, circumstance), { atMost: [30, 100] }]),
      ),
    ),
  ),
  async run({ quick, progress }) {
    const figures: Figure[] = [{ name: 'seed', unit: String(SEED), ours: null }];
    for (const { name, models, providers } of quick ? SIZES.slice(0, 1) : SIZES) {
      const size = {
        seed: SEED,
        models,
        providers,
        heldBack: CYCLES + LATE_CYCLES,
        progress,
        ...(quick && { rowDays: 3 }),
      };
      await using world = await openDashboardWorld(size);
      const { rows, buildSeconds, openSeconds, storeMb } = world;
      figures.push(
        { name: `${name}: rows, and MB of the store`, unit: 'n, MB', ours: [rows, storeMb] },
        { name: `${name}: built; opened and judged`, unit: 's', ours: [buildSeconds, openSeconds] },
        ...(await figuresOf(name, world, progress)),
        {
          name: `${name}: memory of the tracker, the store’s making included`,
          unit: 'MB',
          ours: process.memoryUsage.rss() / 1e6,
        },
      );
    }
    return figures;
  },
};

interface Spent {
  readonly ms: number;
  readonly cpuMs: number;
}

async function figuresOf(
  size: string,
  world: DashboardWorld,
  progress: (text: string) => void,
): Promise<readonly Figure[]> {
  const [client] = await startChild<string, Asking, Asked>(new URL('./api-clients.ts', import.meta.url));
  await using _client = client;
  const address = await addressIn(world);
  const asked = PAGES.flatMap((page) => {
    const path = address(page);
    return path === null ? [] : [{ name: page.name, url: world.url + path }];
  });
  const spent = new Map<string, Spent[]>();
  const bytes = new Map<string, Asked>();
  const ask = async ({ name, url }: (typeof asked)[number], circumstance: Circumstance) => {
    const cpu = startCpu();
    const answer = await client.ask({ url, clients: 1, requests: 1 });
    const key = nameOf(size, name, circumstance);
    spent.set(key, [...(spent.get(key) ?? []), { ms: answer.ms[0]!, cpuMs: cpu() }]);
    bytes.set(name, answer);
  };

  for (const page of asked) await client.ask({ url: page.url, clients: 1, requests: 1 }); // compiled and connected
  for (let cycle = 0; cycle < asked.length; cycle++) {
    progress(`${size}: cycle ${cycle + 1} of ${asked.length}`);
    await hearCycle(world);
    for (let i = 0; i < asked.length; i++) await ask(asked[(cycle + i) % asked.length]!, 'after a cycle');
    await world.onlookers.settled();
  }
  let late: AttemptRecord[] = [];
  const hearOne = async () => {
    if (late.length === 0) {
      late = [...(world.nextCycle() ?? [])];
      await world.onlookers.settled();
    }
    await world.store(late.splice(0, 1));
  };
  for (const page of asked) {
    progress(`${size}: ${page.name}`);
    for (let i = 0; i < TIMES; i++) {
      await hearOne();
      await ask(page, 'one answer');
      await ask(page, 'kept');
    }
  }
  for (let minute = 0; minute < TIMES; minute++) {
    world.pass(60_000);
    for (const page of asked) await ask(page, 'new minute');
  }
  return PAGES.flatMap(({ name }) => {
    const answer = bytes.get(name);
    return [
      ...NAMES.map((circumstance) =>
        figureOf(nameOf(size, name, circumstance), spent.get(nameOf(size, name, circumstance))),
      ),
      {
        name: `${size}: ${name}, compressed and not`,
        unit: 'kB',
        ours: answer ? [answer.bytes / 1000, answer.plainBytes / 1000] : null,
      },
    ];
  });
}

async function hearCycle(world: DashboardWorld): Promise<void> {
  await world.store(world.nextCycle()!);
  world.onlookers.watcher.cycleEnded?.();
}

function figureOf(name: string, spent: readonly Spent[] = []): Figure {
  const ms = spent.map((each) => each.ms);
  const ours = spent.length === 0 ? null : [median(ms), Math.max(...ms), median(spent.map(({ cpuMs }) => cpuMs))];
  return { name, unit: 'ms, p50 / max / CPU p50', ours };
}
