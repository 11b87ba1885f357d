import { join } from 'node:path';
import { type Random, seededRandom } from '../../../src/lib/random.ts';
import { startWorld, type World } from '../../../src/sim/world.ts';
import { openClient } from '../../../src/store/postgres/client.ts';
import { type PostgresServer, startPostgres } from '../../support/postgres.ts';
import { tempDir } from '../../support/temp-dir.ts';
import { settingsIn } from '../place.ts';
import { ACTS, type Act, createDealer, perform, type Scene, theLeader } from './acts.ts';
import { type Gate, openGate } from './gate.ts';
import { type FleetFindings, isUnsettled, lookAtFleet } from './look.ts';
import { type Member, startMember } from './member-process.ts';
import { type Control, INTERVAL_MS, PER_PROVIDER, SLOTS, TIMES } from './plan.ts';
import { createGauge, createTelling, type Exceptions, type Gauge, type Telling } from './telling.ts';

export interface FleetChaosOptions {
  readonly kills: number;
  readonly seed: number;
  readonly control?: Control | null;
  /** What befalls it, in this order; else as the seed deals it. */
  readonly acts?: readonly Act[];
  readonly killed?: (act: Act) => void;
}

export interface FleetChaosResult {
  readonly tallies: ReadonlyMap<Act, number>;
  readonly lost: readonly string[];
  readonly doubled: readonly string[];
  readonly problems: readonly string[];
  readonly acknowledged: number;
  readonly cycles: number;
  readonly fenced: number;
  readonly unasked: number;
  /** Requests that the world saw and nobody stored. */
  readonly repeats: number;
  /** Of each worker that was killed and that nothing else had befallen. */
  readonly repeatsPerKill: readonly number[];
  /** From the death of a leader to the next one's lead, ms. */
  readonly failOvers: readonly number[];
  readonly peak: Gauge['peak'];
  /** What each fleet with a budget spent beyond it, USD; below 0: it did not meet it. */
  readonly overspentUsd: readonly number[];
  readonly seconds: number;
}

/** Then all have peace, and what they left is looked at. */
const ACTS_PER_FLEET = 25;
const PLACES = ['eu', 'us'];
/** Every other fleet may spend no more in a day: less than it would. */
const BUDGET_USD = 0.005;
/** Most replies take 50 to 1000 ms. */
const PACE = 0.5;
/** Twice a lease. */
const SLOW_MS = 5000;
/** A cycle, what an outage leaves to be delivered, and a machine that does much else. */
const PEACE_MS = 90_000;

/** Kills and cuts a fleet again and again, and holds what is in its database against what its processes said and what the world saw. */
export async function runFleetChaos(options: FleetChaosOptions): Promise<FleetChaosResult> {
  const beganAtMs = performance.now();
  const random = seededRandom(`${options.seed} fleet`);
  const deal = createDealer(random);
  const given = [...(options.acts ?? [])];
  using folder = tempDir();
  await using server = await startPostgres();
  await using gate = openGate(server.port);
  await using world = await startWorld({ seed: options.seed, pace: PACE });
  const score = new Score();
  const exceptions: Exceptions = { uncounted: new Set(), aloneUntilMs: Number.NEGATIVE_INFINITY, lately: 'start' };
  const gauge = createGauge(world, PER_PROVIDER, exceptions);
  for (let fleets = 1; score.kills < options.kills; fleets++) {
    const acts = Math.min(ACTS_PER_FLEET, options.kills - score.kills);
    await liveAndDie({
      name: `fleet_${fleets}`,
      acts,
      deal: () => given.shift() ?? deal(),
      budgetUsd: fleets % 2 === 0 ? BUDGET_USD : null,
      home: join(folder.path, String(fleets)),
      server,
      gate,
      world,
      random,
      score,
      exceptions,
      options,
    });
  }
  return score.result(gauge, (performance.now() - beganAtMs) / 1000);
}

interface Fate {
  readonly name: string;
  readonly acts: number;
  readonly deal: () => Act;
  readonly budgetUsd: number | null;
  readonly home: string;
  readonly server: PostgresServer;
  readonly gate: Gate;
  readonly world: World;
  readonly random: Random;
  readonly score: Score;
  readonly exceptions: Exceptions;
  readonly options: FleetChaosOptions;
}

/** One database and one fleet: its processes start, much befalls them, they have peace, and are looked at. */
async function liveAndDie(fate: Fate): Promise<void> {
  const { name, acts, deal, budgetUsd, server, gate, world, random, score, exceptions, options } = fate;
  {
    await using admin = openClient({ url: server.urlOf('postgres'), connections: 1 });
    await admin.run(`CREATE DATABASE ${name}`);
  }
  const url = server.urlOf(name);
  const telling = createTelling(world);
  const { workers, leaders, skewed } = await openFleet(fate);
  const scene: Scene = {
    workers,
    leaders,
    server,
    url,
    gate,
    random,
    skewed,
    failOvers: score.failOvers,
    exceptions,
    problems: score.problems,
  };
  const members = [...workers, ...leaders];
  let sinceMs = Number.POSITIVE_INFINITY;
  try {
    await theLeader(scene); // whoever leads has made the tables
    sinceMs = await allAreThere(url, workers.length);
    for (let done = 0; done < acts; done++) {
      const act = deal();
      telling.hear();
      changeWeather(world, random);
      exceptions.lately = act;
      await perform(act, scene);
      score.kill(act);
      options.killed?.(act);
      await Bun.sleep(300 + random() * 1500);
    }
    await peace(url, workers.length, score);
    telling.hear();
    await Promise.all(members.map((member) => member.stop()));
  } finally {
    await Promise.all(members.map((member) => member.kill()));
  }
  const lives = members.flatMap((member) => member.lives);
  score.found(
    name,
    await lookAtFleet(url, {
      acknowledged: lives.flatMap(({ stored }) => stored),
      planned: lives.flatMap(({ planned }) => planned),
      places: PLACES,
      sinceMs,
      budgetUsd,
      slots: SLOTS * workers.length,
    }),
    members,
    telling,
    budgetUsd,
  );
}

async function openFleet({ home, gate, world, name, budgetUsd, options }: Fate) {
  const plan = { aheadMs: 0, control: options.control ?? null };
  const optionsOf = async (member: string, role: 'schedule' | 'probe', location: string) => ({
    name: member,
    plan,
    environment: {
      ...settingsIn(join(home, member), world),
      DATABASE_URL: `postgres://postgres@127.0.0.1:${await gate.portFor(member)}/${name}`,
      ROLES: role,
      LOCATION: location,
      PUSH: 'off',
      MODELS_TO_FETCH: '5',
      SCHEDULE_INTERVAL_SECONDS: String(INTERVAL_MS / 1000),
      PROBE_CONCURRENCY: String(SLOTS),
      PROBE_CONCURRENCY_PER_PROVIDER: String(PER_PROVIDER),
      FIRST_TOKEN_TIMEOUT_SECONDS: '20',
      TOTAL_TIMEOUT_SECONDS: '20',
      LOOP_LAG_LIMIT_MS: '60000', // many processes on few cores
      // The leader knows of no budget and plans more than it allows: the workers keep to it.
      ...(budgetUsd !== null && role === 'probe' && { BUDGET_USD_PER_DAY: String(budgetUsd) }),
    },
    expected: /waiting for the database/,
  });
  const workers = [
    optionsOf('eu-1', 'probe', 'eu'),
    optionsOf('eu-2', 'probe', 'eu'),
    optionsOf('us-1', 'probe', 'us'),
  ];
  const leaders = [optionsOf('leader-1', 'schedule', 'hq'), optionsOf('leader-2', 'schedule', 'hq')];
  return {
    workers: (await Promise.all(workers)).map(startMember),
    leaders: (await Promise.all(leaders)).map(startMember),
    skewed: { ...(await optionsOf('us-skewed', 'probe', 'us')), expected: /the clock of this machine is too far/ },
  };
}

/** Some requests are refused, and asked again; some take longer than a lease. */
function changeWeather(world: World, random: Random): void {
  if (random() < 0.5) world.script({ times: 2 }, { kind: 'reply', habits: { ttftMs: SLOW_MS / PACE } });
  for (const status of [429, 503]) if (random() < 0.3) world.script({ times: 2 }, { kind: 'status', status });
}

/** Waits until every worker has said that it is there. @returns Unix ms: from then on each cycle is planned for every place */
async function allAreThere(url: string, workers: number): Promise<number> {
  await using client = openClient({ url, connections: 1 });
  for (let seen = 0; seen < workers; await Bun.sleep(100)) {
    [[seen]] = (await client.values('SELECT count(*) FROM workers')) as [[number]];
  }
  return Date.now();
}

/** Waits until every cycle that is due has ended, and nothing waits to be delivered. */
async function peace(url: string, workers: number, score: Score): Promise<void> {
  await using client = openClient({ url, connections: 1 });
  const beganAtMs = Date.now();
  const dueAtMs = Math.floor(beganAtMs / INTERVAL_MS) * INTERVAL_MS;
  const sinceMs = beganAtMs + TIMES.worker.announceMs;
  while (await isUnsettled(client, { dueAtMs, sinceMs, workers })) {
    if (Date.now() > beganAtMs + PEACE_MS) {
      return void score.problems.push('a cycle did not end, or an outbox was not emptied');
    }
    await Bun.sleep(200);
  }
}

/** What was found, fleet by fleet. */
class Score {
  readonly problems: string[] = [];
  readonly failOvers: number[] = [];
  readonly #tallies = new Map<Act, number>(ACTS.map((act) => [act, 0]));
  readonly #lost: string[] = [];
  readonly #doubled: string[] = [];
  readonly #repeatsPerKill: number[] = [];
  readonly #overspentUsd: number[] = [];
  #sums = { acknowledged: 0, cycles: 0, fenced: 0, unasked: 0, repeats: 0 };

  get kills(): number {
    return this.#tallies.values().reduce((sum, n) => sum + n, 0);
  }

  kill(act: Act): void {
    this.#tallies.set(act, this.#tallies.get(act)! + 1);
  }

  found(
    name: string,
    findings: FleetFindings,
    members: readonly Member[],
    telling: Telling,
    budgetUsd: number | null,
  ): void {
    const { lost, doubled, problems, sent, cycles, fenced, unasked } = findings;
    this.#lost.push(...lost);
    if (budgetUsd !== null) this.#overspentUsd.push(findings.spentUsd - budgetUsd);
    this.#doubled.push(...doubled);
    const complaints = members.flatMap((member) => member.complaints);
    this.problems.push(...[...problems, ...complaints].map((problem) => `${name}: ${problem}`));
    const lives = members.flatMap((member) => member.lives);
    for (const life of lives) {
      const repeats = telling.requestsOf(life.tag) - life.stored.length;
      const mostRepeats = SLOTS * life.shocks;
      if (repeats > mostRepeats) {
        this.problems.push(`${name}: ${life.tag} asked ${repeats} times in vain, after ${life.shocks} shocks`);
      }
      if (life.wasKilled && life.shocks === 1 && life.asking.length > 0)
        this.#repeatsPerKill.push(Math.max(repeats, 0));
    }
    const acknowledged = new Set(lives.flatMap(({ stored }) => stored)).size;
    const repeats = telling.requests() - sent;
    const sums = { acknowledged, cycles, fenced, unasked, repeats };
    for (const key of Object.keys(sums) as (keyof typeof sums)[]) this.#sums[key] += sums[key];
  }

  result({ peak, excesses }: Gauge, seconds: number): FleetChaosResult {
    this.problems.push(...excesses);
    if (peak.counted < PER_PROVIDER) this.problems.push('the limit per provider was never met: the check says nothing');
    return {
      tallies: this.#tallies,
      lost: this.#lost,
      doubled: this.#doubled,
      problems: this.problems,
      ...this.#sums,
      repeatsPerKill: this.#repeatsPerKill,
      overspentUsd: this.#overspentUsd,
      failOvers: this.failOvers,
      peak,
      seconds,
    };
  }
}
