import type { Bench } from './bench.ts';
import { openTracker, startCpu } from './tracker.ts';
import { TARGETS } from './truth/catalogue.ts';
import { chatPath } from './truth/script.ts';
import { startTruth } from './truth/start.ts';

const CONCURRENCY = 32;
const IDEAL_SECONDS = Math.ceil(TARGETS / CONCURRENCY) * 2;

export const cycle: Bench = {
  about: `one cycle of ${TARGETS} targets whose replies take 2 s each, ${CONCURRENCY} at once, no limit per provider: the whole program, store included`,
  goals: { duration: { atMost: IDEAL_SECONDS * 1.05 }, 'own CPU': { atMost: 10 } },
  async run({ progress }) {
    await using truth = await startTruth();
    const script = { chunks: 60, lastsMs: 2000 };
    await using fetching = await truth.client('plain fetch');
    progress('plain fetch');
    const load = { origin: truth.plain, path: chatPath(script), streams: CONCURRENCY, total: TARGETS, busy: false };
    const theirs = await fetching.ask(load);

    progress('the cycle');
    await using tracker = await openTracker(truth, script);
    const cpu = startCpu();
    const beganMs = performance.now();
    await tracker.cycle();
    const seconds = (performance.now() - beganMs) / 1000;
    const cpuMs = cpu();
    return [
      { name: 'ideal', unit: 's', ours: IDEAL_SECONDS },
      { name: 'duration', unit: 's', ours: seconds, peers: { 'plain fetch': theirs.seconds } },
      { name: 'own CPU', unit: 'ms/probe', ours: cpuMs / TARGETS, peers: { 'plain fetch': theirs.cpuMs / TARGETS } },
    ];
  },
};
