import type { FleetSettings } from '../domain/settings.ts';
import { CLOCK_LIMIT_MS } from '../fleet/upkeep.ts';
import { formatDuration } from '../lib/format.ts';
import { isLoopback } from '../lib/loopback.ts';
import { type DatabaseFacts, databaseFacts } from '../store/postgres/facts.ts';
import { databaseTrouble } from '../store/postgres/trouble.ts';
import { type Check, fail, ok, warn } from './check.ts';

/** Older ones are not tried. */
const OLDEST_VERSION = 15;
const RIGHTS = 'run deploy/postgres/roles.sql as the owner of the tables, and give the user the roles of what it runs';

/** Is the database reached, is it ours, may we do what ROLES says, and does its clock agree? @param nowMs wall clock, Unix ms */
export async function checkDatabase(
  { databaseUrl, roles }: FleetSettings,
  nowMs: () => number,
): Promise<readonly Check[]> {
  try {
    return judgeDatabase(await databaseFacts(databaseUrl, roles, nowMs), isLoopback(new URL(databaseUrl)));
  } catch (error) {
    const [finding, ...mend] = databaseTrouble(error)?.split(': ') ?? [];
    if (finding === undefined) throw error;
    return [fail('database', finding, mend.join(': '))];
  }
}

/** @param isHere whether it is on this machine, where nothing need be encrypted */
export function judgeDatabase(facts: DatabaseFacts, isHere: boolean): readonly Check[] {
  return [reached(facts, isHere), tables(facts), rights(facts), clock(facts)];
}

function reached({ majorVersion, isEncrypted }: DatabaseFacts, isHere: boolean): Check {
  const finding = `PostgreSQL ${majorVersion} answers, ${isEncrypted ? 'over TLS' : 'without TLS'}`;
  if (!isEncrypted && !isHere) {
    const mend = 'leave sslmode out of DATABASE_URL, unless the network in between is yours alone';
    return warn('database', finding, mend);
  }
  if (majorVersion >= OLDEST_VERSION) return ok('database', finding);
  return warn('database', finding, `use version ${OLDEST_VERSION} or later: none before it is tried`);
}

function tables({ tablesTrouble, mayMakeTables }: DatabaseFacts): Check {
  if (tablesTrouble === null) return ok('tables', 'are up to date');
  if (mayMakeTables) return ok('tables', 'are not there yet: the first process makes them');
  return fail('tables', tablesTrouble, 'start a process whose user owns the tables, of the newest version in use');
}

function rights({ notAllowed }: DatabaseFacts): Check {
  return notAllowed.length === 0
    ? ok('rights', 'the user may do what ROLES says, as far as that is known')
    : fail('rights', `the user may not do all that ROLES says: ${notAllowed.join(', ')}`, RIGHTS);
}

function clock({ clockAheadMs }: DatabaseFacts): Check {
  const offMs = Math.abs(clockAheadMs);
  if (offMs <= CLOCK_LIMIT_MS) return ok('their clock', `agrees with ours within ${CLOCK_LIMIT_MS / 1000} s`);
  const finding = `is ${formatDuration(offMs)} ${clockAheadMs > 0 ? 'behind' : 'ahead of'} ours: a worker here asks nothing`;
  return fail('their clock', finding, 'let NTP set the clocks of both machines (timedatectl set-ntp true)');
}
