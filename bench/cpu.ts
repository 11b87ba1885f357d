import type { Bench } from './bench.ts';
import { type ClientName, sideBySide, startClients } from './clients/start.ts';
import { median } from './statistics.ts';
import { chatPath } from './truth/script.ts';
import { startTruth } from './truth/start.ts';

const LONG = { chunks: 150, lastsMs: 1200 };
const SHORT = { chunks: 1, lastsMs: 100 };
const PEER = 'plain fetch';
const PROBE = `per probe of ${LONG.chunks} chunks`;
const PER_CHUNK = 'per 1,000 chunks';
const ALLOWED = { atMostTimes: { peer: PEER, times: 1.5 } };

export const cpu: Bench = {
  about:
    'user and system time of each client’s process, 32 streams at once over plain HTTP; medians of 5 runs, the clients in turn within each',
  goals: { [PROBE]: ALLOWED, [PER_CHUNK]: ALLOWED },
  async run({ quick, progress }) {
    const [runs, total] = quick ? [2, 64] : [5, 200];
    await using truth = await startTruth();
    await using clients = await startClients(truth);
    const perProbeMs = async (script: typeof LONG) => {
      const load = { origin: truth.plain, path: chatPath(script), streams: 32, total, busy: false };
      const loaded = await clients.askAll(load);
      return (client: ClientName) => loaded[client].cpuMs / total;
    };
    progress('warming up');
    await perProbeMs(LONG);

    const seen: { readonly long: (client: ClientName) => number; readonly short: (client: ClientName) => number }[] =
      [];
    for (let run = 1; run <= runs; run++) {
      progress(`run ${run} of ${runs}`);
      seen.push({ long: await perProbeMs(LONG), short: await perProbeMs(SHORT) });
    }
    const figure = (name: string, cpuOf: (run: (typeof seen)[number], client: ClientName) => number) =>
      sideBySide(name, 'ms', (client) => median(seen.map((run) => cpuOf(run, client))));
    const moreChunks = LONG.chunks - SHORT.chunks;
    return [
      figure(PROBE, ({ long }, client) => long(client)),
      figure('per probe of one chunk', ({ short }, client) => short(client)),
      figure(PER_CHUNK, ({ long, short }, client) => ((long(client) - short(client)) / moreChunks) * 1000),
    ];
  },
};
