import type { Clock } from '../ports.ts';

/** No sleep is longer, so that a suspended machine or a clock that was set is noticed soon. */
const LONGEST_SLEEP_MS = 30_000;
/** How many intervals a wait may take where the wall clock was set back; without that it never takes more than one. */
const LONGEST_WAIT_INTERVALS = 1.5;

export interface DueCycle {
  /** Unix ms, a multiple of the interval; always later than the one before. */
  readonly dueAtMs: number;
  /** Due times that passed while the consumer was busy with the cycle before, oldest first. */
  readonly missed: readonly number[];
}

/** The first point of the UTC grid after `nowMs`. */
export function nextDueAtMs(nowMs: number, intervalMs: number): number {
  return gridFloor(nowMs, intervalMs) + intervalMs;
}

/** Whether the first cycle of a run does not wait for the grid. @param lastBeganAtMs of an earlier run too; null: none ever did */
export const isDueAtOnce = (lastBeganAtMs: number | null, nowMs: number, intervalMs: number) =>
  lastBeganAtMs === null || nowMs - lastBeganAtMs >= intervalMs;

/**
 * Cycles as they fall due on the UTC grid (multiples of the interval since the Unix epoch), for ever; ends when `signal` aborts.
 * The first is due at once, for the grid point just passed, if the last began an interval ago or more, or none ever ran.
 *
 * Waits are slept on the monotonic clock and checked against the wall clock. A wall clock set forward (or a machine that slept)
 * makes the latest grid point due at once; what it leapt over was not missed, for nobody was busy. A wall clock set back never
 * repeats a due time: small steps are waited out; after a large one cycles come every one and a half intervals, their
 * due times ahead of the wall clock, until it has caught up.
 *
 * @param lastBeganAtMs Unix ms at which the last cycle began, of an earlier run too; null: none ever did
 */
export async function* cycles(
  intervalMs: number,
  { clock, lastBeganAtMs }: { readonly clock: Clock; readonly lastBeganAtMs: number | null },
  signal: AbortSignal,
): AsyncGenerator<DueCycle, void> {
  if (signal.aborted) return;
  let lastDueAtMs = lastBeganAtMs === null ? Number.NEGATIVE_INFINITY : gridFloor(lastBeganAtMs, intervalMs);
  let lastYieldMs = clock.monotonicMs();
  if (isDueAtOnce(lastBeganAtMs, clock.nowMs(), intervalMs)) {
    lastDueAtMs = gridFloor(clock.nowMs(), intervalMs);
    yield { dueAtMs: lastDueAtMs, missed: [] };
  }
  while (true) {
    const nextMs = Math.max(gridCeil(clock.nowMs(), intervalMs), lastDueAtMs + intervalMs);
    await waitUntil(nextMs, intervalMs * LONGEST_WAIT_INTERVALS, clock, signal);
    if (signal.aborted) return;

    const dueAtMs = Math.max(nextMs, gridFloor(clock.nowMs(), intervalMs));
    const busySinceMs = clock.nowMs() - (clock.monotonicMs() - lastYieldMs); // as the wall clock now counts
    const missed = gridBetween(Math.max(lastDueAtMs, busySinceMs), dueAtMs, intervalMs);
    lastDueAtMs = dueAtMs;
    lastYieldMs = clock.monotonicMs();
    yield { dueAtMs, missed };
  }
}

/** Until the wall clock shows that time, or `longestMs` are over on the monotonic clock, or `signal` aborts. */
async function waitUntil(wallMs: number, longestMs: number, clock: Clock, signal: AbortSignal): Promise<void> {
  const giveUpMs = clock.monotonicMs() + longestMs;
  while (!signal.aborted) {
    const leftMs = Math.min(wallMs - clock.nowMs(), giveUpMs - clock.monotonicMs());
    if (leftMs <= 0) return;
    await clock.sleep(Math.min(leftMs, LONGEST_SLEEP_MS), signal).catch((error) => {
      if (!signal.aborted) throw error;
    });
  }
}

const gridFloor = (ms: number, intervalMs: number) => Math.floor(ms / intervalMs) * intervalMs;
const gridCeil = (ms: number, intervalMs: number) => Math.ceil(ms / intervalMs) * intervalMs;

/** Grid points strictly between. */
function gridBetween(afterMs: number, beforeMs: number, intervalMs: number): readonly number[] {
  const points: number[] = [];
  for (let ms = nextDueAtMs(afterMs, intervalMs); ms < beforeMs; ms += intervalMs) points.push(ms);
  return points;
}
