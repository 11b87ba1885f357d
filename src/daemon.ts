import { announceCost, skipForBudget } from './budget.ts';
import { currentCatalog } from './current-catalog.ts';
import { cycleId } from './domain/ids.ts';
import type { AttemptRecord } from './domain/record.ts';
import type { Cycle, PlannedProbe } from './domain/types.ts';
import { closeUnfinished, keep } from './keep.ts';
import type { Stop } from './lib/with-grace.ts';
import type { Parts } from './parts.ts';
import { createPusher } from './pusher.ts';
import { dispatch } from './schedule/dispatch.ts';
import { cycles, nextDueAtMs } from './schedule/grid.ts';
import { planCycle } from './schedule/plan.ts';

/** A TLS handshake costs the asking thread 1.3 ms; starts closer together would delay each other. */
const SPREAD_MS = 3;

/** Those who look on: progress bars, tables, JSON lines. */
export interface Watcher {
  planned?(plan: readonly PlannedProbe[]): void;
  /** The record is durable. */
  stored?(record: AttemptRecord): void;
  cycleEnded?(): void;
}

/** One cycle after the other until told to stop or `maxCycles` have run; pushes run beside them; then a last push. */
export async function runDaemon(parts: Parts, stop: Stop, watcher: Watcher = {}, maxCycles = Infinity): Promise<void> {
  const { config, store, clock, log } = parts;
  const { intervalMs } = config.schedule;
  const pusher = createPusher(parts, stop.starting);

  await closeUnfinished(parts);
  const known = store.lastGood() ?? (await currentCatalog(parts, stop.starting));
  if (known !== null) announceCost(known.targets, parts);
  pusher.pushIfDue();
  let cyclesRun = 0;
  for await (const due of cycles(intervalMs, { clock, lastBeganAtMs: store.lastBeganAtMs() }, stop.starting)) {
    for (const missedAtMs of due.missed) skipOverrun(missedAtMs, parts);
    await runCycle({ cycleId: cycleId(store.writer, due.dueAtMs), dueAtMs: due.dueAtMs }, parts, stop, watcher);
    cyclesRun++;
    if (cyclesRun >= maxCycles || stop.starting.aborted) break;
    pusher.pushIfDue();
    log.info({ nextRun: iso(nextDueAtMs(clock.nowMs(), intervalMs)) }, 'waiting for the next cycle');
  }
  await parts.calibrator.settled();
  await pusher.last();
}

/** Catalogue, plan, ask, store. Returns when every probe of the cycle has its final row; the calibration beside it may still run. */
export async function runCycle(cycle: Cycle, parts: Parts, stop: Stop, watcher: Watcher = {}): Promise<void> {
  const { config, store, prober, calibrator, identity, clock, log } = parts;
  const due = iso(cycle.dueAtMs);
  const beganAtMs = clock.nowMs();
  const catalog = await currentCatalog(parts, stop.starting);
  if (stop.starting.aborted) return;
  if (catalog === null) {
    store.skip(cycle, 'no_catalogue', beganAtMs);
    await keep(prober.noCatalogue(cycle, clock.nowMs()), parts, stop.running);
    return log.error({ cycle: due }, 'cycle skipped: there is no catalogue, and none was ever read');
  }

  const skip = skipForBudget(cycle, catalog.targets, parts);
  const plan = planCycle({ ...catalog, cycle, identity, scheduledAtMs: clock.nowMs(), skip });
  store.begin(cycle, plan, beganAtMs);
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
    for await (const record of prober.probe(probe, stop.running)) await settle(record);
  };
  const { concurrency, concurrencyPerProvider: perKey } = config.schedule;
  const spread = { ms: SPREAD_MS, sleep: clock.sleep };
  const limits = { concurrency, perKey, keyOf: ({ target }: PlannedProbe) => target.provider, spread };
  const neverStarted = await dispatch(plan, limits, ask, stop.starting);
  for (const probe of neverStarted) await settle(prober.skipped(probe, 'shutdown'));

  store.finish(cycle.cycleId, clock.nowMs());
  watcher.cycleEnded?.();
  log.info({ cycle: due, seconds: (clock.nowMs() - beganAtMs) / 1000, ...counts }, 'cycle ended');
}

/** A cycle that was due while the one before it still ran. */
function skipOverrun(dueAtMs: number, { store, clock, log }: Parts): void {
  store.skip({ cycleId: cycleId(store.writer, dueAtMs), dueAtMs }, 'overrun', clock.nowMs());
  log.warn({ cycle: iso(dueAtMs) }, 'cycle skipped: the one before it was still running');
}

const iso = (atMs: number) => new Date(atMs).toISOString();
