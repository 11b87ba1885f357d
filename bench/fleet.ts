import { percentile } from '../src/domain/statistics.ts';
import { createFleetStore } from '../src/store/postgres/fleet.ts';
import { aCycle } from '../tests/support/builders.ts';
import { fleetProbes } from '../tests/support/fleet-builders.ts';
import type { PostgresServer } from '../tests/support/postgres.ts';
import type { Bench, Figure } from './bench.ts';
import { type Child, startChild } from './child.ts';
import { openDatabase, startServer } from './fleet-server.ts';
import type { Worked, WorkOrder } from './fleet-worker.ts';
import { benchFolder } from './tracker.ts';

const WORKERS = [1, 2, 3, 4, 6] as const;
const PROVIDERS = 20;
/** `PROBE_CONCURRENCY`, unless told otherwise. */
const SLOTS = 32;
const ASK_MS = 3;
const PEER = 'records alone';

/** What a cycle came to, whoever did it. */
interface Run {
  readonly perSecond: number;
  /** Of all processes of the database, and of all workers, per probe. */
  readonly databaseMs: number;
  readonly workerMs: number;
  readonly claimMs: readonly number[];
  readonly settleMs: readonly number[];
}

export const fleet: Bench = {
  about: `processes with the code of \`tracker worker\` (${SLOTS} slots each) on one PostgreSQL (fsync on), all on this machine; an answer is there after ${ASK_MS} ms; beside it the same processes that only store such records, one in a transaction`,
  goals: {},
  async run({ quick, progress }) {
    await using server = await startServer();
    const figures: Figure[] = [];
    for (const workers of WORKERS) {
      progress(`${workers} workers`);
      const probes = quick ? 300 : 5_000;
      const asked = await run(server, `asked_${workers}`, workers, probes, 'ask');
      const stored = await run(server, `stored_${workers}`, workers, probes, 'store');
      figures.push(...figuresOf(workers === 1 ? '1 worker' : `${workers} workers`, asked, stored));
    }
    return figures;
  },
};

async function run(
  server: PostgresServer,
  database: string,
  workers: number,
  probes: number,
  what: WorkOrder['do'],
): Promise<Run> {
  await using place = await openDatabase(server, database);
  const cycle = aCycle({ dueAtMs: Date.now() });
  const store = createFleetStore(place.client);
  await store.plan(
    cycle,
    fleetProbes(
      Array.from({ length: probes }, (_, i) => `provider-${i % PROVIDERS}`),
      { cycle },
    ),
    cycle.dueAtMs,
  );
  await place.client.run('VACUUM ANALYZE');

  using folder = benchFolder();
  await using children = new AsyncDisposableStack();
  const started: Child<WorkOrder, Worked>[] = [];
  for (let i = 0; i < workers; i++) {
    const module = new URL('./fleet-worker.ts', import.meta.url);
    const [child] = await startChild<string, WorkOrder, Worked>(module, [
      place.url,
      `w${i}`,
      String(SLOTS),
      folder.path,
    ]);
    started.push(children.use(child));
  }
  const order: WorkOrder =
    what === 'ask'
      ? { do: 'ask', cycleId: cycle.cycleId, askMs: ASK_MS }
      : { do: 'store', records: Math.floor(probes / workers) };
  const cpuMs = place.cpuMs();
  const worked = await Promise.all(started.map((child) => child.ask(order)));
  const databaseMs = place.cpuMs() - cpuMs;
  const done = sum(worked.map((each) => each.probes));
  const seconds =
    (Math.max(...worked.map((each) => each.lastAtMs)) - Math.min(...worked.map((each) => each.firstAtMs))) / 1000;
  return {
    perSecond: done / seconds,
    databaseMs: databaseMs / done,
    workerMs: sum(worked.map((each) => each.cpuMs)) / done,
    claimMs: worked.flatMap((each) => each.claimMs),
    settleMs: worked.flatMap((each) => each.settleMs),
  };
}

function figuresOf(name: string, asked: Run, stored: Run): readonly Figure[] {
  const tails = (values: readonly number[]) => [percentile(values, 50), percentile(values, 99)];
  return [
    { name, unit: 'probes/s', ours: asked.perSecond, peers: { [PEER]: stored.perSecond } },
    {
      name: `${name}: CPU of the database`,
      unit: 'ms per probe',
      ours: asked.databaseMs,
      peers: { [PEER]: stored.databaseMs },
    },
    {
      name: `${name}: CPU of the workers`,
      unit: 'ms per probe',
      ours: asked.workerMs,
      peers: { [PEER]: stored.workerMs },
    },
    { name: `${name}: claims`, unit: 'per probe', ours: asked.claimMs.length / asked.settleMs.length },
    { name: `${name}: claim`, unit: 'ms, p50 / p99', ours: tails(asked.claimMs) },
    {
      name: `${name}: settle`,
      unit: 'ms, p50 / p99',
      ours: tails(asked.settleMs),
      peers: { [PEER]: tails(stored.settleMs) },
    },
  ];
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
