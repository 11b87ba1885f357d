import { percentile } from '../src/domain/statistics.ts';
import { sleep } from '../src/lib/sleep.ts';
import type { Bench, Figure } from './bench.ts';
import { startChild } from './child.ts';
import { openInstrument } from './clients/instrument.ts';
import { runLoad } from './clients/load.ts';
import { openDashboardWorld } from './dashboard-world.ts';
import { mediansOf } from './statistics.ts';
import type { Followed, Following } from './stream-clients.ts';
import { chatPath } from './truth/script.ts';
import { startTruth } from './truth/start.ts';

const CLIENTS = 500;
const PATH = '/api/v1/events';
const SEED = 1;
const RUNS = 5;
const LOAD = { path: chatPath({ chunks: 30, lastsMs: 600 }), streams: 32, total: 200, busy: false };
/** As many answers a second as a busy cycle has. */
const HEARS_EVERY_MS = 50;
const ELSEWHERE = 'they follow another process';
const TTFT = `our error at the first token beside ${CLIENTS} who follow`;

export const stream: Bench = {
  about: `${CLIENTS} clients of another process follow ${PATH} of a tracker with 50 targets, while twenty answers a second are heard and its own transport asks the server of truth in its Worker, 32 streams at once; beside it, by turns, the same while as many follow a process that tells the same on and does nothing else, and while nobody follows; medians of ${RUNS} runs`,
  goals: { [TTFT]: { atMostTimes: { peer: ELSEWHERE, times: 1.1 } } },
  async run({ quick, progress }) {
    await using truth = await startTruth();
    await using world = await openDashboardWorld({
      seed: SEED,
      models: 5,
      providers: 10,
      heldBack: 96,
      rowDays: 3,
      progress,
    });
    const [followers] = await startChild<string, Following, Followed>(new URL('./stream-clients.ts', import.meta.url));
    await using _followers = followers;
    const ca = await Bun.file(new URL('../tests/fixtures/tls/ca.pem', import.meta.url)).text();
    await using asking = openInstrument({ ca });
    const url = world.url + PATH;
    const { status } = await fetch(url, {
      headers: { accept: 'text/event-stream' },
      signal: AbortSignal.timeout(5000),
    });
    if (status !== 200) return [{ name: `there is no ${PATH} (${status})`, unit: '', ours: null }];

    let records = [...world.nextCycle()!];
    const hearing = setInterval(() => {
      if (records.length === 0) records = [...(world.nextCycle() ?? [])];
      void world.store(records.splice(0, 1));
    }, HEARS_EVERY_MS);
    const [relay] = await startChild<string, string, string>(new URL('./stream-relay.ts', import.meta.url));
    await using _relay = relay;
    const elsewhere = await relay.ask(url);
    const measure = async (clients: number, url: string) => {
      await followers.ask({ url, clients: 0 });
      await followers.ask({ url, clients });
      await sleep(500);
      const { ttftErrorsMs, chunkErrorsMs } = await runLoad(asking, { ...LOAD, origin: truth.plain });
      const parts = (errors: readonly number[]) => [
        percentile(errors, 50),
        percentile(errors, 99),
        Math.max(...errors),
      ];
      const { events } = await followers.ask({ url, clients });
      return { ttft: parts(ttftErrorsMs), chunks: parts(chunkErrorsMs), events };
    };
    await measure(0, url);
    const before = settledRss();
    const [followed, relayed, alone] = [[], [], []] as Awaited<ReturnType<typeof measure>>[][];
    for (let run = 0; run < (quick ? 2 : RUNS); run++) {
      progress(`run ${run + 1}`);
      followed!.push(await measure(CLIENTS, url));
      relayed!.push(await measure(CLIENTS, elsewhere));
      alone!.push(await measure(0, url));
    }
    await followers.ask({ url, clients: 0 });
    await followers.ask({ url, clients: CLIENTS });
    await sleep(500);
    const after = settledRss();
    clearInterval(hearing);
    const unit = 'ms, p50 / p99 / max';
    const figure = (name: string, part: 'ttft' | 'chunks'): Figure => ({
      ...{ name, unit, ours: mediansOf(followed!.map((run) => run[part])) },
      peers: {
        [ELSEWHERE]: mediansOf(relayed!.map((run) => run[part])),
        'nobody follows': mediansOf(alone!.map((run) => run[part])),
      },
    });
    return [
      { name: 'seed', unit: String(SEED), ours: null },
      figure(TTFT, 'ttft'),
      figure(`at every chunk`, 'chunks'),
      {
        name: 'events heard by each in a run',
        unit: 'n',
        ours: Math.min(...followed!.map(({ events }) => events)) / CLIENTS,
      },
      { name: 'memory of the tracker for each that follows', unit: 'kB', ours: (after - before) / CLIENTS / 1000 },
    ];
  },
};

function settledRss(): number {
  Bun.gc(true);
  return process.memoryUsage.rss();
}
