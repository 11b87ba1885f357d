import { totalUsd } from '../domain/money.ts';
import type { AttemptRecord } from '../domain/record.ts';
import { dayOf } from '../domain/utc-day.ts';
import type { FleetProbe } from '../ports.ts';
import type { Contact } from './contact.ts';
import type { Leases } from './leases.ts';
import type { ServerClock } from './server-clock.ts';
import { WORKER_TIMES, type WorkerParts } from './worker-parts.ts';

/** How often it looks for a database that it lost. */
const AGAIN_MS = 1000;
/** How far its clock may be from the database's: rows of several places are compared by their times. */
export const CLOCK_LIMIT_MS = 2000;
/** How long it waits where the disk refuses as well. */
const DISK_MS = 5000;

/** Whether this worker may ask. */
export interface Standing {
  /** Null until the clocks were compared. */
  isClockRight: boolean | null;
  /** How many probes it asks without a lease: their results will go through the outbox, too. */
  asksAlone: number;
}

interface Watch {
  readonly contact: Contact;
  readonly time: ServerClock;
  readonly leases: Pick<Leases, 'ids'>;
  readonly standing: Standing;
}

/** Says again and again that the worker is there, compares the clocks, and delivers what waits; at the end it says good-bye. */
export async function keepUp(parts: WorkerParts, watch: Watch, signal: AbortSignal): Promise<void> {
  const { store, outbox, clock, times = WORKER_TIMES } = parts;
  const { contact } = watch;
  let rememberAtMs = clock.monotonicMs();
  while (!signal.aborted) {
    await announce(parts, watch);
    await deliver(parts, contact);
    if (clock.monotonicMs() >= rememberAtMs && (await remember(parts, watch))) {
      rememberAtMs = clock.monotonicMs() + times.rememberMs;
    }
    const isSettled = contact.awaySinceMs() === null && outbox.waiting() === 0;
    await clock.sleep(isSettled ? times.announceMs : AGAIN_MS, signal).catch(() => undefined);
  }
  await deliver(parts, contact);
  // Whoever still has something is waited for, as one who vanished is.
  if (outbox.waiting() === 0) await contact.reach(() => store.withdraw(outbox.workerId));
}

async function announce(parts: WorkerParts, { contact, time, leases, standing }: Watch): Promise<void> {
  const { identity, settings, store, outbox } = parts;
  const compared = await contact.reach(() => time.compare());
  if (!compared.reached) return;
  const { aheadMs, boundMs } = compared.value;
  judgeClock(aheadMs, Math.abs(aheadMs) - boundMs <= CLOCK_LIMIT_MS, standing, parts);
  const worker = {
    workerId: outbox.workerId,
    location: identity.location,
    trackerVersion: identity.trackerVersion,
    slots: settings.slots,
    clockAheadMs: Math.round(aheadMs),
    waiting: outbox.waiting() + standing.asksAlone,
  };
  await contact.reach(() => store.announce(worker, leases.ids()));
}

function judgeClock(aheadMs: number, isRight: boolean, standing: Standing, { log }: WorkerParts): void {
  if (!isRight && standing.isClockRight !== false) {
    const mend = 'nothing is asked until it is set, best by NTP (timedatectl set-ntp true)';
    log.error({ aheadMs: Math.round(aheadMs) }, `the clock of this machine is too far from the database's: ${mend}`);
  }
  if (isRight && standing.isClockRight === false) log.info({}, 'the clock of this machine is right again');
  standing.isClockRight = isRight;
}

/** Oldest first; what was delivered is let go only when that is known. */
async function deliver({ store, outbox, log }: WorkerParts, contact: Contact): Promise<void> {
  let delivered = 0;
  for (let parcel = outbox.oldest(); parcel !== null; parcel = outbox.oldest()) {
    const { probe, records } = parcel;
    if (!(await contact.reach(() => store.deliver(probe, records))).reached) break;
    outbox.delivered(parcel);
    delivered += records.length;
  }
  if (delivered > 0) log.info({ records: delivered, left: outbox.waiting() }, 'delivered from the outbox');
}

/** @returns whether everything was seen, and nothing waits whose cost the database does not know */
async function remember(
  { identity, store, outbox, times = WORKER_TIMES }: WorkerParts,
  { contact, time }: Watch,
): Promise<boolean> {
  const day = dayOf(time.nowMs());
  const answer = await contact.reach(async () => {
    const workers = await store.workers(time.nowMs() - 3 * times.announceMs);
    return { workers, catalog: await store.lastGood(), spentUsd: totalUsd(await store.spentOn(day)) };
  });
  if (!answer.reached || outbox.waiting() > 0) return false;
  const workers = answer.value.workers.map(({ workerId, location }) => ({ workerId, location }));
  outbox.remember({ ...answer.value, workers, day, writer: identity.writer });
  return answer.value.catalog !== null;
}

/** What cannot be settled goes into the outbox; where the disk refuses as well, it waits until one of the two takes it. */
export async function handOver(
  probe: FleetProbe,
  record: AttemptRecord,
  { store, outbox, clock, log }: WorkerParts,
  contact: Contact,
  signal: AbortSignal,
): Promise<void> {
  while (true) {
    try {
      return outbox.put(probe, record);
    } catch (error) {
      if ((await contact.reach(() => store.deliver(probe, [record]))).reached) return;
      if (signal.aborted) throw error;
      log.error({ error: String(error) }, 'neither the database nor the outbox takes a result: it waits');
      await clock.sleep(DISK_MS, signal).catch(() => undefined);
    }
  }
}
