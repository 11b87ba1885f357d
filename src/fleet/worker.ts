import { cycleId } from '../domain/ids.ts';
import type { AttemptRecord } from '../domain/record.ts';
import type { PlannedProbe } from '../domain/types.ts';
import { dayOf } from '../domain/utc-day.ts';
import type { Stop } from '../lib/with-grace.ts';
import type { FleetProbe, Lease } from '../ports.ts';
import { createContact } from './contact.ts';
import { createDesk } from './desk.ts';
import { createLeases, type Holding } from './leases.ts';
import { type Common, shareOf } from './offline.ts';
import { createServerClock } from './server-clock.ts';
import { createSlots } from './slots.ts';
import { handOver, keepUp, type Standing } from './upkeep.ts';
import { WORKER_TIMES, type WorkerParts } from './worker-parts.ts';

/** A TLS handshake costs the asking thread 1.3 ms; starts closer together would delay each other. */
const SPREAD_MS = 3;
/** How often a worker with free slots looks for something to ask. */
const LOOK_MS = 1000;
export interface WorkerWatcher {
  asking?(probe: PlannedProbe): void;
  /** The record is durable, in the database or in the outbox. */
  stored?(record: AttemptRecord): void;
}

/**
 * Asks what this place has to ask, as long as it is not told to stop: what it can start now and no more, so that whoever is killed leaves
 * little behind. Without the database it goes on by itself, with its share of the plan. Told to stop it lets run what runs, gives back what was
 * dropped, and says good-bye.
 */
export async function work(parts: WorkerParts, stop: Stop, watcher: WorkerWatcher = {}): Promise<void> {
  const { identity, settings, store, outbox, clock, log, times = WORKER_TIMES } = parts;
  const { leaseMs, awayMs: patienceMs } = times;
  const { location } = identity;
  const me = { workerId: outbox.workerId, location };
  const contact = createContact(parts);
  const time = createServerClock(store, clock);
  const leases = createLeases(leaseMs, clock);
  const broken = new AbortController();
  const slots = createSlots(settings.slots, broken);
  const starting = AbortSignal.any([stop.starting, broken.signal]);
  const over = new AbortController();
  const standing: Standing = { isClockRight: null, asksAlone: 0 };

  const lastDueMs = () => Math.floor(time.nowMs() / settings.intervalMs) * settings.intervalMs;

  const mayAsk = () => standing.isClockRight === true && contact.awaySinceMs() === null;

  async function claimAndAsk(): Promise<void> {
    while (!starting.aborted) {
      const free = slots.free();
      const claimed = free > 0 && mayAsk() ? await claim(free) : [];
      for (const { lease, holding } of claimed) {
        slots.take(lease.probe.target.provider, () => askLeased(lease, holding));
        await clock.sleep(SPREAD_MS);
      }
      if (claimed.length < free || free === 0) await rest(LOOK_MS);
    }
  }

  async function claim(free: number): Promise<readonly { readonly lease: Lease; readonly holding: Holding }[]> {
    const sinceMs = clock.monotonicMs();
    const { perProvider, budgetUsd } = settings;
    const limits = { perProvider, budgetUsd, leaseMs, dueSinceMs: lastDueMs() };
    const answer = await contact.reach(() => store.claim({ ...me, slots: free, ...limits }));
    return answer.reached ? answer.value.map((lease) => ({ lease, holding: leases.hold(lease.leaseId, sinceMs) })) : [];
  }

  /** A second, or until a slot is free. */
  async function rest(ms: number): Promise<void> {
    const awake = new AbortController();
    const waking = AbortSignal.any([starting, awake.signal]);
    await Promise.race([clock.sleep(ms, waking).catch(() => undefined), slots.freed(waking)]);
    awake.abort();
  }

  async function askLeased({ leaseId, probe, attempts }: Lease, holding: Holding): Promise<void> {
    using _ = holding;
    const giveBack = () => contact.reach(() => store.release([leaseId]));
    if (starting.aborted) return void (await giveBack());
    watcher.asking?.(probe);
    let isApart = false;
    for await (const record of parts.ask(probe, AbortSignal.any([stop.running, holding.over]), attempts)) {
      if (record.outcome === 'skipped') return void (await giveBack());
      const settled: boolean | null = isApart ? null : await settle(leaseId, record);
      if (settled === false) return;
      if (settled === null) await handOver({ probe, location, order: 0 }, record, parts, contact, stop.running);
      isApart ||= settled === null; // the records of a probe arrive in their order
      watcher.stored?.(record);
    }
  }

  /** Null: the database cannot be reached. An answer that was lost is asked for once more, which changes nothing. */
  async function settle(leaseId: number, record: AttemptRecord): Promise<boolean | null> {
    for (const _ of [1, 2]) {
      const answer = await contact.reach(() => store.settle(leaseId, record));
      if (answer.reached) return answer.value;
    }
    return null;
  }

  async function renewLeases(): Promise<void> {
    while (!over.signal.aborted) {
      const [asked, sinceMs] = [leases.ids(), clock.monotonicMs()];
      const answer = asked.length === 0 ? null : await contact.reach(() => store.renew(asked, leaseMs));
      if (answer?.reached) leases.renewed(asked, answer.value, sinceMs);
      await clock.sleep(leaseMs / 3, over.signal).catch(() => undefined);
    }
  }

  async function goOnAlone(): Promise<void> {
    while (!starting.aborted) {
      const dueAtMs = dueAlone();
      if (dueAtMs !== null) await askAlone(dueAtMs);
      await clock.sleep(LOOK_MS, starting).catch(() => undefined);
    }
  }

  /** When the cycle was due that nobody can have planned for us; null: there is none. */
  function dueAlone(): number | null {
    const awaySinceMs = contact.awaySinceMs();
    const awayMs = awaySinceMs === null ? 0 : clock.monotonicMs() - awaySinceMs;
    const dueAtMs = lastDueMs();
    const isDue = dueAtMs >= time.nowMs() - awayMs && dueAtMs > (outbox.lastPlannedDueMs() ?? 0);
    return awayMs >= patienceMs && standing.isClockRight !== false && isDue ? dueAtMs : null;
  }

  async function askAlone(dueAtMs: number): Promise<void> {
    const seen = outbox.seen();
    outbox.planned(dueAtMs);
    const cycle = { cycleId: cycleId(identity.writer, dueAtMs), dueAtMs };
    const plan = seen?.catalog == null ? [] : parts.plan(cycle, seen.catalog);
    const day = dayOf(dueAtMs);
    const { budgetUsd, perProvider } = settings;
    const spentUsd = seen?.day === day ? seen.spentUsd : 0;
    const leftUsd = budgetUsd === null ? null : Math.max(budgetUsd - spentUsd, 0);
    const common: Common = { workers: seen?.workers ?? [], perProvider, leftUsd };
    const share = shareOf(plan, me, common);
    const due = new Date(dueAtMs).toISOString();
    log.warn({ cycle: due, probes: share.probes.length }, 'the database cannot be reached: this worker asks its share');

    const waiting = [...share.probes];
    const goesOn = () => !starting.aborted && contact.awaySinceMs() !== null && lastDueMs() === dueAtMs;
    const isAffordable = () => share.budgetUsd === null || outbox.spentUsd(day) < share.budgetUsd;
    const hasRoom = ({ target: { provider } }: PlannedProbe) => slots.takenOf(provider) < share.slotsOf(provider);
    while (waiting.length > 0 && goesOn() && isAffordable()) {
      const at = slots.free() > 0 ? waiting.findIndex(hasRoom) : -1;
      if (at === -1) {
        await slots.freed(starting);
        continue;
      }
      const [probe] = waiting.splice(at, 1);
      slots.take(probe!.target.provider, () => askUnleased({ probe: probe!, location, order: plan.indexOf(probe!) }));
      await clock.sleep(SPREAD_MS);
    }
  }

  async function askUnleased(planned: FleetProbe): Promise<void> {
    watcher.asking?.(planned.probe);
    standing.asksAlone++;
    try {
      for await (const record of parts.ask(planned.probe, stop.running, 0)) {
        if (record.outcome === 'skipped') return;
        await handOver(planned, record, parts, contact, stop.running);
        watcher.stored?.(record);
      }
    } finally {
      standing.asksAlone--;
    }
  }

  const errors: unknown[] = [];
  function fail(error: unknown): void {
    errors.push(error);
    broken.abort();
  }
  const untilTheEnd = Promise.all(
    [keepUp(parts, { contact, time, leases, standing }, over.signal), renewLeases()].map((loop) => loop.catch(fail)),
  );
  const free = () => slots.free();
  const desk = createDesk(parts, { contact, leases, time, free, mayAsk, lastDueMs, settle }, stop.running);
  const besideCycles = async () => parts.beside?.(desk, starting);
  const untilStopped = Promise.all([claimAndAsk(), goOnAlone(), besideCycles()].map((loop) => loop.catch(fail)));
  await untilStopped;
  await slots.ended().catch(fail);
  over.abort();
  await untilTheEnd;
  if (errors.length > 0) throw errors[0];
}
