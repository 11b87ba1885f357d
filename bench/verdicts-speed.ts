import { randomBytes } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import type { Sample } from '../src/domain/sample.ts';
import type { Catalog } from '../src/domain/types.ts';
import { DAY_MS } from '../src/domain/utc-day.ts';
import { createKnowledge } from '../src/knowledge.ts';
import { type Random, seededRandom } from '../src/lib/random.ts';
import type { IncidentStore, SampleReader } from '../src/ports.ts';
import { createRecent, RECENT_MS, type Recent } from '../src/recent.ts';
import { availabilityOf } from '../src/verdict/availability.ts';
import { createWatch } from '../src/watch.ts';
import {
  CYCLES_PER_DAY,
  cyclesOf,
  everyPair,
  gauss,
  INTERVAL_MS,
  LOCATION,
  samplesOf,
  WORLD_BEGAN_MS,
} from '../tests/support/sample-world.ts';
import type { Bench, Figure } from './bench.ts';
import { load } from './machine.ts';

const PROVIDERS = 5;
const MODELS = 200;
const QUARTER_DAYS = 90;
const ALL = 'all verdicts after a cycle: known, judged, board, 7 days';

export const verdictsSpeed: Bench = {
  about: `what a page or the API may ask at the moment after a cycle, of 1,000 targets (200 models × 5 providers, half-hourly cycles, one in 100 fails by chance and is confirmed, replies with all figures) on one thread, nothing kept from before that a new cycle makes stale: what is known of each endpoint over 30 days (state, features, flags, changes), incidents of four weeks, the board of the last day, and every model over 7 days (spreads, pairs, ranks, recommendations, audits). “All verdicts” is the sum of these four. Making the samples is not counted`,
  goals: { [ALL]: { atMost: [1000, 1000] } },
  async run({ quick, progress }) {
    const seed = randomBytes(6).toString('hex');
    progress(`seed ${seed}: after a cycle`);
    const models = quick ? 10 : MODELS;
    const figures = await afterCycle(seed, models, true);
    progress('50 targets');
    const few = quick ? [] : (await afterCycle(seed, 10, false)).filter(({ name }) => name.startsWith('longest'));
    progress('availability');
    const quarter = availabilityFigure(seed, models);
    progress('the first judgement');
    const first = await firstJudgement(seed, models);
    return [
      { name: 'seed', unit: seed, ours: null },
      { name: 'load', unit: 'processes', ours: load() },
      ...figures,
      ...few,
      quarter,
      ...first,
    ];
  },
};

interface Spent {
  readonly cpuMs: number;
  readonly wallMs: number;
}

const none: Spent = { cpuMs: 0, wallMs: 0 };
const plus = (a: Spent, b: Spent): Spent => ({ cpuMs: a.cpuMs + b.cpuMs, wallMs: a.wallMs + b.wallMs });
const figure = (name: string, { cpuMs, wallMs }: Spent): Figure => ({
  name,
  unit: 'ms, CPU / wall',
  ours: [cpuMs, wallMs],
});

/** CPU time of the whole process, collection of garbage and compilation included. */
function startWatch(): () => Spent {
  const [cpu, beganMs] = [process.cpuUsage(), performance.now()];
  return () => {
    const { user, system } = process.cpuUsage(cpu);
    return { cpuMs: (user + system) / 1000, wallMs: performance.now() - beganMs };
  };
}

async function timed(work: () => unknown): Promise<Spent> {
  Bun.gc(true); // what came before shall not be cleared away on its time
  const spent = startWatch();
  await work();
  return spent();
}

function createRig(models: number, samples: SampleReader['samples']) {
  const endpoints = everyPair(models, PROVIDERS);
  let atMs = WORLD_BEGAN_MS;
  let judgedUntilMs: number | null = null;
  const recent = createRecent();
  const targets = endpoints.map(({ modelId, provider }) => ({ modelId, provider }));
  const catalog = () => ({ targets }) as unknown as Catalog;
  const store = {
    samples,
    incidents: async () => [],
    judgedUntilMs: async () => judgedUntilMs,
    async saveIncidents(_found: unknown, { untilMs }: { readonly untilMs: number }) {
      judgedUntilMs = untilMs;
    },
  } as unknown as Parameters<typeof createKnowledge>[0]['store'] & IncidentStore & SampleReader;
  const nowMs = () => atMs;
  const knowledge = createKnowledge({ recent, store, catalog, nowMs, intervalMs: INTERVAL_MS, location: LOCATION });
  const log = { info() {}, warn() {}, error() {} } as unknown as Parameters<typeof createWatch>[0]['log'];
  const watch = createWatch({
    ...{ recent, store, knowledge, location: LOCATION, intervalMs: INTERVAL_MS, clock: { nowMs }, log },
  });
  return {
    ...{ recent, knowledge, watch, endpoints },
    setNow(ms: number) {
      atMs = ms;
    },
    judgedUntil(ms: number) {
      judgedUntilMs = ms;
    },
  };
}

async function afterCycle(seed: string, models: number, isMain: boolean): Promise<readonly Figure[]> {
  const rig = createRig(models, async function* () {});
  const { recent, knowledge, watch, endpoints } = rig;
  const random = seededRandom(`${seed} figures`);
  const days = RECENT_MS / DAY_MS;
  // The last cycle is the second of its day: a scan that began with the day is no work of every cycle.
  const cycles = days * CYCLES_PER_DAY + 2;
  const before = await memoryNow();
  let last: readonly Sample[] = [];
  let lastAtMs = 0;
  const habits = endpoints.map(() => habitsOf(random));
  const world = { seed: `${seed} world`, cycles, endpoints, failureRates: endpoints.map(() => 0.01) };
  let cycle = 0;
  for (const samples of cyclesOf(world)) {
    lifelike(samples, habits, random);
    if (++cycle < cycles) add(recent, samples);
    else last = samples;
    lastAtMs = samples[0]!.dueAtMs;
  }
  const after = await memoryNow();
  rig.setNow(lastAtMs - INTERVAL_MS + 60_000);
  rig.judgedUntil(lastAtMs - 2 * INTERVAL_MS);
  const start = await timed(() => watch.judge());
  for (const { modelId } of endpoints) knowledge.model(modelId, weekUntil(lastAtMs));
  knowledge.board();

  rig.setNow(lastAtMs + 60_000);
  const adding = await timed(() => add(recent, last));
  const ids = recent.models();
  const known = await timed(() => Promise.all(ids.map(knowledge.knownInTurns)));
  const judged = await timed(() => watch.judge());
  const board = await timed(() => knowledge.board());
  const week = await timed(() => ids.map((modelId) => knowledge.model(modelId, weekUntil(lastAtMs + 60_000))));

  rig.setNow(lastAtMs + INTERVAL_MS + 60_000);
  add(
    recent,
    last.map((sample) => ({ ...sample, dueAtMs: lastAtMs + INTERVAL_MS })),
  );
  const longestMs = await longestBlock(() => watch.judge());
  const longest: Figure = {
    name: `longest block while ${endpoints.length} targets are judged`,
    unit: 'ms',
    ours: longestMs,
  };
  if (!isMain) return [longest];
  return [
    figure(ALL, [known, judged, board, week].reduce(plus)),
    figure('of these, what the board shows: known, judged, board', [known, judged, board].reduce(plus)),
    figure('known of every endpoint', known),
    figure('incidents', judged),
    figure('board, last day', board),
    figure('every model, 7 days', week),
    figure('taking in the samples of the cycle', adding),
    figure('judging for the first time after a start', start),
    longest,
    { name: 'memory of 30 days of samples', unit: 'MB', ours: (after - before) / 2 ** 20 },
    { name: 'memory of what is kept between cycles', unit: 'MB', ours: ((await memoryNow()) - after) / 2 ** 20 },
  ];
}

const weekUntil = (untilMs: number) => ({ sinceMs: untilMs - 7 * DAY_MS, untilMs });

function add(recent: Recent, samples: readonly Sample[]): void {
  for (const sample of samples) recent.add(sample);
}

async function memoryNow(): Promise<number> {
  await setImmediate();
  Bun.gc(true);
  return process.memoryUsage().rss;
}

/** From one turn of the event loop to the next, at most. */
async function longestBlock(work: () => Promise<void>): Promise<number> {
  let isOver = false;
  let longestMs = 0;
  const watching = (async () => {
    let lastMs = performance.now();
    while (!isOver) {
      await setImmediate();
      longestMs = Math.max(longestMs, performance.now() - lastMs);
      lastMs = performance.now();
    }
  })();
  await setImmediate();
  await work();
  isOver = true;
  await watching;
  return longestMs;
}

function availabilityFigure(seed: string, models: number): Figure {
  let all = none;
  const window = { sinceMs: WORLD_BEGAN_MS, untilMs: WORLD_BEGAN_MS + QUARTER_DAYS * DAY_MS };
  for (let model = 0; model < models; model++) {
    const endpoints = everyPair(1, PROVIDERS);
    const world = { endpoints, failureRates: endpoints.map(() => 0.01), cycles: QUARTER_DAYS * CYCLES_PER_DAY };
    const samples = samplesOf({ ...world, seed: `${seed} quarter ${model}` });
    const targets = Map.groupBy(samples, ({ providerName }) => providerName);
    const spent = startWatch();
    for (const ofTarget of targets.values()) availabilityOf(ofTarget, window);
    all = plus(all, spent());
  }
  return figure('availability over 90 days', all);
}

/** A page of samples is made while the judge waits for it; that time is not the judge's. */
async function firstJudgement(seed: string, models: number): Promise<readonly Figure[]> {
  let making = none;
  const endpoints = everyPair(models, PROVIDERS);
  const cycles = QUARTER_DAYS * CYCLES_PER_DAY;
  const rig = createRig(models, async function* () {
    let spent = startWatch();
    for (const samples of cyclesOf({ seed, cycles, endpoints, failureRates: endpoints.map(() => 0.01) })) {
      making = plus(making, spent());
      yield samples;
      spent = startWatch();
    }
    making = plus(making, spent());
  });
  rig.setNow(WORLD_BEGAN_MS + cycles * INTERVAL_MS);
  let cycle = 0;
  for (const samples of cyclesOf({ seed, cycles, endpoints, failureRates: endpoints.map(() => 0.01) }))
    if (++cycle > cycles - (RECENT_MS / DAY_MS) * CYCLES_PER_DAY) add(rig.recent, samples);
  const spent = await timed(() => rig.watch.judge());
  return [
    figure('the first judgement ever, over 90 days', {
      cpuMs: spent.cpuMs - making.cpuMs,
      wallMs: spent.wallMs - making.wallMs,
    }),
    { name: 'memory after it', unit: 'MB', ours: process.memoryUsage().rss / 2 ** 20 },
  ];
}

const habitsOf = (random: Random) => ({
  perChunk: 1 + 2 * random(),
  correct: 0.8 + 0.2 * random(),
  price: 0.5 + random(),
  claimedTps: 40 + 80 * random(),
  fingerprint: random().toString(36).slice(2),
});

/** The rest of a reply, so that every verdict has something to look at. Nothing happens in it. */
function lifelike(samples: readonly Sample[], habits: readonly ReturnType<typeof habitsOf>[], random: Random): void {
  for (const sample of samples) {
    const [, endpoint] = sample.attemptId.split('/');
    const { perChunk, correct, price, claimedTps, fingerprint } = habits[Number(endpoint)]!;
    const prices = { priceInputUsdPerMtok: price, priceOutputUsdPerMtok: 3 * price };
    Object.assign(sample, { attemptId: crypto.randomUUID(), ...prices, claimedTtftMs: 310, claimedTps });
    if (sample.outcome !== 'ok') continue;
    const { ttftMs, tpotMs, completionTokens } = sample;
    const tokensPerChunk = perChunk * Math.exp(0.05 * gauss(random));
    Object.assign(sample, {
      e2eMs: ttftMs! + tpotMs! * completionTokens!,
      gapP50Ms: tpotMs,
      gapP95Ms: 2 * tpotMs! * Math.exp(0.2 * gauss(random)),
      tokensPerChunk,
      chunks: Math.round(completionTokens! / tokensPerChunk),
      answerCorrect: random() < correct,
      repeatedShare: 0.1 * random(),
      responseModel: sample.modelId,
      systemFingerprint: fingerprint,
      costUsd: (30 * price + 3 * price * completionTokens!) / 1e6,
    });
  }
}
