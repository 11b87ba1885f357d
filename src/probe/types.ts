import type { ErrorClass, ErrorPhase } from '../domain/outcome.ts';
import type { ProbeLimits } from '../domain/settings.ts';

/** One HTTP request of a probe, ready to send. A plain value: it crosses the border to the Worker. */
export interface Question {
  readonly url: string;
  /** With credentials. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly mode: 'stream' | 'plain';
  readonly limits: ProbeLimits;
}

/** Everything that one request showed. Moments are ms since `requestStartAtMs` on the monotonic clock; null did not happen or is unknown. */
export interface Exchange {
  /** Unix ms of the call that opened the request. */
  readonly requestStartAtMs: number;
  /** The same moment on the monotonic clock of the thread that asked, whose zero means nothing; null where that thread did not tell. */
  readonly requestStartMonotonicMs: number | null;
  /** Lengths, not moments. */
  readonly dnsMs: number | null;
  readonly tcpMs: number | null;
  readonly tlsMs: number | null;
  readonly sentMs: number | null;
  readonly headersMs: number | null;
  readonly closedMs: number;
  /** Null where no status line arrived. */
  readonly status: number | null;
  /** Lower-case names; repeated headers joined by ", ". */
  readonly headers: Readonly<Record<string, string>>;
  readonly remoteIp: string | null;
  readonly ending: Ending;
  /** Null where no response arrived. */
  readonly reply: Reply | null;
  /** Worst event-loop delay of the asking thread while it was under way. */
  readonly loopLagMs: number | null;
  /** How late that thread's event loop was as one of our deadlines ended it; null where none did. */
  readonly deadlineLagMs: number | null;
}

/** How the exchange ended on the wire; whether that is success only the reply can tell. */
export type Ending =
  /** The HTTP body is complete (or close-delimited and closed). */
  | { readonly kind: 'complete' }
  /** One of our own limits ended it. */
  | {
      readonly kind: 'limit';
      readonly limit: 'connect_timeout' | 'first_token_timeout' | 'stall_timeout' | 'total_timeout' | 'oversize_reply';
    }
  /** We were told to stop (shutdown). */
  | { readonly kind: 'cancelled' }
  /** The wire failed; `errorClass` as in reference table "What ended it", before the reply is looked at. */
  | {
      readonly kind: 'failed';
      readonly errorClass: ErrorClass;
      /** Null where the fault lies outside any phase (class `internal`). */
      readonly errorPhase: ErrorPhase | null;
      /** For people, e.g. `ECONNREFUSED`; no path, no secret. */
      readonly detail: string;
    };

export interface Usage {
  readonly promptTokens: number | null;
  readonly completionTokens: number | null;
  readonly totalTokens: number | null;
  readonly reasoningTokens: number | null;
  readonly cachedTokens: number | null;
}

/** The body of a response, read and understood as far as it could be. Hostile data: nothing in it is redacted yet. */
export interface Reply {
  readonly mode: 'stream' | 'plain';
  /** The body as text, decoded as UTF-8, at most 8 MiB. */
  readonly text: string;
  readonly reads: number;
  /** Non-comment SSE events (stream), `[DONE]` included; 0 for a body that is no event stream. */
  readonly events: number;
  readonly firstEventMs: number | null;
  readonly firstTokenMs: number | null;
  readonly firstAnswerMs: number | null;
  readonly lastTokenMs: number | null;
  readonly usageMs: number | null;
  readonly doneMs: number | null;
  readonly chunkAtMs: readonly number[];
  /** `content` of choice 0 as sent, `<think>` included. */
  readonly content: string;
  /** Text of the reasoning fields and of `<think>`. */
  readonly reasoning: string;
  /** Visible answer: content without `<think>…</think>` and without white space around it. */
  readonly answer: string;
  readonly hasToolCall: boolean;
  readonly finishReason: string | null;
  readonly model: string | null;
  readonly systemFingerprint: string | null;
  readonly usage: Usage | null;
  /** The `chat.completion` object, reassembled from chunks or from a plain reply, flat enough to be written out; null where there was none and in a reply with a `problem`. */
  readonly completion: object | null;
  /** The first thing in the body that makes it a failure; what follows it is not read as a reply. */
  readonly problem: {
    readonly errorClass: 'wrong_format' | 'malformed_event' | 'error_in_reply';
    readonly detail: string;
  } | null;
  readonly habits: ReplyHabits;
}

/** Facts behind conformance flags that only the event stream shows. */
interface ReplyHabits {
  /** The first delta of choice 0 had a role. Null for a plain reply or when there was no delta. */
  readonly roleFirst: boolean | null;
  /** Some delta that was neither role-only nor a tool call had `content: null`. */
  readonly nullContent: boolean;
  /** There were at least two chunks with output, and each had usage. */
  readonly usageOnEveryChunk: boolean;
  readonly chunksAfterDone: boolean;
}

/** Reads a body as it arrives; pure but for what it remembers. */
export interface ReplyReader {
  /**
   * @param atMs moment of the socket read that brought these bytes
   * @returns whether they completed an event with non-empty output (content, reasoning or tool call): the stall deadline restarts on it
   */
  read(atMs: number, bytes: Uint8Array): boolean;
  /** No more bytes will come. */
  end(): Reply;
}

/** Sends a question and watches the socket. Whatever the other side does is in the value; it rejects only on a bug of ours. */
export interface Transport {
  exchange(question: Question, signal: AbortSignal): Promise<Exchange>;
  /** Compares the clock of the thread that asks with that of a process of this machine, which answers on `port`; empty where it does not. */
  pingClock(port: number): Promise<readonly ClockPing[]>;
  close(): Promise<void>;
}

/** One look at another process's monotonic clock: it showed `theirsMs` at some moment between the other two, which are our own. */
export interface ClockPing {
  readonly askedAtMs: number;
  readonly theirsMs: number;
  readonly answeredAtMs: number;
}
