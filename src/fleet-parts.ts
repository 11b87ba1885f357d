import type { Config } from './config.ts';
import type { FleetSettings } from './domain/settings.ts';
import { type Outbox, openOutbox } from './fleet/outbox.ts';
import type { FleetParts } from './fleet-daemon.ts';
import { partsOn, SYSTEM_CLOCK, TRACKER_VERSION, type Voice } from './parts.ts';
import type { CalibrationStore, Clock } from './ports.ts';
import { makeDataDir } from './store/database.ts';
import { errorCode, StoreError } from './store/errors.ts';
import { processName } from './store/postgres/fleet-status.ts';
import { openShared, openSharedUnseen, type Shared } from './store/postgres/open-postgres-store.ts';
import { databaseTrouble } from './store/postgres/trouble.ts';
import { isUnreachable } from './store/postgres/unreachable.ts';

/** How often a process that cannot begin without the database looks for it. */
const AGAIN_MS = 5000;

/**
 * Everything a process of a fleet needs. A database that cannot be reached is waited for, but by a process that probes and has worked before:
 * that one begins with what it saw last, and asks its share.
 *
 * @returns null when told to stop before the database was reached
 * @throws StoreError, and what the database says when it does not let us in
 */
export async function openFleetParts(
  config: Config,
  fleet: FleetSettings,
  voice: Voice,
  stop: AbortSignal,
  clock: Clock = SYSTEM_CLOCK,
): Promise<FleetParts | null> {
  await using opening = new AsyncDisposableStack();
  const outbox = fleet.roles.has('probe') ? opening.use(outboxIn(config.store.dataDir)) : null;
  const shared = await openOnceReached(config, fleet, outbox, { log: voice.log, clock }, stop);
  if (shared === null) return null;
  opening.use(shared);
  const { store, roleLock } = shared;
  refuseForeignOutbox(outbox, store.writer);
  const parts = opening.use(await partsOn(store, config, voice, clock, unlessAway(store)));
  const open = opening.move();
  return {
    ...parts,
    ...{ fleet: shared.fleet, roleLock, outbox, isUnreachable },
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  };
}

async function openOnceReached(
  { store: { csvPath } }: Config,
  { databaseUrl: url, roles }: FleetSettings,
  outbox: Outbox | null,
  { log, clock }: { readonly log: Voice['log']; readonly clock: Clock },
  stop: AbortSignal,
): Promise<Shared | null> {
  const settings = { url, csvPath, applicationName: processName(roles, TRACKER_VERSION) };
  for (let isFirst = true; !stop.aborted; isFirst = false) {
    try {
      return await openShared(settings, { clock });
    } catch (error) {
      if (!isUnreachable(error)) throw error;
      const seen = outbox?.seen() ?? null;
      if (seen !== null) {
        log.warn({ reason: databaseTrouble(error) }, 'this worker begins without the database, with what it saw last');
        return openSharedUnseen(seen.writer, settings, { clock });
      }
      if (isFirst) log.error({ reason: databaseTrouble(error) }, 'waiting for the database: nothing is done before');
    }
    await clock.sleep(AGAIN_MS, stop).catch(() => undefined);
  }
  return null;
}

/** @throws StoreError */
function outboxIn(dataDir: string): Outbox {
  makeDataDir(dataDir);
  try {
    return openOutbox(dataDir);
  } catch (error) {
    const code = errorCode(error);
    throw new StoreError(
      code.startsWith('SQLITE_BUSY')
        ? 'outbox.db in DATA_DIR is in use by another process; give each process that probes a DATA_DIR of its own'
        : `outbox.db in DATA_DIR cannot be opened (${code}); check the disk, and the owner and rights of the folder`,
    );
  }
}

/** What waits in it was measured for another database. @throws StoreError */
function refuseForeignOutbox(outbox: Outbox | null, writer: string): void {
  const seen = outbox?.seen() ?? null;
  if (outbox === null || seen === null || seen.writer === writer || outbox.waiting() === 0) return;
  throw new StoreError(
    `outbox.db in DATA_DIR holds ${outbox.waiting()} records for another database than the one at DATABASE_URL; start once with that one, or choose another DATA_DIR`,
  );
}

/** A calibration is worth its rows also where nobody keeps it. */
function unlessAway(store: CalibrationStore): CalibrationStore {
  const lenient = <T>(call: Promise<T>, away: T): Promise<T> =>
    call.catch((error) => {
      if (!isUnreachable(error)) throw error;
      return away;
    });
  return {
    lastCalibration: () => lenient(store.lastCalibration(), null),
    saveCalibration: (calibration) => lenient(store.saveCalibration(calibration), undefined),
  };
}
