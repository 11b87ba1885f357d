import type { Database } from 'bun:sqlite';
import { STANDARD } from '../domain/probe-kind.ts';
import type { PlannedProbe } from '../domain/types.ts';
import type { CycleStore } from '../ports.ts';

export interface OpenCycle {
  readonly cycle_id: string;
  readonly due_at_ms: number;
  readonly plan: string;
}

/** Plans of the versions before had one kind of probe, and did not say so. */
type KeptProbe = Omit<PlannedProbe, 'kind'> & Partial<Pick<PlannedProbe, 'kind'>>;

/** What is stored of a probe of a cycle. */
export interface AskedProbe {
  readonly probe_id: string;
  readonly attempts: number;
  readonly settled: 0 | 1;
}

export const UNFINISHED =
  'SELECT cycle_id, due_at_ms, plan FROM cycles WHERE began_at_ms IS NOT NULL AND ended_at_ms IS NULL ORDER BY number';
export const SINCE_LAST_PUSH = `
  SELECT count(*) AS cycles FROM cycles WHERE finish_number >
    (SELECT coalesce(max(finished_cycles), 0) FROM batches WHERE pushed_at_ms IS NOT NULL)`;

/** A cycle that did not finish, with the probes of its plan that have no final attempt. @param asked what is stored of its probes */
export function openCycle({ cycle_id, due_at_ms, plan }: OpenCycle, asked: readonly AskedProbe[]) {
  const known = new Map(asked.map((probe) => [probe.probe_id, probe]));
  const open = (JSON.parse(plan) as KeptProbe[])
    .filter(({ probeId }) => known.get(probeId)?.settled !== 1)
    .map((probe) => ({ probe: { kind: STANDARD, ...probe }, attempts: known.get(probe.probeId)?.attempts ?? 0 }));
  return { cycle: { cycleId: cycle_id, dueAtMs: due_at_ms }, open };
}

export function createCycleStore(db: Database): CycleStore {
  function askedIn({ cycle_id }: OpenCycle): readonly AskedProbe[] {
    return db
      .query<AskedProbe, [string]>(
        `SELECT probe_id, count(*) AS attempts, max(final) AS settled FROM attempts WHERE cycle_id = ? GROUP BY probe_id`,
      )
      .all(cycle_id);
  }

  return {
    async lastBeganAtMs() {
      const last = db
        .query<{ at_ms: number }, []>(
          `SELECT max(began_at_ms, due_at_ms) AS at_ms FROM cycles
           WHERE began_at_ms IS NOT NULL ORDER BY number DESC LIMIT 1`,
        )
        .get();
      return last?.at_ms ?? null;
    },

    async lastAskedDueAtMs() {
      const last = db
        .query<{ due_at_ms: number }, []>(
          `SELECT due_at_ms FROM cycles WHERE began_at_ms IS NOT NULL AND skip_reason IS NULL ORDER BY number DESC LIMIT 1`,
        )
        .get();
      return last?.due_at_ms ?? null;
    },

    async begin({ cycleId, dueAtMs }, plan, beganAtMs) {
      db.query(
        `INSERT INTO cycles (cycle_id, due_at_ms, began_at_ms, plan, skip_reason) VALUES (?, ?, ?, ?, ?)
         ON CONFLICT (cycle_id) DO UPDATE
         SET began_at_ms = excluded.began_at_ms, plan = excluded.plan, skip_reason = excluded.skip_reason, skipped_at_ms = NULL
         WHERE began_at_ms IS NULL`,
      ).run(cycleId, dueAtMs, beganAtMs, JSON.stringify(plan), isLeftOut(plan) ? 'budget' : null);
    },

    async finish(cycleId, endedAtMs) {
      db.query(
        `UPDATE cycles
         SET ended_at_ms = ?, plan = NULL, finish_number = (SELECT coalesce(max(finish_number), 0) + 1 FROM cycles)
         WHERE cycle_id = ? AND began_at_ms IS NOT NULL AND ended_at_ms IS NULL`,
      ).run(endedAtMs, cycleId);
    },

    async skip({ cycleId, dueAtMs }, reason, atMs) {
      db.query(
        `INSERT INTO cycles (cycle_id, due_at_ms, skip_reason, skipped_at_ms) VALUES (?, ?, ?, ?)
         ON CONFLICT (cycle_id) DO NOTHING`,
      ).run(cycleId, dueAtMs, reason, atMs);
    },

    async unfinished() {
      return db
        .query<OpenCycle, []>(UNFINISHED)
        .all()
        .map((found) => openCycle(found, askedIn(found)));
    },

    async sinceLastPush() {
      return db.query<{ cycles: number }, []>(SINCE_LAST_PUSH).get()!.cycles;
    },
  };
}

/** Thinned to keep to the budget: as a whole, so one probe tells. */
export const isLeftOut = (plan: readonly PlannedProbe[]) => plan.some(({ skip }) => skip === 'budget');
