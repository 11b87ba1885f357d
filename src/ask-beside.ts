import type { Purse } from './budget.ts';
import { cycleId } from './domain/ids.ts';
import type { ProbeKind } from './domain/probe-kind.ts';
import type { AttemptRecord } from './domain/record.ts';
import type { Cycle, PlannedProbe, Target } from './domain/types.ts';
import type { Stop } from './lib/with-grace.ts';
import type { Parts } from './parts.ts';
import type { AskedReader } from './ports.ts';
import { cycles, nextDueAtMs } from './schedule/grid.ts';
import { plannedProbe } from './schedule/plan.ts';
import type { Traffic } from './schedule/traffic.ts';

/** Rounds beside the cycles are due on the UTC grid of this. */
const ROUND_MS = 120_000;

/** What a question beside the cycles needs. */
export interface Beside {
  readonly parts: Purse &
    Pick<Parts, 'identity' | 'clock' | 'log'> & { readonly store: AskedReader & { readonly writer: string } };
  readonly traffic: Traffic;
  readonly stop: Pick<Stop, 'starting'>;
  /** The row, durable; null: it was dropped, or may not be asked now. */
  readonly ask: (probe: PlannedProbe, signal: AbortSignal, first?: AttemptRecord) => Promise<AttemptRecord | null>;
  /** The store is out of reach, which others say; absent: it is on this machine. */
  readonly isAway?: (error: unknown) => boolean;
}

/**
 * Asks once, beside the cycles. What is dropped, because a cycle begins or we are told to stop, leaves no row: nobody had planned it, and it is
 * asked anew another time. So nothing of it is ever left open.
 *
 * @param first the row of the first part, where this is the second of a feature that takes two
 * @returns the row, durable; null when the target may not be asked now, or the question was dropped
 */
export async function askBeside(
  { cycle, target, kind }: { readonly cycle: Cycle; readonly target: Target; readonly kind: ProbeKind },
  { parts, traffic, stop, ask }: Beside,
  first?: AttemptRecord,
): Promise<AttemptRecord | null> {
  if (stop.starting.aborted) return null;
  using place = traffic.enter(target);
  if (place === null) return null;
  const planned = plannedProbe(cycle, target, kind, parts.clock.nowMs(), parts.identity);
  return await ask(planned, AbortSignal.any([stop.starting, place.overtaken]), first);
}

/** Round after round until told to stop. A cycle id of a round is never one that an earlier run may have used. */
export async function eachRound(beside: Beside, round: (cycle: Cycle) => void | Promise<void>): Promise<void> {
  const { parts, stop } = beside;
  const { clock, store } = parts;
  for await (const { dueAtMs } of cycles(ROUND_MS, { clock, lastBeganAtMs: clock.nowMs() }, stop.starting)) {
    await goingOn(beside, () => round({ cycleId: cycleId(store.writer, dueAtMs), dueAtMs }));
  }
}

/** What befalls a round must not end the rounds; it is said, and the next one follows. @throws when we were told to stop: there is no next one */
export async function goingOn({ parts, stop, isAway }: Beside, run: () => void | Promise<void>): Promise<void> {
  try {
    await run();
  } catch (error) {
    if (stop.starting.aborted) throw error;
    if (isAway?.(error)) return;
    parts.log.error({ error: String(error) }, 'a round beside the cycles failed; the next one follows');
  }
}

/** Whether the next round is due. */
export const isOver = ({ dueAtMs }: Cycle, nowMs: number) => nowMs >= nextDueAtMs(dueAtMs, ROUND_MS);
