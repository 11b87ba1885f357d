import { startBeside } from './beside.ts';
import { announceCost, skipForBudget } from './budget.ts';
import { currentCatalog } from './current-catalog.ts';
import { cycleId } from './domain/ids.ts';
import type { AttemptRecord } from './domain/record.ts';
import type { Cycle, PlannedProbe } from './domain/types.ts';
import { closeUnfinished, keep, untilWritten } from './keep.ts';
import type { Stop } from './lib/with-grace.ts';
import type { Parts } from './parts.ts';
import { createPusher, type Pusher } from './pusher.ts';
import { dispatch } from './schedule/dispatch.ts';
import { cycles, nextDueAtMs } from './schedule/grid.ts';
import { planCycle } from './schedule/plan.ts';
import { tidy } from './tidy.ts';

/** A TLS handshake costs the asking thread 1.3 ms; starts closer together would delay each other. */
const SPREAD_MS = 3;

/** Those who look on: progress bars, tables, JSON lines. */
export interface Watcher {
  planned?(plan: readonly PlannedProbe[]): void;
  /** It has its slot. */
  asking?(probe: PlannedProbe): void;
  /** The record is durable. */
  stored?(record: AttemptRecord): void;
  cycleEnded?(): void;
}

/** One cycle after the other until told to stop or `maxCycles` have run; confirms, feature probes and pushes run beside them; then a last push. */
export async function runDaemon(parts: Parts, stop: Stop, watcher: Watcher = {}, maxCycles = Infinity): Promise<void> {
  const { store } = parts;
  const pusher = createPusher(parts, stop.starting);

  stop.starting.addEventListener('abort', () => sayStopping(parts), { once: true });

  await closeUnfinished(parts, stop.starting);
  const known = await store.lastGood();
  if (known !== null) await announceCost(known.targets, parts);
  await pusher.pushIfDue();
  const beside = await startBeside(parts, stop);
  try {
    await runCycles(parts, stop, both(beside.watcher, watcher), maxCycles, pusher);
  } finally {
    await beside.end();
  }
  await parts.calibrator.settled();
  await pusher.last();
}

async function runCycles(parts: Parts, stop: Stop, watcher: Watcher, maxCycles: number, pusher: Pusher): Promise<void> {
  const { config, store, clock, log } = parts;
  const { intervalMs } = config.schedule;
  let cyclesRun = 0;
  for await (const due of cycles(intervalMs, { clock, lastBeganAtMs: await store.lastBeganAtMs() }, stop.starting)) {
    for (const missedAtMs of due.missed) await skipOverrun(missedAtMs, parts, stop.starting);
    const cycle = { cycleId: cycleId(store.writer, due.dueAtMs), dueAtMs: due.dueAtMs };
    const ran = await runCycle(cycle, parts, stop, watcher);
    if (ran && !stop.starting.aborted) parts.heartbeat.beat();
    cyclesRun++;
    if (cyclesRun >= maxCycles || stop.starting.aborted) return;
    await pusher.pushIfDue();
    await tidy(parts, stop.starting, (nextDueAtMs(clock.nowMs(), intervalMs) - clock.nowMs()) / 2);
    log.info({ nextRun: iso(nextDueAtMs(clock.nowMs(), intervalMs)) }, 'waiting for the next cycle');
  }
}

/** The first is told before the second. */
export function both(first: Watcher, second: Watcher): Watcher {
  return {
    planned(plan) {
      first.planned?.(plan);
      second.planned?.(plan);
    },
    asking(probe) {
      first.asking?.(probe);
      second.asking?.(probe);
    },
    stored(record) {
      first.stored?.(record);
      second.stored?.(record);
    },
    cycleEnded() {
      first.cycleEnded?.();
      second.cycleEnded?.();
    },
  };
}

/**
 * Catalogue, plan, ask, store. Returns when every probe of the cycle has its final row; the calibration beside it may still run.
 *
 * @returns whether anything was planned: false without a catalogue, and when stopped before
 */
export async function runCycle(cycle: Cycle, parts: Parts, stop: Stop, watcher: Watcher = {}): Promise<boolean> {
  const { config, store, prober, calibrator, identity, clock, log } = parts;
  const due = iso(cycle.dueAtMs);
  const beganAtMs = clock.nowMs();
  const isFirstCatalog = (await store.lastGood()) === null;
  const catalog = await currentCatalog(parts, stop.starting);
  if (stop.starting.aborted) return false;
  if (catalog === null) {
    await untilWritten(() => store.skip(cycle, 'no_catalogue', beganAtMs), parts, stop.running);
    const record = prober.noCatalogue(cycle, clock.nowMs());
    await keep(record, parts, stop.running);
    watcher.stored?.(record);
    watcher.cycleEnded?.();
    log.error({ cycle: due }, 'cycle skipped: there is no catalogue, and none was ever read');
    return false;
  }
  if (isFirstCatalog) await announceCost(catalog.targets, parts);

  const skip = await skipForBudget(cycle, catalog.targets, parts);
  const plan = planCycle({ ...catalog, cycle, identity, scheduledAtMs: clock.nowMs(), skip });
  await untilWritten(() => store.begin(cycle, plan, beganAtMs), parts, stop.running);
  const models = new Set(plan.map(({ target }) => target.modelId)).size;
  log.info({ cycle: due, models, probes: plan.length }, 'cycle started');
  watcher.planned?.(plan);
  if (skip === null) calibrator.start(cycle, stop.starting);

  const counts: Record<string, number> = { calls: 0 };
  const settle = async (record: AttemptRecord) => {
    await keep(record, parts, stop.running);
    watcher.stored?.(record);
    if (record.attempt > 0 && record.outcome !== 'skipped') counts.calls!++;
    if (record.final) counts[record.outcome] = (counts[record.outcome] ?? 0) + 1;
  };
  const ask = async (probe: PlannedProbe) => {
    watcher.asking?.(probe);
    for await (const record of prober.probe(probe, stop.running)) await settle(record);
  };
  const { concurrency, concurrencyPerProvider: perKey } = config.schedule;
  const spread = { ms: SPREAD_MS, sleep: (ms: number) => clock.sleep(ms) };
  const limits = { concurrency, perKey, keyOf: ({ target }: PlannedProbe) => target.provider, spread };
  const neverStarted = await dispatch(plan, limits, ask, stop.starting);
  for (const probe of neverStarted) await settle(prober.skipped(probe, 'shutdown'));

  await untilWritten(() => store.finish(cycle.cycleId, clock.nowMs()), parts, stop.running);
  watcher.cycleEnded?.();
  log.info({ cycle: due, seconds: (clock.nowMs() - beganAtMs) / 1000, ...counts }, 'cycle ended');
  return true;
}

export function sayStopping({ config, log }: Pick<Parts, 'config' | 'log'>): void {
  const graceSeconds = config.schedule.shutdownGraceMs / 1000;
  log.info({ graceSeconds }, 'stopping: no new probes; asked again, at once');
}

/** A cycle that was due while the one before it still ran. */
async function skipOverrun(dueAtMs: number, parts: Parts, signal: AbortSignal): Promise<void> {
  const { store, clock, log } = parts;
  const cycle = { cycleId: cycleId(store.writer, dueAtMs), dueAtMs };
  await untilWritten(() => store.skip(cycle, 'overrun', clock.nowMs()), parts, signal);
  log.warn({ cycle: iso(dueAtMs) }, 'cycle skipped: the one before it was still running');
}

const iso = (atMs: number) => new Date(atMs).toISOString();
