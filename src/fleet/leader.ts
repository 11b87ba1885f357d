import { cycleId } from '../domain/ids.ts';
import type { AttemptRecord } from '../domain/record.ts';
import type { Catalog, Cycle, PlannedProbe } from '../domain/types.ts';
import type {
  AttemptStore,
  CatalogStore,
  Clock,
  CycleStore,
  FleetProbe,
  FleetStore,
  Log,
  SeenWorker,
} from '../ports.ts';
import { createServerClock } from './server-clock.ts';

/** How often the leader looks how the cycle under way stands. */
const LOOK_MS = 2000;
/** Lengths of time in the life of a leader. */
export interface LeaderTimes {
  /** How often it looks after cycles before the one under way. */
  readonly lookBackMs: number;
  /** A worker that said nothing for so long is gone. */
  readonly goneMs: number;
}

const LEADER_TIMES: LeaderTimes = { lookBackMs: 10_000, goneMs: 20_000 };
/** Usual `rememberedMs`. */
export const REMEMBERED_MS = 6 * 3600 * 1000;
/** A place whose first worker comes this long after a cycle began still takes part in it. */
const JOIN_MS = 60_000;

export interface LeaderParts {
  readonly store: FleetStore & AttemptStore & Pick<CatalogStore, 'lastGood'> & Pick<CycleStore, 'finish' | 'skip'>;
  /** Of the whole fleet: ids follow from it. */
  readonly writer: string;
  readonly intervalMs: number;
  /** How long a place whose workers vanished without a word is still planned for, and what their outboxes may bring is waited for. */
  readonly rememberedMs: number;
  /** Usual: 10 s, 20 s. */
  readonly times?: LeaderTimes;
  /** What the Hub says now, else the last good catalogue; null: there is none. */
  readonly catalog: (signal: AbortSignal) => Promise<Catalog | null>;
  /** Whether a cycle at so many places is left out for the budget. */
  readonly skip: (cycle: Cycle, catalog: Catalog, places: number) => Promise<'budget' | null> | 'budget' | null;
  /** Whether the budget of the UTC day of that cycle is spent, so that nobody is given anything to ask. */
  readonly isSpent: (cycle: Cycle) => Promise<boolean>;
  /** A place's plan, a function of its arguments alone. */
  readonly plan: (
    input: { readonly cycle: Cycle; readonly scheduledAtMs: number; readonly skip: 'budget' | null },
    location: string,
    catalog: Catalog,
  ) => readonly PlannedProbe[];
  /** Cycles as they fall due. */
  readonly cycles: (
    clock: Clock,
    lastDueAtMs: number | null,
    signal: AbortSignal,
  ) => AsyncIterable<{ readonly dueAtMs: number }>;
  /** Final rows of what is not asked, of any place. */
  readonly rows: {
    skipped(
      location: string,
      probe: PlannedProbe,
      reason: 'no_worker' | 'budget',
      attemptsSoFar: number,
    ): AttemptRecord;
    noCatalogue(location: string, cycle: Cycle, scheduledAtMs: number): AttemptRecord;
  };
  readonly clock: Clock;
  readonly log: Log;
}

export interface LeaderWatcher {
  planned?(plan: readonly PlannedProbe[]): void;
  stored?(record: AttemptRecord): void;
  /** A cycle has ended: all its probes at all places have their final rows. */
  cycleEnded?(cycle: Cycle): void | Promise<void>;
}

/** What was planned last. */
interface Latest {
  readonly cycle: Cycle;
  readonly beganAtMs: number;
  readonly catalog: Catalog;
  readonly skip: 'budget' | null;
  readonly locations: Set<string>;
}

/**
 * Plans each cycle for every place with workers, and sees to it that each probe ends with one final row: what the workers did not ask until the
 * next cycle was due is closed as `no_worker`. Whoever leads next goes on where this one stopped. Two at once change nothing, for ids follow
 * from writer, due time, place and target.
 *
 * @throws when the database cannot be reached: then somebody else may lead
 */
export async function lead(parts: LeaderParts, signal: AbortSignal, watcher: LeaderWatcher = {}): Promise<void> {
  const { store, writer, intervalMs, rememberedMs, log, times = LEADER_TIMES } = parts;
  const time = createServerClock(store, parts.clock);
  const over = new AbortController();
  const stop = AbortSignal.any([signal, over.signal]);
  let latest: Latest | null = null;

  const cycleDue = (dueAtMs: number): Cycle => ({ cycleId: cycleId(writer, dueAtMs), dueAtMs });
  const remembered = () => store.workers(time.nowMs() - rememberedMs);

  async function planInTime(): Promise<void> {
    const last = await store.lastCycle();
    let lastDueAtMs = last && Math.floor(last.dueAtMs / intervalMs) * intervalMs; // it may be of another interval
    for await (const { dueAtMs } of parts.cycles(time, lastDueAtMs, stop)) {
      if (lastDueAtMs !== null) await markMissed(lastDueAtMs + intervalMs, dueAtMs);
      await time.compare();
      await begin(cycleDue(dueAtMs));
      lastDueAtMs = dueAtMs;
    }
  }

  /** Cycles from `sinceMs` on and before `untilMs`, for which nobody was there to plan them. */
  async function markMissed(sinceMs: number, untilMs: number): Promise<void> {
    const oldestMs = Math.ceil((untilMs - rememberedMs) / intervalMs) * intervalMs;
    const workers = await remembered();
    const catalog = await store.lastGood();
    if (catalog === null) return;
    for (let dueAtMs = Math.max(sinceMs, oldestMs); dueAtMs < untilMs && !stop.aborted; dueAtMs += intervalMs) {
      const cycle = cycleDue(dueAtMs);
      const locations = placesOf(workers.filter(({ firstSeenMs }) => firstSeenMs <= dueAtMs));
      if (locations.length === 0) continue;
      const planned = { cycle, beganAtMs: dueAtMs, catalog, skip: null, locations: new Set<string>() };
      await planFor(locations, planned);
      log.warn({ cycle: iso(dueAtMs), places: locations }, 'nobody led when this cycle was due');
    }
  }

  async function begin(cycle: Cycle): Promise<void> {
    const beganAtMs = time.nowMs();
    const catalog = await parts.catalog(stop);
    const locations = await placesInTime(cycle);
    if (stop.aborted || locations.length === 0) return;
    if (catalog === null) return leaveOut(cycle, locations);
    const skip = await parts.skip(cycle, catalog, locations.length);
    latest = { cycle, beganAtMs, catalog, skip, locations: new Set() };
    const probes = await planFor(locations, latest);
    log.info({ cycle: iso(cycle.dueAtMs), places: locations, probes }, 'cycle planned');
  }

  /** Waits for the first worker of all; empty: none came before the next cycle is due. */
  async function placesInTime({ dueAtMs }: Cycle): Promise<readonly string[]> {
    while (!stop.aborted && time.nowMs() < dueAtMs + intervalMs) {
      const places = placesOf(await remembered());
      if (places.length > 0) return places;
      await time.sleep(LOOK_MS, stop).catch(() => undefined);
    }
    return [];
  }

  /** What is skipped is settled at once. */
  async function planFor(locations: readonly string[], planned: Latest): Promise<number> {
    const { cycle, beganAtMs, catalog, skip } = planned;
    const scheduledAtMs = planned === latest ? time.nowMs() : cycle.dueAtMs;
    const probes: FleetProbe[] = locations.flatMap((location) =>
      parts.plan({ cycle, scheduledAtMs, skip }, location, catalog).map((probe, order) => ({ probe, location, order })),
    );
    await store.plan(cycle, probes, beganAtMs);
    for (const location of locations) planned.locations.add(location);
    if (planned === latest) watcher.planned?.(probes.map(({ probe }) => probe));
    const skipped = probes.filter(({ probe }) => probe.skip !== null);
    await close(
      cycle,
      skipped.map((probe) => ({ probe, attempts: 0 })),
    );
    return probes.length;
  }

  async function leaveOut(cycle: Cycle, locations: readonly string[]): Promise<void> {
    await store.skip(cycle, 'no_catalogue', time.nowMs());
    const records = locations.map((location) => parts.rows.noCatalogue(location, cycle, time.nowMs()));
    await store.append(records);
    for (const record of records) watcher.stored?.(record);
    log.error({ cycle: iso(cycle.dueAtMs) }, 'cycle skipped: there is no catalogue, and none was ever read');
  }

  async function lookAfter(): Promise<void> {
    let lookBackAtMs = time.monotonicMs();
    for (let isFirst = true; !stop.aborted; isFirst = false) {
      const looksBack = time.monotonicMs() >= lookBackAtMs;
      if (looksBack) lookBackAtMs = time.monotonicMs() + times.lookBackMs;
      await letJoin();
      for (const cycle of await store.openCycles()) {
        if (stop.aborted) return;
        const isOver = time.nowMs() >= cycle.dueAtMs + intervalMs;
        if (!isOver || looksBack) await endIfDone(cycle, isOver, isOver || isFirst);
      }
      await time.sleep(LOOK_MS, stop).catch(() => undefined);
    }
  }

  async function letJoin(): Promise<void> {
    if (latest === null || time.nowMs() > latest.beganAtMs + JOIN_MS) return;
    const { locations } = latest;
    const joining = placesOf(await remembered()).filter((location) => !locations.has(location));
    if (joining.length > 0) await planFor(joining, latest);
  }

  /**
   * @param isOver the next one is due, and what was not asked never will be
   * @param closes whether what nobody will ask is looked for: also what a leader before us planned as skipped, and could not close
   */
  async function endIfDone(cycle: Cycle, isOver: boolean, closes: boolean): Promise<void> {
    let { planned, done } = await store.progress(cycle.cycleId);
    if (done < planned && closes) {
      const sinceMs = Math.max(cycle.dueAtMs + intervalMs, ledSinceMs);
      const waitsFor = isOver ? stillOwing(await remembered(), sinceMs, time.nowMs(), times.goneMs) : null;
      const open = await store.abandoned(cycle.cycleId);
      const isNobodys = ({ probe: { probe, location } }: (typeof open)[number]) =>
        probe.skip !== null || (waitsFor !== null && !waitsFor.has(location));
      await close(cycle, open.filter(isNobodys));
      ({ planned, done } = await store.progress(cycle.cycleId));
    }
    if (done < planned) return;
    await store.finish(cycle.cycleId, time.nowMs());
    log.info({ cycle: iso(cycle.dueAtMs), probes: planned }, 'cycle ended');
    await watcher.cycleEnded?.(cycle);
  }

  async function close(
    cycle: Cycle,
    open: readonly { readonly probe: FleetProbe; readonly attempts: number }[],
  ): Promise<void> {
    if (open.length === 0) return;
    const reason = (await parts.isSpent(cycle)) ? 'budget' : 'no_worker';
    const records = open.map(({ probe: { probe, location }, attempts }) =>
      parts.rows.skipped(location, probe, reason, attempts),
    );
    const stored = await store.close(records);
    const closed = records.filter(({ attemptId }) => stored.has(attemptId));
    for (const record of closed) watcher.stored?.(record);
    const unasked = closed.filter(({ errorClass }) => errorClass === 'no_worker').length;
    if (unasked > 0) {
      log.warn({ cycle: iso(cycle.dueAtMs), probes: unasked }, 'not asked in time: no worker was there');
    }
  }

  await time.compare();
  const ledSinceMs = time.nowMs();
  const fall = (error: unknown) => {
    over.abort();
    throw error;
  };
  const both = await Promise.allSettled([planInTime().catch(fall), lookAfter().catch(fall)]);
  for (const loop of both) if (loop.status === 'rejected') throw loop.reason;
}

const placesOf = (workers: readonly SeenWorker[]) => [...new Set(workers.map(({ location }) => location))].sort();

/**
 * Places of which a worker has something in its outbox, or may have: it did not say since then that nothing waits, or it vanished.
 *
 * @param sinceMs when the cycle was over and we led
 */
function stillOwing(
  workers: readonly SeenWorker[],
  sinceMs: number,
  nowMs: number,
  goneMs: number,
): ReadonlySet<string> {
  const mayOwe = ({ waiting, lastSeenMs }: SeenWorker) =>
    waiting > 0 || lastSeenMs < sinceMs || nowMs - lastSeenMs > goneMs;
  return new Set(workers.filter(mayOwe).map(({ location }) => location));
}

const iso = (atMs: number) => new Date(atMs).toISOString();
