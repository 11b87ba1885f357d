import type { ConformanceFlag, Verdict } from '../../domain/outcome.ts';
import type { Habits } from '../habits.ts';
import type { Fault } from '../router/fault.ts';

/** How a request of the past ended, as the columns tell it. */
export interface PastEnding {
  readonly verdict: Verdict;
  readonly status: number;
  /** How much of the reply came. */
  readonly came: 'whole' | 'half' | 'silence' | 'nothing';
  /** How long the connection stayed open after the last of it. */
  readonly heldMs: number;
  /** It is asked again after so long; null: it is not. */
  readonly againAfterMs: number | null;
}

const FIRST_RETRY_MS = 1_000;

/** Of the mishaps that befall a provider by itself; whatever else there is, the past has not seen. */
export function endingOf(fault: Fault, habits: Habits): PastEnding {
  const failed = (
    came: PastEnding['came'],
    errorClass: 'truncated_reply' | 'error_in_reply' | 'connection_reset' | 'empty_reply',
    errorPhase: 'stream' | 'close',
    message: string,
    heldMs = 0,
  ): PastEnding => ({
    verdict: { outcome: 'target_error', errorClass, errorPhase, message },
    ...{ status: 200, came, heldMs, againAfterMs: null },
  });
  switch (fault.kind) {
    case 'reply':
      return {
        verdict: { outcome: 'ok', conformance: conformanceOf(habits) },
        ...{ status: 200, came: 'whole', heldMs: 0, againAfterMs: null },
      };
    case 'status':
      return refused(fault.status, fault.headers?.['retry-after']);
    case 'truncated':
      return failed('half', 'truncated_reply', 'stream', 'the stream ended with neither a finish reason nor [DONE]');
    case 'error':
      return failed('half', 'error_in_reply', 'stream', 'the reply reports an error: upstream failed');
    case 'stall': {
      const message = 'truncated reply (closed before the body was complete)';
      return failed('half', 'truncated_reply', 'stream', message, fault.forMs);
    }
    case 'cut':
      return failed('half', 'connection_reset', 'stream', 'connection reset (ECONNRESET)');
    case 'empty':
      return failed('silence', 'empty_reply', 'close', 'the reply has no output');
    default:
      throw new Error(`the simulated past has no ${fault.kind}`);
  }
}

function refused(status: number, retryAfter: string | undefined): PastEnding {
  const common = { status, came: 'nothing', heldMs: 0 } as const;
  if (status === 429) {
    const message = 'HTTP 429: Rate limit reached, please slow down';
    return {
      verdict: { outcome: 'rate_limited', errorClass: 'http_429', errorPhase: 'headers', message },
      ...common,
      againAfterMs: null,
    };
  }
  const message = `HTTP ${status}: The model is overloaded, please try again later`;
  return {
    verdict: { outcome: 'target_error', errorClass: 'http_5xx', errorPhase: 'headers', message },
    ...common,
    againAfterMs: retryAfter === undefined ? FIRST_RETRY_MS : Number(retryAfter) * 1_000,
  };
}

function conformanceOf({ usage, done, role, nullContent }: Habits): readonly ConformanceFlag[] {
  const found: Partial<Record<ConformanceFlag, boolean>> = {
    no_usage: usage === 'none',
    usage_mismatch: usage === 'wrong',
    no_done: !done,
    role_missing: role === 'never',
    null_content: nullContent,
    usage_on_every_chunk: usage === 'every-chunk',
  };
  return (Object.keys(found) as ConformanceFlag[]).filter((flag) => found[flag]);
}
