import type { ProbeLimits } from '../../domain/settings.ts';
import type { Ending } from '../types.ts';

export type DeadlineName = Exclude<Extract<Ending, { kind: 'limit' }>['limit'], 'oversize_reply'>;

/** The longest a timer can wait; a longer one would fire at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** What has happened so far moves the deadline. Moments are ms on the clock that was given. */
export interface Deadlines {
  /** The request can be written: DNS, TCP and TLS are done. */
  connected(atMs: number): void;
  /** The request is written. */
  sent(atMs: number): void;
  /** Non-empty output arrived. */
  output(atMs: number): void;
  clear(): void;
}

interface Deadline {
  readonly name: DeadlineName;
  readonly atMs: number;
}

/**
 * The four deadlines of an attempt (connect, first token, stall, total), kept by one timer. It is not moved at each chunk: when it
 * fires and output has come meanwhile, it waits for the rest. A plain probe has connect and total.
 * Between connect and sent the total time bounds the writing, as a `connect_timeout`: until then it is the router's host that is slow.
 *
 * @param nowMs clock whose zero is the call that opened the request
 * @param events `catchUp` comes before a deadline is judged: reads that wait to be parsed may move it. `expire` comes once at most.
 */
export function startDeadlines(
  { mode, limits }: { readonly mode: 'stream' | 'plain'; readonly limits: ProbeLimits },
  nowMs: () => number,
  { catchUp, expire }: { catchUp(): void; expire(name: DeadlineName): void },
): Deadlines {
  let phase: Deadline | null = { name: 'connect_timeout', atMs: limits.connectMs };
  let total: Deadline | null = null;
  let timer: Timer | undefined;
  let timerAtMs = Number.POSITIVE_INFINITY;
  let over = false;

  const next = () => (total === null || (phase !== null && phase.atMs <= total.atMs) ? phase : total);
  const arm = () => {
    const atMs = next()?.atMs;
    if (over || atMs === undefined || timerAtMs <= atMs) return;
    clearTimeout(timer);
    timerAtMs = atMs;
    timer = setTimeout(check, Math.min(Math.max(1, atMs - nowMs()), LONGEST_TIMER_MS));
  };
  const check = () => {
    timerAtMs = Number.POSITIVE_INFINITY;
    catchUp();
    const deadline = next();
    if (over || deadline === null) return;
    if (deadline.atMs > nowMs()) return arm();
    clear();
    expire(deadline.name);
  };
  const clear = () => {
    over = true;
    clearTimeout(timer);
  };

  arm();
  return {
    connected(atMs) {
      phase = { name: 'connect_timeout', atMs: atMs + limits.totalMs };
      arm();
    },
    sent(atMs) {
      total = { name: 'total_timeout', atMs: atMs + limits.totalMs };
      phase = mode === 'stream' ? { name: 'first_token_timeout', atMs: atMs + limits.firstTokenMs } : null;
      arm();
    },
    output(atMs) {
      if (mode === 'stream') phase = { name: 'stall_timeout', atMs: atMs + limits.stallMs };
      arm();
    },
    clear,
  };
}
