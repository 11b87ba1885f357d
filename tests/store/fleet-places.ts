import { type Client, openClient } from '../../src/store/postgres/client.ts';
import { createFleetStore } from '../../src/store/postgres/fleet.ts';
import { CLAIMS_LOCK } from '../../src/store/postgres/fleet-tables.ts';
import type { FleetPlace } from '../contract/fleet-store.ts';
import { DUE_AT_MS } from '../support/builders.ts';
import { MemoryFleet } from '../support/memory-fleet.ts';
import { newDatabase } from '../support/postgres.ts';

export async function memoryFleet(): Promise<FleetPlace> {
  let nowMs = DUE_AT_MS;
  const fleet = new MemoryFleet({ nowMs: () => nowMs });
  return {
    open: () => fleet.open(),
    async pass(ms) {
      nowMs += ms;
    },
    async finish({ cycleId }) {
      fleet.cycles.get(cycleId)!.ended = true;
    },
    records: async () => fleet.records,
    spentUsd: async (day) => fleet.spentUsd.get(day) ?? 0,
    async [Symbol.asyncDispose]() {},
  };
}

let database: ReturnType<typeof newDatabase> | null = null;

/** Each process has connections of its own. One database after the other, emptied, is less work than many. */
export async function postgresFleet(): Promise<FleetPlace & { readonly admin: Client }> {
  const stack = new AsyncDisposableStack();
  database ??= newDatabase(); // gone with its server
  const { url } = await database;
  const admin = stack.use(openClient({ url, connections: 1 }));
  await admin.run(
    'TRUNCATE workers, probes, slots, wishes, fenced_attempts, attempts, bodies, cycles, ledger, rollups, series RESTART IDENTITY',
  );
  return {
    admin,
    open() {
      const client = stack.use(openClient({ url, connections: 4 }));
      return createFleetStore(client);
    },
    /** Whatever ends by the clock ends so much earlier. Within a claim no time leaps. */
    async pass(ms) {
      await admin.transaction(async (db) => {
        await db.run('SELECT pg_advisory_xact_lock($1)', CLAIMS_LOCK);
        await db.run('UPDATE slots SET until_ms = until_ms - $1::bigint', ms);
      });
      await admin.run('UPDATE wishes SET wished_at_ms = wished_at_ms - $1::bigint', ms);
      await admin.run(
        'UPDATE workers SET first_seen_ms = first_seen_ms - $1::bigint, last_seen_ms = last_seen_ms - $1::bigint',
        ms,
      );
    },
    async finish({ cycleId }) {
      await admin.run('UPDATE cycles SET ended_at_ms = due_at_ms, finish_number = number WHERE cycle_id = $1', cycleId);
    },
    records: async () =>
      (
        await admin.all<{ attemptId: string; probeId: string; final: number }>(
          'SELECT attempt_id AS "attemptId", probe_id AS "probeId", final FROM attempts ORDER BY seq',
        )
      ).map((row) => ({ ...row, final: row.final === 1 })),
    spentUsd: async (day) =>
      (await admin.first<{ usd: number }>(
        'SELECT coalesce(sum(known_usd + estimated_usd), 0) AS usd FROM ledger WHERE day = $1',
        day,
      ))!.usd,
    [Symbol.asyncDispose]: () => stack[Symbol.asyncDispose](),
  };
}
