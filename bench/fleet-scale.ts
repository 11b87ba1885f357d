import { percentile } from '../src/domain/statistics.ts';
import type { Cycle } from '../src/domain/types.ts';
import { DAY_MS } from '../src/domain/utc-day.ts';
import type { FleetProbe, Lease } from '../src/ports.ts';
import { planCycle } from '../src/schedule/plan.ts';
import { openClient } from '../src/store/postgres/client.ts';
import { createFleetStore } from '../src/store/postgres/fleet.ts';
import { aCycle, aTarget } from '../tests/support/builders.ts';
import { aClaim, aWorker, notAsked, recordOf } from '../tests/support/fleet-builders.ts';
import type { PostgresServer } from '../tests/support/postgres.ts';
import type { Bench, Figure } from './bench.ts';
import { type BenchDatabase, openDatabase, startServer } from './fleet-server.ts';

const SIZES = [
  { locations: 1, targets: 50 },
  { locations: 5, targets: 200 },
  { locations: 20, targets: 500 },
  { locations: 50, targets: 1_000 },
] as const;
const PROVIDERS = 20;
const SLOTS = 32;
const CYCLES_PER_DAY = 24 * 12;
/** Of a cycle that is larger, so much is asked; the rest lies there all the same. */
const SAMPLE = 3_000;
const WARM_UP = 300;
/** Places whose workers ask at once: more would only wait for the two cores. */
const MOST_WORKERS = 8;
const MOST_CLOSED = 2_000;

type Size = (typeof SIZES)[number];

export const fleetScale: Bench = {
  about: `one cycle of fleets of several sizes, every five minutes: planned whole; of it up to ${SAMPLE.toLocaleString('en')} probes claimed and settled by up to ${MOST_WORKERS} places at once in this process (${SLOTS} slots each, answers at once); PostgreSQL with fsync on, on this machine`,
  goals: {},
  async run({ quick, progress }) {
    await using server = await startServer();
    const figures: Figure[] = [];
    for (const size of quick ? SIZES.slice(0, 2) : SIZES) {
      progress(nameOf(size));
      figures.push(...(await measured(server, size)));
    }
    return figures;
  },
};

const nameOf = ({ locations, targets }: Size) => `${locations} × ${targets.toLocaleString('en')}`;

/** What a cycle came to, so far as it was asked. */
interface Asked {
  readonly probes: number;
  readonly seconds: number;
  readonly databaseMs: number;
  readonly walBytes: number;
  readonly claimMs: readonly number[];
  readonly settleMs: readonly number[];
}

async function measured(server: PostgresServer, size: Size): Promise<readonly Figure[]> {
  await using database = await openDatabase(server, `scale_${size.locations}`);
  const { client } = database;
  const leader = createFleetStore(client);
  const earlier = aCycle({ cycleId: 'earlier', dueAtMs: Date.now() - 300_000 });
  await leader.plan(earlier, planOf(size, earlier).slice(0, WARM_UP), earlier.dueAtMs);
  await claimAndSettle(database, size, WARM_UP);

  const cycle = aCycle({ dueAtMs: Date.now() });
  const [probes, thoughtMs] = await timed(async () => planOf(size, cycle));
  const [, planMs] = await timed(() => leader.plan(cycle, probes, cycle.dueAtMs));
  await client.run('VACUUM ANALYZE');
  const [, lookMs] = await timed(() => leader.progress(cycle.cycleId));
  const asked = await claimAndSettle(database, size, Math.min(probes.length, SAMPLE));
  const unasked = (await leader.abandoned(cycle.cycleId)).slice(0, MOST_CLOSED);
  const [, closeMs] = await timed(() => leader.close(unasked.map(({ probe }) => closedUnasked(probe))));
  const { perAttempt, perProbe } = await bytesOf(database);

  const name = nameOf(size);
  const perDay = size.locations * size.targets * CYCLES_PER_DAY;
  const tails = (values: readonly number[]) => [percentile(values, 50), percentile(values, 99)];
  return [
    { name: `${name}: plan, of it thought out`, unit: 'ms', ours: [thoughtMs + planMs, thoughtMs] },
    { name: `${name}: look how it stands`, unit: 'ms', ours: lookMs },
    {
      name: `${name}: ${asked.probes.toLocaleString('en')} asked`,
      unit: 'probes/s',
      ours: asked.probes / asked.seconds,
    },
    { name: `${name}: CPU of the database`, unit: 'ms per probe', ours: asked.databaseMs / asked.probes },
    { name: `${name}: claim of ${SLOTS}`, unit: 'ms, p50 / p99', ours: tails(asked.claimMs) },
    { name: `${name}: settle`, unit: 'ms, p50 / p99', ours: tails(asked.settleMs) },
    { name: `${name}: close ${unasked.length} unasked`, unit: 'ms', ours: unasked.length === 0 ? null : closeMs },
    { name: `${name}: written ahead`, unit: 'KB per probe', ours: asked.walBytes / asked.probes / 1e3 },
    { name: `${name}: kept`, unit: 'KB per attempt / per planned probe', ours: [perAttempt / 1e3, perProbe / 1e3] },
    { name: `${name}: a day, reckoned`, unit: 'million rows / GB', ours: [perDay / 1e6, (perDay * perAttempt) / 1e9] },
    {
      name: `${name}: a core of the database, reckoned`,
      unit: 'busy',
      ours: (perDay * asked.databaseMs) / asked.probes / DAY_MS,
    },
  ];
}

async function timed<T>(work: () => Promise<T>): Promise<readonly [T, ms: number]> {
  const beganMs = performance.now();
  return [await work(), performance.now() - beganMs];
}

/** As the leader does it: at each place every target. */
function planOf({ locations, targets }: Size, cycle: Cycle): readonly FleetProbe[] {
  const known = Array.from({ length: targets }, (_, i) =>
    aTarget({ modelId: `acme/Model-${Math.floor(i / PROVIDERS)}`, provider: `provider-${i % PROVIDERS}` }),
  );
  const input = { cycle, targets: known, delisted: [], scheduledAtMs: cycle.dueAtMs };
  return Array.from({ length: locations }, (_, n) => `place-${n}`).flatMap((location) =>
    planCycle({ ...input, identity: { location } }).map((probe, order) => ({ probe, location, order })),
  );
}

/** @param most ends once so many are settled */
async function claimAndSettle(database: BenchDatabase, { locations }: Size, most: number): Promise<Asked> {
  await using stack = new AsyncDisposableStack();
  const claimMs: number[] = [];
  const settleMs: number[] = [];
  let left = most;

  async function work(location: string): Promise<void> {
    const store = stack.use(createFleetStore(stack.use(openClient({ url: database.url }))));
    const me = { workerId: `of ${location}`, location };
    await store.announce(aWorker({ ...me, slots: SLOTS }));
    while (left > 0) {
      const slots = Math.min(SLOTS, left);
      left -= slots;
      const [leases, ms] = await timed(() => store.claim(aClaim({ ...me, slots, budgetUsd: 1e9 })));
      claimMs.push(ms);
      left += slots - leases.length;
      if (leases.length === 0) return;
      const settle = async (lease: Lease) => {
        const [isStored, ms] = await timed(() => store.settle(lease.leaseId, recordOf(lease, { location })));
        if (!isStored) throw new Error('a record was refused');
        settleMs.push(ms);
      };
      await Promise.all(leases.map(settle));
    }
  }

  const wal = async () => (await database.client.first<{ bytes: number }>(WAL_BYTES))!.bytes;
  const [cpuMs, walBytes] = [database.cpuMs(), await wal()];
  const [, tookMs] = await timed(() =>
    Promise.all(Array.from({ length: Math.min(locations, MOST_WORKERS) }, (_, n) => work(`place-${n}`))),
  );
  return {
    ...{ probes: settleMs.length, seconds: tookMs / 1000, claimMs, settleMs },
    databaseMs: database.cpuMs() - cpuMs,
    walBytes: (await wal()) - walBytes,
  };
}

const WAL_BYTES = `SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::bigint AS bytes`;

const closedUnasked = ({ probe, location }: FleetProbe) => ({
  ...notAsked({ probe }),
  ...{ location, modelId: probe.target.modelId, providerName: probe.target.provider },
});

async function bytesOf({ client }: BenchDatabase) {
  const { rows, kept, planned, plan } = (await client.first<Record<'rows' | 'kept' | 'planned' | 'plan', number>>(
    `SELECT (SELECT count(*) FROM attempts) AS rows, pg_total_relation_size('attempts') + pg_total_relation_size('bodies') AS kept,
       (SELECT count(*) FROM probes) AS planned, pg_total_relation_size('probes') AS plan`,
  ))!;
  return { perAttempt: kept / rows, perProbe: plan / planned };
}
