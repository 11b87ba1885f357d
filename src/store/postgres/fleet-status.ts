import { randomBytes } from 'node:crypto';
import { ROLES, type Role, SINGLE_ROLES, type SingleRole } from '../../domain/settings.ts';
import type { FleetStatus, FleetStore, SeenProcess } from '../../ports.ts';
import { createBatchStore } from './batches.ts';
import { type Db, openClient } from './client.ts';
import { createFleetStore } from './fleet.ts';
import { WORKER_LOCK } from './fleet-tables.ts';
import { ROLE_LOCK } from './role-lock.ts';
import { requireCurrentVersion } from './schema.ts';

const RECENTLY_MS = 3_600_000;

/**
 * What a process calls itself on each of its connections, where PostgreSQL shows it (pg_stat_activity) as long as they live: so nobody has to
 * say again and again that he is there. At most 63 bytes.
 */
export function processName(roles: ReadonlySet<Role>, trackerVersion: string): string {
  const what = ROLES.filter((role) => roles.has(role)).join('+');
  return `tracker ${randomBytes(4).toString('hex')} ${what} ${trackerVersion}`;
}

const NAME = /^tracker ([0-9a-f]{8}) (\S+) (\S+)$/;

/**
 * Looks, and changes nothing.
 *
 * @param nowMs wall clock, Unix ms
 * @throws StoreError when the database is of another version, and what the client throws when it cannot be reached
 */
export async function fleetStatus(url: string, nowMs: () => number): Promise<FleetStatus> {
  await using client = openClient({ url, connections: 2 });
  await requireCurrentVersion(client);
  const fleet = createFleetStore(client);
  const { theirsMs, clockAheadMs } = await clocksOf(fleet, nowMs);
  const sessions = await sessionsIn(client);
  const connected = new Set(sessions.map(({ worker }) => worker));
  const workers = await fleet.workers(theirsMs - RECENTLY_MS);
  const cycles = await fleet.openCycles();
  const progress = await Promise.all(cycles.map(({ cycleId }) => fleet.progress(cycleId)));
  const { postgres, ours } = (await client.first<{ postgres: string; ours: string }>(
    `SELECT split_part(current_setting('server_version'), ' ', 1) AS postgres, value AS ours FROM meta WHERE key = 'schema_version'`,
  ))!;
  return {
    database: { postgresVersion: postgres, schemaVersion: Number(ours), nowMs: theirsMs, clockAheadMs },
    holders: holdersIn(sessions),
    processes: processesIn(sessions),
    workers: workers.map((worker) => ({ ...worker, isConnected: connected.has(worker.workerId) })),
    cycles: cycles.map((cycle, i) => ({ ...cycle, ...progress[i]! })),
    backlog: await createBatchStore(client).backlog(),
  };
}

/** The database's clock, Unix ms, and how far ours is ahead of it, ms. */
export async function clocksOf({ serverNowMs }: Pick<FleetStore, 'serverNowMs'>, nowMs: () => number) {
  const askedAtMs = nowMs();
  const theirsMs = await serverNowMs();
  return { theirsMs, clockAheadMs: (askedAtMs + nowMs()) / 2 - theirsMs };
}

/** One connection of a process; what it does not let us see is null. */
interface Session {
  readonly name: string;
  readonly since_ms: number | null;
  readonly role: SingleRole | null;
  readonly worker: string | null;
}

function sessionsIn(db: Db): Promise<readonly Session[]> {
  return db.all<Session>(
    `WITH held AS (
       SELECT pid, classid, objid::bigint AS key FROM pg_locks
       WHERE locktype = 'advisory' AND objsubid = 2 AND granted
         AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
     )
     SELECT coalesce(application_name, '') AS name, floor(extract(epoch FROM backend_start) * 1000)::bigint AS since_ms,
       (SELECT role FROM held, unnest($1::text[]) AS role
        WHERE held.pid = session.pid AND classid = ${ROLE_LOCK} AND key = hashtext(role)::bigint & 4294967295 LIMIT 1) AS role,
       (SELECT worker_id FROM held JOIN workers ON number = key
        WHERE held.pid = session.pid AND classid = ${WORKER_LOCK} LIMIT 1) AS worker
     FROM pg_stat_activity AS session WHERE datname = current_database()`,
    SINGLE_ROLES,
  );
}

const holdersIn = (sessions: readonly Session[]) =>
  Object.fromEntries(
    SINGLE_ROLES.map((role) => {
      const holder = sessions.find((session) => session.role === role);
      return [role, holder === undefined ? null : (NAME.exec(holder.name)?.[1] ?? 'unknown')];
    }),
  ) as Record<SingleRole, string | null>;

/** By what they do and since when. */
function processesIn(sessions: readonly Session[]): readonly SeenProcess[] {
  return [...Map.groupBy(sessions, ({ name }) => name)]
    .flatMap(([name, own]): SeenProcess[] => {
      const [, processId, roles, trackerVersion] = NAME.exec(name) ?? [];
      if (processId === undefined) return [];
      const begun = own.flatMap(({ since_ms }) => since_ms ?? []);
      return [
        {
          processId,
          roles: ROLES.filter((role) => roles!.split('+').includes(role)),
          trackerVersion: trackerVersion!,
          sinceMs: begun.length === 0 ? null : Math.min(...begun),
          workerId: own.find(({ worker }) => worker !== null)?.worker ?? null,
        },
      ];
    })
    .sort((a, b) => (a.sinceMs ?? 0) - (b.sinceMs ?? 0));
}
