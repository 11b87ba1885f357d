import type { Watcher } from './daemon.ts';
import { totalUsd } from './domain/money.ts';
import { dayOf } from './domain/utc-day.ts';
import type { FleetParts } from './fleet-daemon.ts';
import { askedSoFar, guessedCycleMs, nextCycleAtMs } from './health.ts';
import type { Places } from './places.ts';
import type { Health } from './ports.ts';

type FleetHealthParts = Pick<
  FleetParts,
  'config' | 'store' | 'fleet' | 'roleLock' | 'calibrator' | 'clock' | 'pushTrouble' | 'isUnreachable'
>;

/** Pages that are asked for together tell of the same moment, by one reading of the database. */
const KEEP_MS = 1000;
/** A worker says every few seconds that it is there. */
const SEEN_MS = 60_000;

/**
 * How a fleet is, as any process of it can tell: what all share from the database, what only this one knows from itself. While the database
 * is away it stays as it was last, and the store is not writable.
 */
export function createFleetHealth(
  { config, store, fleet, roleLock, calibrator, clock, pushTrouble, isUnreachable }: FleetHealthParts,
  places: Pick<Places, 'all' | 'catalog'>,
): { readonly watcher: Watcher; health(): Promise<Health> } {
  const startedAtMs = clock.nowMs();
  const { schedule } = config;
  let cycleMs: number | null = null;
  let workerLagMs: number | null = null;
  let lagOfCycle: string | null = null;
  let kept: { readonly atMs: number; readonly health: Promise<Health> } | null = null;

  async function read(): Promise<Health> {
    const lastCycle = await fleet.lastCycle();
    const open = await fleet.openCycles();
    const progress = await Promise.all(open.map(({ cycleId }) => fleet.progress(cycleId)));
    const workers = await fleet.workers((await fleet.serverNowMs()) - SEEN_MS);
    const backlog = config.push && (await store.backlog());
    const spent = await store.spentOn(dayOf(clock.nowMs()));
    const targets = places.catalog()?.targets ?? [];
    const recents = places.all().map(({ recent }) => recent);
    const asked = askedSoFar(targets, recents);
    const running = progress.reduce((sum, { leased }) => sum + leased, 0);
    if (lastCycle !== null && lastCycle.endedAtMs !== null) cycleMs = lastCycle.endedAtMs - lastCycle.beganAtMs;
    const nowMs = clock.nowMs();
    return {
      startedAtMs,
      intervalMs: schedule.intervalMs,
      lastCycle,
      nextCycleAtMs: nextCycleAtMs(lastCycle?.beganAtMs ?? null, nowMs, schedule.intervalMs),
      cycleMs: cycleMs ?? guessedCycleMs(targets, schedule),
      probesWaiting: progress.reduce((sum, { planned, done }) => sum + planned - done, 0) - running,
      probesRunning: running,
      ...asked,
      backlog,
      pushFailures: config.push && pushTrouble.inARow,
      workerLagMs,
      instrumentErrorP99Ms: calibrator.instrumentErrorP99Ms(),
      spentUsdToday: totalUsd(spent),
      budgetUsdPerDay: schedule.budgetUsdPerDay,
      isStoreWritable: true,
      fleet: { workers, roles: roleLock.held() },
    };
  }

  async function readOrKeep(last: Promise<Health> | undefined): Promise<Health> {
    try {
      return await read();
    } catch (error) {
      const before = isUnreachable(error) ? await last?.catch(() => undefined) : undefined;
      if (before === undefined) throw error;
      return { ...before, isStoreWritable: false };
    }
  }

  return {
    watcher: {
      asking({ cycle }) {
        if (cycle.cycleId !== lagOfCycle) workerLagMs = null;
        lagOfCycle = cycle.cycleId;
      },
      stored({ loopLagMs }) {
        if (loopLagMs !== null) workerLagMs = Math.max(workerLagMs ?? 0, loopLagMs);
      },
    },
    health() {
      const atMs = clock.monotonicMs();
      if (kept === null || atMs - kept.atMs >= KEEP_MS) kept = { atMs, health: readOrKeep(kept?.health) };
      return kept.health;
    },
  };
}
