import type { Asked, Asking } from './api-clients.ts';
import type { Bench, Figure } from './bench.ts';
import { startChild } from './child.ts';
import { openDashboardWorld } from './dashboard-world.ts';
import { addressIn, PAGES } from './page-paths.ts';
import { startCpu } from './tracker.ts';

const CLIENTS = 20;
const SEED = 1;
/** Whatever is heard makes an answer anew: no page is kept for the next who asks. */
const HEARS_EVERY_MS = 20;

export const throughput: Bench = {
  about: `pages a second at 50 targets after three days, asked by ${CLIENTS} clients of another process that keep their connections, each again as soon as it has its answer; “kept”: nothing is new; “made anew”: something is heard fifty times a second, and each answer is made for those who wait for it at that moment`,
  goals: {},
  async run({ quick, progress }) {
    await using world = await openDashboardWorld({
      seed: SEED,
      models: 5,
      providers: 10,
      heldBack: 60,
      rowDays: 3,
      progress,
    });
    const [client] = await startChild<string, Asking, Asked>(new URL('./api-clients.ts', import.meta.url));
    await using _client = client;
    const address = await addressIn(world);
    let records = [...world.nextCycle()!];
    const hear = () => {
      if (records.length === 0) records = [...(world.nextCycle() ?? [])];
      void world.store(records.splice(0, 1));
    };
    const figures: Figure[] = [{ name: 'seed', unit: String(SEED), ours: null }];
    for (const page of PAGES.filter(({ query }) => query === '')) {
      const path = address(page);
      if (path === null) continue;
      progress(page.name);
      const ask = async (requests: number) => {
        const cpu = startCpu();
        const { seconds } = await client.ask({ url: world.url + path, clients: CLIENTS, requests });
        return [requests / seconds, requests / (cpu() / 1000)];
      };
      await ask(quick ? 100 : 1000); // connected and compiled
      const unit = 'pages/s, by the clock / by CPU';
      figures.push({ name: `${page.name}, kept`, unit, ours: await ask(quick ? 200 : 5000) });
      const hearing = setInterval(hear, HEARS_EVERY_MS);
      figures.push({ name: `${page.name}, made anew`, unit, ours: await ask(quick ? 40 : 400) });
      clearInterval(hearing);
    }
    return figures;
  },
};
