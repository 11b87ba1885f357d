import { type Random, shuffled } from '../../../src/lib/random.ts';
import { openClient } from '../../../src/store/postgres/client.ts';
import { WORKER_LOCK } from '../../../src/store/postgres/fleet-tables.ts';
import { ROLE_LOCK } from '../../../src/store/postgres/role-lock.ts';
import type { PostgresServer } from '../../support/postgres.ts';
import type { Gate } from './gate.ts';
import type { Member, MemberOptions } from './member-process.ts';
import { startMember } from './member-process.ts';
import { TIMES } from './plan.ts';
import type { Exceptions } from './telling.ts';

export interface Scene {
  readonly workers: readonly Member[];
  readonly leaders: readonly Member[];
  readonly server: PostgresServer;
  /** Of the database, past the gate. */
  readonly url: string;
  readonly gate: Gate;
  readonly random: Random;
  /** A worker more, whose clock is wrong. */
  readonly skewed: MemberOptions;
  /** How long it took until somebody led again, ms. */
  readonly failOvers: number[];
  readonly problems: string[];
  readonly exceptions: Exceptions;
}

/** What befalls a fleet, and how often in each round of the deck. */
const DECK = {
  'worker killed': 6,
  'leader killed': 3,
  'waiting leader killed': 1,
  'database stopped': 2,
  'connections cut': 3,
  'connections refused': 1,
  'worker paused': 2,
  'worker paused and cut': 1,
  'worker with a wrong clock': 1,
  'everything killed': 1,
} as const;

export type Act = keyof typeof DECK;
export const ACTS = Object.keys(DECK) as readonly Act[];

/** Deals each as often as the deck has it, in an order by chance. */
export function createDealer(random: Random): () => Act {
  let deck: Act[] = [];
  return () => {
    if (deck.length === 0)
      deck = shuffled(
        ACTS.flatMap((act) => Array<Act>(DECK[act]).fill(act)),
        random,
      );
    return deck.pop()!;
  };
}

/** Nobody leads for longer. */
const LEADERLESS_MS = 20_000;
const CLOCK_AHEAD_MS = 5000;
const REFUSING_MS = 3000;
const LOOK_MS = 10;
/** Then a process that was paused has dropped what it may not ask any more. */
const WAKING_MS = 1500;
/** Then all that was begun without the database has ended: three attempts of a probe, the waits between them, the slowest replies. */
const ALONE_MS = 20_000;
/** How long a connection may take to be there again. */
const REACHING_MS = 2000;
/** A process begins to work within that, however busy the machine is. */
const STARTING_MS = 30_000;

export async function perform(act: Act, scene: Scene): Promise<void> {
  const { workers, leaders, server, gate, random, exceptions } = scene;
  const between = (low: number, high: number) => low + random() * (high - low);
  const anyOf = <T>(items: readonly T[]) => items[Math.floor(random() * items.length)]!;
  const shock = () => {
    for (const { life } of [...workers, ...leaders]) life.shocks++;
  };
  /** Nobody reaches the database meanwhile; if that takes long, workers go on alone. */
  const away = async (meanwhile: () => Promise<void>) => {
    shock();
    const before = exceptions.aloneUntilMs;
    exceptions.aloneUntilMs = Number.POSITIVE_INFINITY;
    const beganAtMs = performance.now();
    await meanwhile();
    const isShort = performance.now() - beganAtMs < TIMES.worker.awayMs - REACHING_MS;
    exceptions.aloneUntilMs = isShort ? before : performance.now() + ALONE_MS;
  };
  switch (act) {
    case 'worker killed':
      return anyOf(workers).killAndStart();
    case 'leader killed': {
      const leader = await theLeader(scene);
      if (leader === null) return void scene.problems.push(`nobody led for ${LEADERLESS_MS / 1000} s`);
      const beganAtMs = performance.now();
      await leader.kill();
      const next = await theLeader(scene, leader);
      if (next === null) scene.problems.push('nobody took over from a leader that was killed');
      else scene.failOvers.push(performance.now() - beganAtMs);
      return leader.start();
    }
    case 'waiting leader killed': {
      const leader = await theLeader(scene);
      return leaders.find((member) => member !== leader)!.killAndStart();
    }
    case 'database stopped':
      return away(async () => {
        await server.stopAtOnce();
        await Bun.sleep(between(0, 3000));
        await server.start();
      });
    case 'connections cut':
      shock();
      return gate.cutAll();
    case 'connections refused':
      return away(async () => {
        gate.refuse(true);
        await Bun.sleep(between(3000, 15_000));
        gate.refuse(false);
      });
    case 'worker paused': {
      const worker = anyOf(workers);
      if (!(await isHere(worker, scene))) scene.problems.push(`${worker.life.tag} did not say that it is there`);
      worker.life.shocks++;
      worker.signal('SIGSTOP');
      await Bun.sleep(TIMES.worker.leaseMs + between(500, 3000));
      worker.signal('SIGCONT');
      return;
    }
    case 'worker paused and cut': {
      const worker = anyOf(workers);
      shock();
      exceptions.uncounted.add(worker.life.tag);
      worker.signal('SIGSTOP');
      gate.cutAll();
      await Bun.sleep(TIMES.worker.leaseMs + between(500, 3000));
      worker.signal('SIGCONT');
      await Bun.sleep(WAKING_MS);
      exceptions.uncounted.delete(worker.life.tag);
      return;
    }
    case 'worker with a wrong clock': {
      const { plan, ...options } = scene.skewed;
      const worker = startMember({ ...options, plan: { ...plan, aheadMs: anyOf([-1, 1]) * CLOCK_AHEAD_MS } });
      const hasRefused = await Promise.race([
        worker.said(/clock of this machine/),
        Bun.sleep(STARTING_MS).then(() => false),
      ]);
      if (!hasRefused) scene.problems.push('a worker with a wrong clock did not say so');
      await Bun.sleep(REFUSING_MS);
      await worker.stop();
      const { asking, stored } = worker.life;
      scene.problems.push(...worker.complaints);
      if (asking.length + stored.length > 0)
        scene.problems.push(`a worker with a wrong clock asked ${asking.length} probes`);
      return;
    }
    case 'everything killed':
      await Promise.all([...workers, ...leaders].map((member) => member.kill()));
      await server.stopAtOnce();
      await server.start();
      for (const member of [...workers, ...leaders]) member.start();
      return;
    default:
      act satisfies never;
  }
}

/** Who leads; null: nobody does in time. */
export async function theLeader(scene: Scene, but?: Member): Promise<Member | null> {
  return holderOf(ROLE_LOCK, scene.leaders, scene, LEADERLESS_MS, but);
}

/** Whether a worker says that it is there, so that what it holds is counted while it is paused; after a cut it does so again within its time. */
const isHere = async (worker: Member, scene: Scene) =>
  (await holderOf(WORKER_LOCK, [worker], scene, STARTING_MS)) !== null;

/** Whose process holds an advisory lock of that class; null: none does in time. */
async function holderOf(
  lock: number,
  members: readonly Member[],
  { gate, url }: Scene,
  forMs: number,
  but?: Member,
): Promise<Member | null> {
  await using client = openClient({ url, connections: 1 });
  const holders = 'SELECT client_port FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE classid = $1 AND granted';
  for (const untilMs = performance.now() + forMs; performance.now() < untilMs; await Bun.sleep(LOOK_MS)) {
    const names = (await client.values(holders, lock)).map(([port]) => gate.nameOf(port as number));
    const holder = members.find((member) => member !== but && names.includes(member.name));
    if (holder !== undefined) return holder;
  }
  return null;
}
