import type { Bench } from './bench.ts';
import { watchRss } from './memory.ts';
import { openTracker, startCpu } from './tracker.ts';
import { TARGETS } from './truth/catalogue.ts';
import { chatPath } from './truth/script.ts';
import { startTruth } from './truth/start.ts';

const FIRST = 1000;
const SCRIPT = { chunks: 150, lastsMs: 1200 };

export const probes: Bench = {
  about: `cycles of ${TARGETS} probes, replies of ${SCRIPT.chunks} chunks in ${SCRIPT.lastsMs / 1000} s, 32 at once: the whole program, store included`,
  goals: {
    [`own CPU, ${FIRST} probes`]: { atMost: 10 },
    [`memory after ${FIRST} probes`]: { atMost: 150 },
    'memory slope after that': { atMost: [0] },
  },
  async run({ quick, progress }) {
    await using truth = await startTruth();
    await using fetching = await truth.client('plain fetch');
    progress(`${FIRST} times plain fetch`);
    const theirs = await fetching.ask({
      origin: truth.plain,
      path: chatPath(SCRIPT),
      streams: 32,
      total: FIRST,
      busy: false,
    });

    const more = quick ? 1000 : 5000;
    await using tracker = await openTracker(truth, SCRIPT);
    let stored = 0;
    const rss = watchRss(() => stored);
    const cpu = startCpu();
    const runUntil = async (count: number) => {
      while (stored < count) {
        progress(`${stored} of ${FIRST + more} probes`);
        await tracker.cycle(() => stored++);
      }
    };
    await runUntil(FIRST);
    const cpuMs = cpu();
    const memoryMb = process.memoryUsage.rss() / 1e6;
    await runUntil(FIRST + more);
    rss.stop();
    const { perX, errorPerX } = rss.slopePerThousand(FIRST);
    return [
      {
        name: `own CPU, ${FIRST} probes`,
        unit: 'ms/probe',
        ours: cpuMs / FIRST,
        peers: { 'plain fetch': theirs.cpuMs / FIRST },
      },
      {
        name: `memory after ${FIRST} probes`,
        unit: 'MB resident',
        ours: memoryMb,
        peers: { 'plain fetch': theirs.rssMb },
      },
      { name: `highest memory in ${stored} probes`, unit: 'MB resident', ours: rss.peakMb() },
      {
        name: 'memory slope after that',
        unit: 'MB per 1,000 probes, least / likely / most (95 %)',
        ours: [perX - errorPerX, perX, perX + errorPerX],
      },
    ];
  },
};
