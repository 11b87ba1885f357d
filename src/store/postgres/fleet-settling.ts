import type { AttemptRecord } from '../../domain/record.ts';
import { insertRecords } from './attempts.ts';
import type { Db } from './client.ts';
import { BESIDE_LOCK, NOW_MS } from './fleet-tables.ts';
import { book } from './ledger.ts';

/** What `FleetStore.settle` promises. Statements that need no answer of each other go out at once, in this order: one way to the database and back. */
export async function settling(db: Db, leaseId: number, record: AttemptRecord): Promise<boolean> {
  const { probeId, final } = record;
  const isBeside = isBesideCycles(record);
  const [, found] = await Promise.all([
    lockOne(db, probeId, isBeside),
    db.first<{ is_open: boolean; is_leased: boolean; told: boolean | null }>(
      `SELECT EXISTS (SELECT 1 FROM ${OPEN_PROBES} AND probe_id = $4) AS is_open,
         EXISTS (SELECT 1 FROM slots WHERE lease_id = $5 AND probe_id = $4 AND NOT replaced) AS is_leased, (${TOLD}) AS told`,
      ...[...measurementOf(record), probeId, leaseId],
    ),
  ]);
  const { is_open, is_leased, told } = found!;
  if (told !== null) return told;
  const isStored = (is_open || isBeside) && is_leased && (await insertRecords(db, [record])).size > 0;
  if (!isStored) await fence(db, [record]);
  await Promise.all([
    isStored &&
      db.run('UPDATE probes SET attempts = attempts + 1, done = done OR $2 WHERE probe_id = $1', probeId, final),
    (final || !isStored) && db.run('DELETE FROM slots WHERE lease_id = $1', leaseId),
  ]);
  return isStored;
}

/** What `FleetStore.deliver` promises of a probe that is planned, or beside the cycles. */
export async function delivering(db: Db, probeId: string, records: readonly AttemptRecord[]): Promise<number> {
  const isBeside = records.some(isBesideCycles);
  await lockOne(db, probeId, isBeside);
  const isOpen = isBeside || (await openOf(db, [probeId])).has(probeId);
  const fresh: AttemptRecord[] = [];
  for (const record of records) {
    const told = await db.first<{ told: boolean | null }>(`SELECT (${TOLD}) AS told`, ...measurementOf(record));
    if (told!.told === null) fresh.push(record);
  }
  if (!isOpen) await db.run('UPDATE probes SET done = true WHERE probe_id = $1 AND NOT done', probeId);
  const stored = isOpen ? await store(db, fresh) : new Set<string>();
  await fence(
    db,
    fresh.filter(({ attemptId }) => !stored.has(attemptId)),
  );
  return stored.size;
}

/** What `FleetStore.close` promises. */
export async function closing(db: Db, records: readonly AttemptRecord[]): Promise<ReadonlySet<string>> {
  const probeIds = records.map(({ probeId }) => probeId);
  await lock(db, probeIds);
  const open = await openOf(db, probeIds);
  const leased = await db.all<{ probe_id: string }>(
    `SELECT probe_id FROM slots WHERE probe_id = ANY ($1) AND NOT replaced AND until_ms > ${NOW_MS}`,
    probeIds,
  );
  for (const { probe_id } of leased) open.delete(probe_id);
  return store(
    db,
    records.filter(({ probeId }) => open.has(probeId)),
  );
}

/** Holds these probes until the end of the transaction; what is read after it is what those before decided. */
async function lock(db: Db, probeIds: readonly string[]): Promise<void> {
  if (probeIds.length === 0) return;
  await db.run('SELECT 1 FROM probes WHERE probe_id = ANY ($1) ORDER BY probe_id FOR UPDATE', probeIds);
}

/** It has no row: its lease alone says that it is asked. */
const isBesideCycles = ({ probeKind }: AttemptRecord) => probeKind !== 'standard';

/** As `lock`, of one that may have no row. */
async function lockOne(db: Db, probeId: string, isBeside: boolean): Promise<void> {
  if (!isBeside) return lock(db, [probeId]);
  await db.run('SELECT pg_advisory_xact_lock($1::int, hashtext($2))', BESIDE_LOCK, probeId);
}

/** Without a final record. The plan of a cycle that ended long ago is forgotten, and may be delivered again; its records are not. */
const OPEN_PROBES = `probes WHERE NOT done
  AND NOT EXISTS (SELECT 1 FROM attempts WHERE attempts.probe_id = probes.probe_id AND final = 1)`;

async function openOf(db: Db, probeIds: readonly string[]): Promise<Set<string>> {
  if (probeIds.length === 0) return new Set();
  const open = await db.all<{ probe_id: string }>(
    `SELECT probe_id FROM ${OPEN_PROBES} AND probe_id = ANY ($1)`,
    probeIds,
  );
  return new Set(open.map(({ probe_id }) => probe_id));
}

/** Whether this very record is stored; null: it was never told of. The same attempt made twice did not begin and last the same. */
const TOLD = `
  SELECT true FROM attempts
  WHERE attempt_id = $1 AND coalesce(request_start_iso, 0) = $2 AND coalesce(duration_ms, 0) = $3
  UNION ALL
  SELECT false FROM fenced_attempts WHERE attempt_id = $1 AND began_at_ms = $2 AND duration_ms = $3
  LIMIT 1`;

const measurementOf = ({ attemptId, requestStartIso, durationMs }: AttemptRecord) =>
  [attemptId, requestStartIso === null ? 0 : Date.parse(requestStartIso), durationMs ?? 0] as const;

/** Stores records of open probes. A probe with a final one ends; who still holds a lease of it is too late. */
async function store(db: Db, records: readonly AttemptRecord[]): Promise<ReadonlySet<string>> {
  if (records.length === 0) return new Set();
  const added = await insertRecords(db, records);
  const stored = records.filter(({ attemptId }) => added.has(attemptId));
  if (stored.length === 0) return added;
  await db.run(
    `WITH
       added AS (
         SELECT probe_id, count(*) AS n, bool_or(final) AS ends FROM unnest($1::text[], $2::boolean[]) AS r (probe_id, final)
         GROUP BY probe_id
       ),
       late AS (UPDATE slots SET replaced = true FROM added WHERE added.ends AND slots.probe_id = added.probe_id AND NOT replaced)
     UPDATE probes SET attempts = attempts + added.n, done = done OR added.ends FROM added WHERE probes.probe_id = added.probe_id`,
    stored.map(({ probeId }) => probeId),
    stored.map(({ final }) => final),
  );
  return added;
}

/** What these attempts cost is booked, once. */
async function fence(db: Db, records: readonly AttemptRecord[]): Promise<void> {
  for (const record of records) {
    const isNew = await db.run(
      `INSERT INTO fenced_attempts (attempt_id, began_at_ms, duration_ms, fenced_at_ms) VALUES ($1, $2, $3, ${NOW_MS})
       ON CONFLICT DO NOTHING`,
      ...measurementOf(record),
    );
    if (isNew > 0) await book(db, [record]);
  }
}
