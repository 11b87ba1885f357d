import { skipForBudget } from './budget.ts';
import { currentCatalog } from './current-catalog.ts';
import { sayStopping, type Watcher } from './daemon.ts';
import { totalUsd } from './domain/money.ts';
import type { AttemptRecord } from './domain/record.ts';
import type { Role } from './domain/settings.ts';
import type { Cycle } from './domain/types.ts';
import { dayOf } from './domain/utc-day.ts';
import { type LeaderParts, type LeaderTimes, lead, REMEMBERED_MS } from './fleet/leader.ts';
import type { Outbox } from './fleet/outbox.ts';
import { inRole } from './fleet/roles.ts';
import { work } from './fleet/worker.ts';
import { WORKER_TIMES, type WorkerTimes } from './fleet/worker-parts.ts';
import { besideHere, wishFor } from './fleet-beside.ts';
import type { Stop } from './lib/with-grace.ts';
import type { Parts } from './parts.ts';
import type { FleetStore, RoleLock } from './ports.ts';
import { noCatalogueRecord, skippedRecord } from './probe/skipped-record.ts';
import { createPusher } from './pusher.ts';
import { cycles } from './schedule/grid.ts';
import { planCycle } from './schedule/plan.ts';
import { tidy } from './tidy.ts';

/** How often the process that pushes looks whether a push is due. */
const PUSH_LOOK_MS = 30_000;

/** Everything a process of a fleet needs. The store is the shared one, and so is the writer. */
export interface FleetParts extends Parts {
  readonly fleet: FleetStore;
  readonly roleLock: RoleLock;
  /** Of this process's own disk; null: it does not probe. */
  readonly outbox: Outbox | null;
  readonly isUnreachable: (error: unknown) => boolean;
  /** Usual where they are left out. */
  readonly times?: { readonly worker: WorkerTimes; readonly leader: LeaderTimes };
}

/**
 * One of several processes on one database, until told to stop: one plans the cycles for all places, each that probes asks what its
 * place has to ask, and one pushes. Whoever has not got a role takes it over from a process that is gone. What is shown is the onlookers' affair.
 */
export async function runFleet(
  parts: FleetParts,
  roles: ReadonlySet<Role>,
  { starting, running }: Stop,
  watcher: Watcher = {},
): Promise<void> {
  const broken = new AbortController();
  const stop = { starting: AbortSignal.any([starting, broken.signal]), running };
  const guarded = { ...parts, roles: parts.roleLock };
  starting.addEventListener('abort', () => sayStopping(parts), { once: true });
  parts.atOnce.ask = (endpoint) => wishFor(endpoint, parts);
  const flows = {
    schedule: () => inRole('schedule', (signal) => leadCycles(parts, signal, watcher), guarded, stop.starting),
    probe: () => probeHere(parts, stop, watcher),
    push: () => inRole('push', (signal) => pushCycles(parts, signal, stop.starting), guarded, stop.starting),
    web: () => aborted(stop.starting),
  };
  const ends = [...roles].map((role) =>
    flows[role]().catch((error) => {
      broken.abort();
      throw error;
    }),
  );
  const ended = await Promise.allSettled(ends);
  parts.atOnce.ask = null;
  for (const end of ended) if (end.status === 'rejected') throw end.reason;
}

/** Plans for every place; afterwards the store is kept small. */
function leadCycles(parts: FleetParts, signal: AbortSignal, watcher: Watcher): Promise<void> {
  const { config, store, identity, fleet, heartbeat, clock, log } = parts;
  const { intervalMs, budgetUsdPerDay } = config.schedule;
  const rows: LeaderParts['rows'] = {
    skipped: (location, probe, reason, attemptsSoFar) =>
      skippedRecord(probe, probe.skip ?? reason, attemptsSoFar, frameOf(location)),
    noCatalogue: (location, cycle, scheduledAtMs) => noCatalogueRecord(cycle, scheduledAtMs, frameOf(location)),
  };
  const frameOf = (location: string) => ({ identity: { ...identity, location }, settings: config.probe });
  return lead(
    {
      store: {
        ...fleet,
        append: (records) => store.append(records),
        lastGood: () => store.lastGood(),
        finish: (cycleId, endedAtMs) => store.finish(cycleId, endedAtMs),
        skip: (cycle, reason, atMs) => store.skip(cycle, reason, atMs),
      },
      writer: identity.writer,
      intervalMs,
      rememberedMs: REMEMBERED_MS,
      ...(parts.times && { times: parts.times.leader }),
      catalog: (stop) => currentCatalog(parts, stop),
      skip: (cycle, { targets }, places) => skipForBudget(cycle, targets, parts, places),
      isSpent: async ({ dueAtMs }) =>
        budgetUsdPerDay !== null && totalUsd(await store.spentOn(dayOf(dueAtMs))) >= budgetUsdPerDay,
      plan: (input, location, catalog) => planCycle({ ...input, ...catalog, identity: { location } }),
      cycles: (time, lastBeganAtMs, stop) => cycles(intervalMs, { clock: time, lastBeganAtMs }, stop),
      rows,
      clock,
      log,
    },
    signal,
    {
      planned: (plan) => watcher.planned?.(plan),
      stored: (record) => tellStored(record, parts, watcher),
      async cycleEnded(_cycle: Cycle) {
        watcher.cycleEnded?.();
        heartbeat.beat();
        await tidy(parts, signal, intervalMs / 2);
      },
    },
  );
}

/** Asks what this place has to ask. */
async function probeHere(parts: FleetParts, stop: Stop, watcher: Watcher): Promise<void> {
  const { config, store, identity, fleet, outbox, prober, calibrator } = parts;
  if (outbox === null) throw new Error('whoever probes needs an outbox');
  const { concurrency, concurrencyPerProvider, budgetUsdPerDay, intervalMs } = config.schedule;
  const settings = {
    slots: concurrency,
    perProvider: concurrencyPerProvider,
    budgetUsd: budgetUsdPerDay,
    intervalMs,
  };
  let calibrated: string | null = null;
  await work(
    {
      ...parts,
      outbox,
      times: parts.times?.worker ?? WORKER_TIMES,
      settings,
      store: { ...fleet, lastGood: () => store.lastGood(), spentOn: (day) => store.spentOn(day) },
      ask: (probe, signal, attemptsSoFar, first) => prober.probe(probe, signal, first, attemptsSoFar),
      beside: besideHere(parts),
      plan: (cycle, catalog) => planCycle({ ...catalog, cycle, identity, scheduledAtMs: cycle.dueAtMs }),
    },
    stop,
    {
      asking(probe) {
        const { cycle } = probe;
        if (cycle.cycleId !== calibrated) calibrator.start(cycle, stop.starting);
        calibrated = cycle.cycleId;
        watcher.asking?.(probe);
      },
      stored: (record) => tellStored(record, parts, watcher),
    },
  );
  await calibrator.settled();
}

function tellStored(record: AttemptRecord, { listeners }: FleetParts, watcher: Watcher): void {
  watcher.stored?.(record);
  for (const listen of listeners) listen(record);
}

/** One that is told to stop pushes once more; one that lost the role leaves that to whoever has it. */
async function pushCycles(parts: FleetParts, signal: AbortSignal, stop: AbortSignal): Promise<void> {
  const pusher = createPusher(parts, signal);
  while (!signal.aborted) {
    await pusher.pushIfDue();
    parts.refreshBuffer();
    await parts.clock.sleep(PUSH_LOOK_MS, signal).catch(() => undefined);
  }
  if (stop.aborted) await pusher.last();
}

const aborted = (signal: AbortSignal) =>
  new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
