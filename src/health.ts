import type { Watcher } from './daemon.ts';
import { totalUsd } from './domain/money.ts';
import type { Target } from './domain/types.ts';
import { dayOf } from './domain/utc-day.ts';
import type { Parts } from './parts.ts';
import type { Health } from './ports.ts';
import type { Recent } from './recent.ts';
import { isDueAtOnce, nextDueAtMs } from './schedule/grid.ts';

type HealthParts = Pick<Parts, 'config' | 'store' | 'calibrator' | 'clock' | 'refusal' | 'pushTrouble'>;

/** A usual probe; only a guess at the first cycle rests on it. */
const USUAL_PROBE_MS = 8000;

/** Looks on as the daemon works, and tells how it is. */
export function createHealthWatch(
  { config, store, calibrator, clock, refusal, pushTrouble }: HealthParts,
  recent: Recent,
): { readonly watcher: Watcher; health(): Promise<Health> } {
  const startedAtMs = clock.nowMs();
  let lastCycle: Health['lastCycle'] = null;
  let cycleMs: number | null = null;
  const waiting = new Set<string>();
  const running = new Set<string>();
  let workerLagMs: number | null = null;

  const watcher: Watcher = {
    planned(plan) {
      const [first] = plan;
      if (first === undefined) return;
      lastCycle = { dueAtMs: first.cycle.dueAtMs, beganAtMs: clock.nowMs(), endedAtMs: null };
      for (const { probeId } of plan) waiting.add(probeId);
      workerLagMs = null;
    },
    asking({ probeId }) {
      if (waiting.delete(probeId)) running.add(probeId);
    },
    stored({ probeId, final, loopLagMs }) {
      if (final) for (const open of [waiting, running]) open.delete(probeId);
      if (loopLagMs !== null) workerLagMs = Math.max(workerLagMs ?? 0, loopLagMs);
    },
    cycleEnded() {
      if (lastCycle === null) return;
      lastCycle = { ...lastCycle, endedAtMs: clock.nowMs() };
      cycleMs = clock.nowMs() - lastCycle.beganAtMs;
    },
  };

  return {
    watcher,
    async health() {
      const targets: readonly Target[] = (await store.lastGood())?.targets ?? [];
      const lastBeganAtMs = await store.lastBeganAtMs();
      const backlog = config.push && (await store.backlog());
      const spent = await store.spentOn(dayOf(clock.nowMs()));
      // From here on nothing is waited for: what is told of the cycle is of one moment.
      const asked = askedSoFar(targets, [recent]);
      const nowMs = clock.nowMs();
      return {
        startedAtMs,
        intervalMs: config.schedule.intervalMs,
        lastCycle,
        nextCycleAtMs: nextCycleAtMs(lastBeganAtMs, nowMs, config.schedule.intervalMs),
        cycleMs: cycleMs ?? guessedCycleMs(targets, config.schedule),
        probesWaiting: waiting.size,
        probesRunning: running.size,
        ...asked,
        backlog,
        pushFailures: config.push && pushTrouble.inARow,
        workerLagMs,
        instrumentErrorP99Ms: calibrator.instrumentErrorP99Ms(),
        spentUsdToday: totalUsd(spent),
        budgetUsdPerDay: config.schedule.budgetUsdPerDay,
        isStoreWritable: !refusal.isOn,
        fleet: null,
      };
    },
  };
}

/** The live targets, and which of them was asked longest ago, as far as the samples at hand tell. */
export function askedSoFar(
  targets: readonly Target[],
  recents: readonly Recent[],
): Pick<Health, 'targets' | 'leastRecentlyAskedAtMs' | 'neverAsked'> {
  const asked = targets.flatMap((target) => lastAskedAtMs(target, recents) ?? []);
  return {
    targets: targets.length,
    leastRecentlyAskedAtMs: asked.length === 0 ? null : Math.min(...asked),
    neverAsked: targets.length - asked.length,
  };
}

/** When a target was last asked, or left out on purpose for the budget; null: not within the samples at hand. */
function lastAskedAtMs({ modelId, provider }: Target, recents: readonly Recent[]): number | null {
  const last = recents.map(
    (recent) =>
      recent
        .byProvider(modelId)
        .get(provider)
        ?.findLast(
          ({ probeKind, errorClass }) =>
            probeKind === 'standard' && errorClass !== 'shutdown' && errorClass !== 'no_worker',
        )?.dueAtMs ?? null,
  );
  return last.reduce((latest, atMs) => (latest === null || (atMs ?? latest) > latest ? atMs : latest), null);
}

export function nextCycleAtMs(lastBeganAtMs: number | null, nowMs: number, intervalMs: number): number {
  return isDueAtOnce(lastBeganAtMs, nowMs, intervalMs) ? nowMs : nextDueAtMs(nowMs, intervalMs);
}

/** As many probes after each other as the limits leave. */
export function guessedCycleMs(
  targets: readonly Target[],
  { concurrency, concurrencyPerProvider }: HealthParts['config']['schedule'],
): number | null {
  const ofProviders = Map.groupBy(targets, ({ provider }) => provider).values();
  const inARow = [
    targets.length / concurrency,
    ...Array.from(ofProviders, (own) => own.length / (concurrencyPerProvider ?? concurrency)),
  ];
  return targets.length === 0 ? null : Math.ceil(Math.max(...inARow)) * USUAL_PROBE_MS;
}
