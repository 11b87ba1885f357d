import type { Role } from '../../domain/settings.ts';
import { StoreError } from '../errors.ts';
import { openClient } from './client.ts';
import { createFleetStore } from './fleet.ts';
import { clocksOf } from './fleet-status.ts';
import { requireCurrentVersion } from './schema.ts';

/** What a database says of itself and of us. */
export interface DatabaseFacts {
  /** As PostgreSQL has it: `15`. */
  readonly majorVersion: number;
  readonly isEncrypted: boolean;
  /** What is against the tables, in words; null: they are there, and of this program's version. */
  readonly tablesTrouble: string | null;
  /** Whether there are no tables yet, and we may make them. */
  readonly mayMakeTables: boolean;
  /** Roles that we may not do. */
  readonly notAllowed: readonly Role[];
  /** How far our clock is ahead of the database's, ms. */
  readonly clockAheadMs: number;
}

/** A right that nobody but this role has (deploy/postgres/roles.sql). */
const TELLING_RIGHTS: Readonly<Record<Role, readonly [table: string, right: string]>> = {
  schedule: ['probes', 'DELETE'],
  probe: ['slots', 'INSERT'],
  push: ['batches', 'INSERT'],
  web: ['incidents', 'INSERT'],
};

/**
 * Looks, and changes nothing.
 *
 * @param nowMs wall clock, Unix ms
 * @throws what the client throws when it cannot be reached or does not let us in
 */
export async function databaseFacts(url: string, roles: Iterable<Role>, nowMs: () => number): Promise<DatabaseFacts> {
  await using client = openClient({ url, connections: 1 });
  const { version, encrypted, has_tables, may_create } = (await client.first<{
    version: number;
    encrypted: boolean;
    has_tables: boolean;
    may_create: boolean;
  }>(
    `SELECT current_setting('server_version_num')::int / 10000 AS version,
       coalesce((SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()), false) AS encrypted,
       to_regclass('meta') IS NOT NULL AS has_tables,
       coalesce(has_schema_privilege(current_schema(), 'CREATE'), false) AS may_create`,
  ))!;
  const { clockAheadMs } = await clocksOf(createFleetStore(client), nowMs);
  const notAllowed: Role[] = [];
  for (const role of has_tables ? roles : []) {
    const allowed = await client.values('SELECT has_table_privilege($1, $2)', ...TELLING_RIGHTS[role]);
    if (allowed[0]?.[0] !== true) notAllowed.push(role);
  }
  const tablesTrouble = await requireCurrentVersion(client).then(
    () => null,
    (error) => {
      if (error instanceof StoreError) return error.message;
      throw error;
    },
  );
  return {
    majorVersion: version,
    isEncrypted: encrypted,
    tablesTrouble,
    mayMakeTables: !has_tables && may_create,
    notAllowed,
    clockAheadMs,
  };
}
