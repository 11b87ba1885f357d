import { sleep } from '../../src/lib/sleep.ts';
import type { Clock } from '../../src/ports.ts';

/** The shortest interval that the settings allow, 10 s, takes 50 ms. */
export const SPEED = 200;
/** Time-outs of requests, and that of the last push, are for what happens in the world's time. */
const isTimeout = (ms: number) => ms === 30_000 || ms > 60_000;

/** A clock that runs faster than the world's, and that somebody can set back. */
export function fastClock(startAtMs: number): Clock & { setBack(byMs: number): void } {
  const zeroMs = performance.now();
  let wallMs = startAtMs;
  const monotonicMs = () => (performance.now() - zeroMs) * SPEED;
  return {
    monotonicMs,
    nowMs: () => Math.floor(wallMs + monotonicMs()),
    sleep: (ms, signal) => sleep(isTimeout(ms) ? ms : ms / SPEED, signal),
    setBack(byMs) {
      wallMs -= byMs;
    },
  };
}
