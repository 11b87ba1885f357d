import { percentile } from '../src/domain/statistics.ts';
import { openClient } from '../src/store/postgres/client.ts';
import { createFleetStore } from '../src/store/postgres/fleet.ts';
import { migrate } from '../src/store/postgres/schema.ts';
import { aCycle, DUE_AT_MS } from '../tests/support/builders.ts';
import { aClaim, aWorker, fleetProbes, recordOf } from '../tests/support/fleet-builders.ts';
import { type PostgresServer, startPostgres } from '../tests/support/postgres.ts';
import type { Bench, Figure } from './bench.ts';
import { median } from './statistics.ts';

const PROVIDERS = 20;
const SLOTS = 8;
const WORKERS = [1, 3, 10] as const;
const OPEN = [1_000, 10_000, 100_000] as const;
const DONE = 1_000_000;
const PEER = 'SELECT 1';
/** Of one statement that plans. */
const PAGE = 5_000;

export const fleetClaims: Bench = {
  about: `a fleet on one PostgreSQL (fsync on) and one more process on this machine: workers of ${SLOTS} slots claim and settle without asking anybody; then single claims among open probes of ${PROVIDERS} providers, after ${DONE.toLocaleString('en')} that are done`,
  goals: { 'claim of 8, 100,000 open': { atMost: [20] } },
  async run({ quick, progress }) {
    await using server = await startPostgres(['-c', 'fsync=on', '-c', 'autovacuum=on']);
    const figures: Figure[] = [];
    for (const workers of WORKERS) {
      progress(`${workers} workers`);
      const name = workers === 1 ? '1 worker' : `${workers} workers`;
      figures.push(await throughput(server, workers, name, quick ? 200 : 1_500));
    }
    await using place = await newPlace(server, 'open');
    if (!quick) await addDone(place, DONE);
    let planned = 0;
    for (const open of OPEN) {
      progress(`${open} open`);
      await plan(place, planned, open);
      planned = open;
      figures.push(...(await claims(place, open, quick ? 10 : 200)));
    }
    return figures;
  },
};

async function newPlace(server: PostgresServer, database: string) {
  const stack = new AsyncDisposableStack();
  const admin = stack.use(openClient({ url: server.urlOf('postgres'), connections: 1 }));
  await admin.run(`CREATE DATABASE ${database}`);
  const url = server.urlOf(database);
  const client = stack.use(openClient({ url, connections: 2 }));
  await migrate(client);
  return {
    client,
    async join(workerId: string) {
      const store = createFleetStore(stack.use(openClient({ url, connections: SLOTS })));
      await store.announce(aWorker({ workerId }));
      return store;
    },
    [Symbol.asyncDispose]: () => stack[Symbol.asyncDispose](),
  };
}

type Place = Awaited<ReturnType<typeof newPlace>>;

/** From one number of open probes to another. */
async function plan({ client }: Place, from: number, to: number): Promise<void> {
  const probes = fleetProbes(Array.from({ length: to }, (_, i) => `provider-${i % PROVIDERS}`));
  const store = createFleetStore(client);
  for (let at = from; at < to; at += PAGE) await store.plan(aCycle(), probes.slice(at, at + PAGE), DUE_AT_MS);
  await client.run('ANALYZE');
}

async function throughput(server: PostgresServer, workers: number, name: string, probes: number): Promise<Figure> {
  await using place = await newPlace(server, `workers_${workers}`);
  await plan(place, 0, probes);
  const stores = await Promise.all(Array.from({ length: workers }, (_, i) => place.join(`w${i}`)));
  const beganMs = performance.now();
  await Promise.all(
    stores.map(async (store, i) => {
      const claim = aClaim({ workerId: `w${i}`, slots: SLOTS, perProvider: 16, budgetUsd: 1e9 });
      for (;;) {
        const leases = await store.claim(claim);
        if (leases.length === 0) return;
        await Promise.all(leases.map((lease) => store.settle(lease.leaseId, recordOf(lease))));
      }
    }),
  );
  const seconds = (performance.now() - beganMs) / 1000;
  const { done } = await stores[0]!.progress(aCycle().cycleId);
  return { name, unit: 'probes/s', ours: done / seconds };
}

/** Rows as they are between the end of their cycle and the day after. */
async function addDone({ client }: Place, rows: number): Promise<void> {
  await client.run(
    `INSERT INTO probes (probe_id, cycle_id, due_at_ms, location, plan_order, provider, is_skipped, probe, attempts, done)
     SELECT 'done-' || i, 'cycle-' || i / 1000, $2::bigint - i / 1000, 'eu', i % 1000, 'provider-' || i % ${PROVIDERS}, false, '{}', 1, true
     FROM generate_series(1, $1::bigint) AS i`,
    rows,
    DUE_AT_MS,
  );
}

async function claims(place: Place, open: number, times: number): Promise<readonly Figure[]> {
  const workerId = `of-${open}`;
  const store = await place.join(workerId);
  const claim = aClaim({ workerId, slots: SLOTS, perProvider: 1, budgetUsd: 1e9 });
  const some: number[] = [];
  const none: number[] = [];
  for (let i = 0; i < times; i++) {
    const beganMs = performance.now();
    const leases = await store.claim(claim);
    some.push(performance.now() - beganMs);
    if (leases.length !== SLOTS) throw new Error(`${leases.length} of ${SLOTS} were claimed`);
    await store.release(leases.map(({ leaseId }) => leaseId));
  }
  await store.claim({ ...claim, slots: PROVIDERS }); // every provider is at its limit
  for (let i = 0; i < times; i++) {
    const beganMs = performance.now();
    await store.claim(claim);
    none.push(performance.now() - beganMs);
  }
  await store.withdraw(workerId);
  const nothing: number[] = [];
  for (let i = 0; i < times; i++) {
    const beganMs = performance.now();
    await place.client.run('SELECT 1');
    nothing.push(performance.now() - beganMs);
  }
  const peers = { [PEER]: [median(nothing), percentile(nothing, 99)] };
  const named = open.toLocaleString('en');
  const unit = 'ms, p50 / p99';
  return [
    { name: `claim of ${SLOTS}, ${named} open`, unit, ours: [median(some), percentile(some, 99)], peers },
    { name: `claim of none, ${named} open`, unit, ours: [median(none), percentile(none, 99)], peers },
  ];
}
