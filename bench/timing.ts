import { percentile } from '../src/domain/statistics.ts';
import type { Bench, Figure, Goal, Value } from './bench.ts';
import type { Load, Loaded } from './clients/load.ts';
import { type ClientName, sideBySide, startClients } from './clients/start.ts';
import { median, mediansOf } from './statistics.ts';
import { chatPath } from './truth/script.ts';
import { startTruth, type Truth } from './truth/start.ts';

/** How many streams at once, how long each lasts and how many there are in a run: long enough that all are under way although they start 3 ms apart. */
interface Level {
  readonly streams: number;
  readonly lastsMs: number;
  readonly total: number;
}

const LEVELS: readonly Level[] = [
  { streams: 1, lastsMs: 60, total: 40 },
  { streams: 32, lastsMs: 600, total: 200 },
  { streams: 64, lastsMs: 600, total: 256 },
  { streams: 256, lastsMs: 1200, total: 512 },
  { streams: 1000, lastsMs: 4500, total: 1000 },
];
const CHUNKS = 30;
const RUNS = 3;
const QUICK = { levels: LEVELS.filter(({ streams }) => streams === 1 || streams === 64), runs: 2 };

const CONDITIONS = (['http', 'https'] as const).flatMap((scheme) =>
  (['idle', 'busy'] as const).map((thread) => ({ scheme, thread })),
);
type Condition = (typeof CONDITIONS)[number];

/** In ms, p50 and p99; of the first token and of every chunk. */
const LIMITS: Readonly<Record<string, Value>> = {
  '64 http': [0.2, 2],
  '256 http': [null, 2.5],
  '64 https': [null, 4],
};

const MOMENTS = { TTFT: 'ttftErrorsMs', chunks: 'chunkErrorsMs', length: 'durationErrorsMs' } as const;
type Moment = keyof typeof MOMENTS;

const nameOf = (what: string, { streams }: Level, { scheme, thread }: Condition) =>
  `${what}, ${streams} ${streams === 1 ? 'stream' : 'streams'}, ${scheme}, ${thread}`;

export const timing: Bench = {
  about: `distance from the truth of a server that stamps each chunk just before its write; the medians of ${RUNS} runs, the clients in turn within each; "busy": the main thread computes 20 ms of every 200`,
  goals: Object.fromEntries(
    LEVELS.flatMap((level) =>
      CONDITIONS.flatMap((condition) =>
        Object.keys(MOMENTS).map((moment): [string, Goal] => {
          const limit = moment === 'length' ? undefined : LIMITS[`${level.streams} ${condition.scheme}`];
          return [nameOf(moment, level, condition), { ...(limit && { atMost: limit }), aheadInFirst: 2 }];
        }),
      ),
    ),
  ),
  async run({ quick, progress }) {
    const { levels, runs } = quick ? QUICK : { levels: LEVELS, runs: RUNS };
    await using truth = await startTruth();
    await using clients = await startClients(truth);
    progress('warming up');
    for (const condition of CONDITIONS) await clients.askAll(loadOf(LEVELS[2]!, condition, truth));

    const figures: Figure[] = [];
    for (const condition of CONDITIONS) {
      for (const level of levels) {
        const results: Readonly<Record<ClientName, Loaded>>[] = [];
        for (let run = 1; run <= runs; run++) {
          progress(`${nameOf('run', level, condition)}: ${run} of ${runs}`);
          results.push(await clients.askAll(loadOf(level, condition, truth)));
        }
        figures.push(...figuresOf(level, condition, results));
      }
    }
    const { alignments } = clients; // the chunks' errors are no better than the clocks agree
    const clock = (client: ClientName) => [alignments[client].offsetMs, alignments[client].residualMs];
    return [...figures, sideBySide('clock against the server’s', 'ms, seen / ±', clock)];
  },
};

function loadOf(level: Level, { scheme, thread }: Condition, truth: Truth): Load {
  const { streams, total, lastsMs } = level;
  const origin = scheme === 'https' ? truth.secure : truth.plain;
  return { origin, path: chatPath({ chunks: CHUNKS, lastsMs }), streams, total, busy: thread === 'busy' };
}

function figuresOf(
  level: Level,
  condition: Condition,
  runs: readonly Readonly<Record<ClientName, Loaded>>[],
): readonly Figure[] {
  const figure = (what: string, unit: string, valueOfRuns: (runs: readonly Loaded[]) => Value) =>
    sideBySide(nameOf(what, level, condition), unit, (client) => valueOfRuns(runs.map((run) => run[client])));
  const moments = (Object.keys(MOMENTS) as Moment[]).map((moment) =>
    figure(moment, 'ms, p50 / p99 / max', (loaded) => errorOf(loaded.map((each) => each[MOMENTS[moment]]))),
  );
  if (condition.thread === 'busy') return moments; // the busy work would be in the CPU time
  return [
    ...moments,
    figure('CPU', 'ms/stream', (loaded) => median(loaded.map(({ cpuMs }) => cpuMs / level.total))),
    figure('memory', 'MB resident', (loaded) => median(loaded.map(({ rssMb }) => rssMb))),
  ];
}

/** Medians over the runs; where one run has too few samples for a p99, that of all of them together. */
function errorOf(runs: readonly (readonly number[])[]): Value {
  const all = runs.flat();
  if (all.length === 0) return null;
  const [p50, p99, max] = mediansOf(
    runs.map((errors) => [percentile(errors, 50), percentile(errors, 99), highest(errors)]),
  );
  return [p50 ?? null, p99 ?? percentile(all, 99), max ?? null];
}

const highest = (values: readonly number[]) => values.reduce((high, value) => Math.max(high, value), 0);
