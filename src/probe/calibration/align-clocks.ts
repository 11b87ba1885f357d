import type { ClockPing } from '../types.ts';

/** How another process's monotonic clock stands to ours. */
export interface Alignment {
  /** Theirs minus ours, ms. */
  readonly offsetMs: number;
  /** The true offset is at most this far from it, ms. */
  readonly boundMs: number;
}

/**
 * Each ping proves that their clock showed `theirsMs` after we asked and before we had the answer, whatever the way took:
 * `theirs − answered ≤ offset ≤ theirs − asked`. Where all of them hold lies the offset; its middle is taken. (The ping with the
 * shortest round trip alone would bound it by half of that trip; all together are never worse.)
 *
 * @returns null without pings, and where no offset agrees with all: then a clock ran off, or belongs to a successor
 */
export function alignClocks(pings: readonly ClockPing[]): Alignment | null {
  let lowMs = -Infinity;
  let highMs = Infinity;
  for (const { askedAtMs, theirsMs, answeredAtMs } of pings) {
    lowMs = Math.max(lowMs, theirsMs - answeredAtMs);
    highMs = Math.min(highMs, theirsMs - askedAtMs);
  }
  if (pings.length === 0 || lowMs > highMs) return null;
  return { offsetMs: (lowMs + highMs) / 2, boundMs: (highMs - lowMs) / 2 };
}
