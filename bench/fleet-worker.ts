import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { openOutbox } from '../src/fleet/outbox.ts';
import { work } from '../src/fleet/worker.ts';
import type { WorkerParts } from '../src/fleet/worker-parts.ts';
import { createRedactor } from '../src/lib/redact.ts';
import { createLog } from '../src/observe/log.ts';
import { SYSTEM_CLOCK } from '../src/parts.ts';
import { insertRecords } from '../src/store/postgres/attempts.ts';
import { openClient } from '../src/store/postgres/client.ts';
import { createFleetStore } from '../src/store/postgres/fleet.ts';
import { isUnreachable } from '../src/store/postgres/unreachable.ts';
import { anIdentity } from '../tests/support/builders.ts';
import { fleetProbes, recordOf } from '../tests/support/fleet-builders.ts';
import { serveParent } from './child.ts';

// A worker of a fleet in a process of its own. Arguments: address of the database, name, slots, folder.

/** What a worker is told to do: all probes of a cycle, as one of many; or only to store as many records as alike. */
export type WorkOrder =
  | { readonly do: 'ask'; readonly cycleId: string; readonly askMs: number }
  | { readonly do: 'store'; readonly records: number };

/** What it did. Times of the day are Unix ms with fractions. */
export interface Worked {
  readonly probes: number;
  readonly firstAtMs: number;
  readonly lastAtMs: number;
  readonly cpuMs: number;
  readonly claimMs: readonly number[];
  readonly settleMs: readonly number[];
}

const [url, workerId, slots, folder] = [process.argv[2]!, process.argv[3]!, Number(process.argv[4]), process.argv[5]!];
const client = openClient({ url });
const nowMs = () => performance.timeOrigin + performance.now();

async function timed<T>(into: number[], work: () => Promise<T>): Promise<T> {
  const beganMs = performance.now();
  const result = await work();
  into.push(performance.now() - beganMs);
  return result;
}

async function ask({ cycleId, askMs }: Extract<WorkOrder, { do: 'ask' }>): Promise<Worked> {
  await using store = createFleetStore(client);
  const path = join(folder, workerId);
  mkdirSync(path);
  using outbox = openOutbox(path);
  const stop = new AbortController();
  const claimMs: number[] = [];
  const settleMs: number[] = [];
  const atMs: number[] = [];
  const parts: WorkerParts = {
    identity: { ...anIdentity(), location: 'eu' },
    settings: { slots, perProvider: null, budgetUsd: 1e9, intervalMs: 1e12 },
    store: {
      ...store,
      async claim(claim) {
        const leases = await timed(claimMs, () => store.claim(claim));
        if (leases.length === 0) {
          const { planned, done } = await store.progress(cycleId);
          if (done === planned) stop.abort();
        }
        return leases;
      },
      settle: (leaseId, record) => timed(settleMs, () => store.settle(leaseId, record)),
      lastGood: async () => null,
      spentOn: async () => ({ knownUsd: 0, estimatedUsd: 0 }),
    },
    outbox,
    async *ask(probe) {
      await SYSTEM_CLOCK.sleep(askMs);
      yield recordOf({ probe });
    },
    plan: () => [],
    isUnreachable,
    clock: SYSTEM_CLOCK,
    log: createLog({ level: 'error', output: process.stderr, redact: createRedactor([]) }),
  };
  const cpu = process.cpuUsage();
  const stopped = { starting: stop.signal, running: new AbortController().signal };
  await work(parts, stopped, { stored: () => atMs.push(nowMs()) });
  return worked(atMs, cpu, { claimMs, settleMs });
}

/** What a worker would do that owned everything: as many at once, each in a transaction. */
async function store({ records }: Extract<WorkOrder, { do: 'store' }>): Promise<Worked> {
  const probes = fleetProbes(
    Array.from({ length: records }, (_, i) => `provider-${i % 20}`),
    { location: workerId },
  );
  const waiting = probes.map((probe) => recordOf(probe));
  const settleMs: number[] = [];
  const atMs: number[] = [];
  const cpu = process.cpuUsage();
  await Promise.all(
    Array.from({ length: slots }, async () => {
      for (let record = waiting.pop(); record !== undefined; record = waiting.pop()) {
        const one = record;
        await timed(settleMs, () => client.transaction((db) => insertRecords(db, [one])));
        atMs.push(nowMs());
      }
    }),
  );
  return worked(atMs, cpu, { claimMs: [], settleMs });
}

function worked(atMs: readonly number[], since: NodeJS.CpuUsage, took: Pick<Worked, 'claimMs' | 'settleMs'>): Worked {
  const { user, system } = process.cpuUsage(since);
  const [firstAtMs, lastAtMs] = [atMs[0] ?? nowMs(), atMs.at(-1) ?? nowMs()];
  return { probes: atMs.length, firstAtMs, lastAtMs, cpuMs: (user + system) / 1000, ...took };
}

serveParent('ready', (order: WorkOrder) => (order.do === 'ask' ? ask(order) : store(order)));
