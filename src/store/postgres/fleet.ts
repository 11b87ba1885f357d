import type { Endpoint } from '../../domain/incident.ts';
import type { Cycle, PlannedProbe } from '../../domain/types.ts';
import { dayOf } from '../../domain/utc-day.ts';
import type { CycleProgress, CycleSeen, FleetProbe, FleetStore, SeenWorker } from '../../ports.ts';
import { createArrivals } from './arrivals.ts';
import type { Client, Db } from './client.ts';
import { createPresence } from './fleet-presence.ts';
import { closing, delivering, settling } from './fleet-settling.ts';
import { NOW_MS } from './fleet-tables.ts';
import { storableText } from './texts.ts';

/** What ended so long ago is told by its records alone. */
const KEEP_PLANS_MS = 24 * 3600 * 1000;
/** After that nobody tells of an attempt again. */
const KEEP_FENCED_MS = 30 * KEEP_PLANS_MS;
/** A worker that said nothing for so long is gone. */
const GONE_MS = 20_000;
/** What was to be asked at once and was not by then is not asked any more. */
const WISHED_FOR_MS = 60_000;

/** Disposed: this process is not there any more, as if it had ended. */
export function createFleetStore(client: Client): FleetStore & AsyncDisposable {
  const presence = createPresence(client);
  return {
    serverNowMs: async () => (await client.first<{ now_ms: number }>(`SELECT ${NOW_MS} AS now_ms`))!.now_ms,
    announce: presence.announce,

    async withdraw(workerId) {
      await client.run(
        `WITH gone AS (DELETE FROM workers WHERE worker_id = $1 RETURNING number)
         DELETE FROM slots WHERE lease_id IN (
           SELECT lease_id FROM slots JOIN gone ON worker = number ORDER BY lease_id FOR UPDATE OF slots
         )`,
        workerId,
      );
      await presence.end();
    },

    workers: (sinceMs) =>
      client.all<SeenWorker>(
        `SELECT worker_id AS "workerId", location, tracker_version AS "trackerVersion", slots, clock_ahead_ms AS "clockAheadMs",
           waiting, first_seen_ms AS "firstSeenMs", last_seen_ms AS "lastSeenMs",
           (SELECT count(*) FROM slots WHERE worker = number AND NOT replaced AND until_ms > ${NOW_MS}) AS leases
         FROM workers WHERE last_seen_ms >= $1 ORDER BY location COLLATE "C", worker_id COLLATE "C"`,
        sinceMs,
      ),

    async plan(cycle, probes, beganAtMs) {
      await client.transaction(async (db) => {
        if (await begin(db, cycle, probes, beganAtMs)) await addProbes(db, probes);
      });
      await forget(client);
    },

    async claim({ workerId, location, slots, leaseMs, dueSinceMs, perProvider, budgetUsd }) {
      const leases = await client.all<{ lease_id: number; probe: string; attempts: number }>(
        'SELECT lease_id, probe, attempts FROM claim_probes($1, $2, $3, $4, $5, $6, $7)',
        ...[workerId, location, slots, leaseMs, dueSinceMs, perProvider, budgetUsd],
      );
      return leases.map(({ lease_id, probe, attempts }) => ({
        leaseId: lease_id,
        probe: JSON.parse(probe) as PlannedProbe,
        attempts,
      }));
    },

    async claimOne({ workerId, location, slots, leaseMs, perProvider, budgetUsd }, { probeId, target, cycle }, rival) {
      const of = [probeId, target.provider, workerId, location, slots, leaseMs, perProvider] as const;
      const instead = [rival.probeId, rival.cycle.cycleId, rival.cycle.dueAtMs] as const;
      const answer = await client.first<{ lease_id: number | null }>(
        'SELECT claim_beside($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) AS lease_id',
        ...[...of, ...instead, dayOf(cycle.dueAtMs), budgetUsd],
      );
      return answer!.lease_id;
    },

    /** A row that somebody holds is being ended, or given to somebody else. */
    async renew(leaseIds, leaseMs) {
      if (leaseIds.length === 0) return [];
      const renewed = await client.all<{ lease_id: number }>(
        `UPDATE slots SET until_ms = ${NOW_MS} + $2::bigint WHERE lease_id IN (
           SELECT lease_id FROM slots WHERE lease_id = ANY ($1) AND NOT replaced AND until_ms > ${NOW_MS} FOR UPDATE SKIP LOCKED
         ) RETURNING lease_id`,
        leaseIds,
        leaseMs,
      );
      return renewed.map(({ lease_id }) => lease_id).sort((a, b) => a - b);
    },

    async release(leaseIds) {
      if (leaseIds.length === 0) return;
      await client.run(
        `DELETE FROM slots WHERE lease_id IN (SELECT lease_id FROM slots WHERE lease_id = ANY ($1) ORDER BY lease_id FOR UPDATE)`,
        leaseIds,
      );
    },

    settle: (leaseId, record) => client.transaction((db) => settling(db, leaseId, record)),

    deliver: (probe, records) =>
      client.transaction(async (db) => {
        const { cycle, kind } = probe.probe;
        if (kind.name === 'standard') {
          await db.run(
            'INSERT INTO cycles (cycle_id, due_at_ms) VALUES ($1, $2) ON CONFLICT (cycle_id) DO NOTHING',
            cycle.cycleId,
            cycle.dueAtMs,
          );
          await addProbes(db, [probe]);
        }
        return delivering(db, probe.probe.probeId, records);
      }),

    openCycles: () =>
      client.all<Cycle>(
        `SELECT cycle_id AS "cycleId", due_at_ms AS "dueAtMs" FROM cycles
         WHERE began_at_ms IS NOT NULL AND ended_at_ms IS NULL ORDER BY due_at_ms`,
      ),

    async progress(cycleId) {
      return (await client.first<CycleProgress>(
        `SELECT count(*) AS planned, count(*) FILTER (WHERE done) AS done, count(lease_id) FILTER (WHERE NOT done) AS leased
         FROM ${PROBES_OF_CYCLE}`,
        cycleId,
      ))!;
    },

    async abandoned(cycleId) {
      const rows = await client.all<{ probe: string; location: string; plan_order: number; attempts: number }>(
        `SELECT probe, location, plan_order, attempts FROM ${PROBES_OF_CYCLE} AND NOT done AND lease_id IS NULL
         ORDER BY location COLLATE "C", plan_order`,
        cycleId,
      );
      return rows.map(({ probe, location, plan_order, attempts }) => ({
        probe: { probe: JSON.parse(probe) as PlannedProbe, location, order: plan_order },
        attempts,
      }));
    },

    async wish({ modelId, provider }) {
      const wished = await client.run(
        `INSERT INTO wishes (location, model_id, provider, wished_at_ms)
         SELECT DISTINCT location, $1, $2, ${NOW_MS} FROM workers WHERE last_seen_ms > ${NOW_MS} - $3::bigint`,
        ...[modelId, provider, GONE_MS],
      );
      return wished > 0;
    },

    wishes: (location) =>
      client.all<Endpoint>(
        `WITH taken AS (DELETE FROM wishes WHERE location = $1 RETURNING *)
         SELECT model_id AS "modelId", provider FROM taken WHERE wished_at_ms > ${NOW_MS} - $2::bigint ORDER BY number`,
        storableText(location),
        WISHED_FOR_MS,
      ),

    close: (records) => client.transaction((db) => closing(db, records)),

    lastCycle: () =>
      client.first<CycleSeen>(
        `SELECT cycle_id AS "cycleId", due_at_ms AS "dueAtMs", began_at_ms AS "beganAtMs", ended_at_ms AS "endedAtMs"
         FROM (SELECT * FROM cycles WHERE began_at_ms IS NOT NULL ORDER BY number DESC LIMIT 20) AS late
         ORDER BY due_at_ms DESC LIMIT 1`,
      ),
    ...createArrivals(client),

    [Symbol.asyncDispose]: () => presence.end(),
  };
}

/** With the lease that holds, if there is one. */
const PROBES_OF_CYCLE = `cycles JOIN probes USING (due_at_ms, cycle_id)
  LEFT JOIN slots ON slots.probe_id = probes.probe_id AND NOT replaced AND until_ms > ${NOW_MS} WHERE cycle_id = $1`;

/**
 * Its plan is the rows of its probes.
 *
 * @returns false for a cycle that has ended
 */
async function begin(db: Db, cycle: Cycle, probes: readonly FleetProbe[], beganAtMs: number): Promise<boolean> {
  const known = () =>
    db.first<{ is_open: boolean }>(
      'SELECT ended_at_ms IS NULL AS is_open FROM cycles WHERE cycle_id = $1 AND began_at_ms IS NOT NULL FOR SHARE',
      cycle.cycleId,
    );
  const begun = await known();
  if (begun !== null) return begun.is_open;
  const isLeftOut = probes.some(({ probe }) => probe.skip === 'budget');
  await db.run(
    `INSERT INTO cycles (cycle_id, due_at_ms, began_at_ms, plan, skip_reason) VALUES ($1, $2, $3, '[]', $4)
     ON CONFLICT (cycle_id) DO UPDATE
     SET began_at_ms = excluded.began_at_ms, plan = excluded.plan, skip_reason = excluded.skip_reason, skipped_at_ms = NULL
     WHERE cycles.began_at_ms IS NULL`,
    ...[cycle.cycleId, cycle.dueAtMs, beganAtMs, isLeftOut ? 'budget' : null],
  );
  return (await known())!.is_open;
}

async function addProbes(db: Db, probes: readonly FleetProbe[]): Promise<void> {
  if (probes.length === 0) return;
  const rows = probes.toSorted((a, b) => (a.probe.probeId < b.probe.probeId ? -1 : 1));
  await db.run(
    `INSERT INTO probes (probe_id, cycle_id, due_at_ms, location, plan_order, provider, is_skipped, probe)
     SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[], $4::text[], $5::bigint[], $6::text[], $7::boolean[], $8::text[])
     ON CONFLICT (probe_id) DO NOTHING`,
    rows.map(({ probe }) => probe.probeId),
    rows.map(({ probe }) => probe.cycle.cycleId),
    rows.map(({ probe }) => probe.cycle.dueAtMs),
    rows.map(({ location }) => storableText(location)),
    rows.map(({ order }) => order),
    rows.map(({ probe }) => storableText(probe.target.provider)),
    rows.map(({ probe }) => probe.skip !== null),
    rows.map(({ probe }) => JSON.stringify(probe)),
  );
}

/** Lets go of what nobody asks for any more. */
async function forget(db: Db): Promise<void> {
  await db.run(
    `DELETE FROM probes USING cycles
     WHERE probes.due_at_ms < ${NOW_MS} - $1::bigint AND cycles.cycle_id = probes.cycle_id AND ended_at_ms < ${NOW_MS} - $1::bigint`,
    KEEP_PLANS_MS,
  );
  await db.run(`DELETE FROM wishes WHERE wished_at_ms < ${NOW_MS} - $1::bigint`, WISHED_FOR_MS);
  await db.run(`DELETE FROM fenced_attempts WHERE fenced_at_ms < ${NOW_MS} - $1::bigint`, KEEP_FENCED_MS);
  await db.run(
    `DELETE FROM workers WHERE last_seen_ms < ${NOW_MS} - $1::bigint AND number NOT IN (SELECT worker FROM slots)`,
    KEEP_FENCED_MS,
  );
}
