import type { CycleStore } from '../../ports.ts';
import { type AskedProbe, isLeftOut, type OpenCycle, openCycle, SINCE_LAST_PUSH, UNFINISHED } from '../cycles.ts';
import type { Client } from './client.ts';
import { LOCKS } from './schema.ts';

export function createCycleStore(client: Client): CycleStore {
  return {
    async lastBeganAtMs() {
      const last = await client.first<{ at_ms: number }>(
        `SELECT greatest(began_at_ms, due_at_ms) AS at_ms FROM cycles
         WHERE began_at_ms IS NOT NULL ORDER BY number DESC LIMIT 1`,
      );
      return last?.at_ms ?? null;
    },

    async lastAskedDueAtMs() {
      const last = await client.first<{ due_at_ms: number }>(
        'SELECT due_at_ms FROM cycles WHERE began_at_ms IS NOT NULL AND skip_reason IS NULL ORDER BY number DESC LIMIT 1',
      );
      return last?.due_at_ms ?? null;
    },

    async begin({ cycleId, dueAtMs }, plan, beganAtMs) {
      await client.run(
        `INSERT INTO cycles (cycle_id, due_at_ms, began_at_ms, plan, skip_reason) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (cycle_id) DO UPDATE
         SET began_at_ms = excluded.began_at_ms, plan = excluded.plan, skip_reason = excluded.skip_reason, skipped_at_ms = NULL
         WHERE cycles.began_at_ms IS NULL`,
        cycleId,
        dueAtMs,
        beganAtMs,
        JSON.stringify(plan),
        isLeftOut(plan) ? 'budget' : null,
      );
    },

    async finish(cycleId, endedAtMs) {
      await client.transaction(async (db) => {
        await db.run('SELECT pg_advisory_xact_lock($1)', LOCKS.finish);
        await db.run(
          `UPDATE cycles
           SET ended_at_ms = $1, plan = NULL, finish_number = (SELECT coalesce(max(finish_number), 0) + 1 FROM cycles)
           WHERE cycle_id = $2 AND began_at_ms IS NOT NULL AND ended_at_ms IS NULL`,
          endedAtMs,
          cycleId,
        );
      });
    },

    async skip({ cycleId, dueAtMs }, reason, atMs) {
      await client.run(
        `INSERT INTO cycles (cycle_id, due_at_ms, skip_reason, skipped_at_ms) VALUES ($1, $2, $3, $4)
         ON CONFLICT (cycle_id) DO NOTHING`,
        cycleId,
        dueAtMs,
        reason,
        atMs,
      );
    },

    async unfinished() {
      const cycles = await client.all<OpenCycle>(UNFINISHED);
      if (cycles.length === 0) return [];
      const asked = await client.all<AskedProbe & { readonly cycle_id: string }>(
        `SELECT cycle_id, probe_id, count(*) AS attempts, max(final) AS settled FROM attempts
         WHERE cycle_id = ANY($1::text[]) GROUP BY cycle_id, probe_id`,
        cycles.map(({ cycle_id }) => cycle_id),
      );
      const byCycle = Map.groupBy(asked, ({ cycle_id }) => cycle_id);
      return cycles.map((cycle) => openCycle(cycle, byCycle.get(cycle.cycle_id) ?? []));
    },

    async sinceLastPush() {
      return (await client.first<{ cycles: number }>(SINCE_LAST_PUSH))!.cycles;
    },
  };
}
