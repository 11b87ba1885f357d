import type { Habits } from '../habits.ts';
import type { Headers } from '../http/answer.ts';

/** Where in a reply something happens. `mid-stream`/`mid-chunk`: half of the output is out. */
type Place = 'before-headers' | 'after-headers' | 'mid-stream' | 'after-done';

/**
 * Everything that a provider or the router can be told to do to one request. `habits` alter a reply that is otherwise as the provider gives it.
 * Times are ms at pace 1. Where a fault is about events and the request was not streamed, the nearest thing happens to the one JSON body.
 */
export type Fault =
  /** A good reply, whatever the provider's reliability; with these habits instead of its own. */
  | { readonly kind: 'reply'; readonly habits?: Partial<Habits> }
  /** This status with the body that the router gives for it, or the one given here. */
  | { readonly kind: 'status'; readonly status: number; readonly headers?: Headers; readonly body?: string }
  /** 400, in one of the two forms seen. */
  | { readonly kind: 'model-not-supported'; readonly form: 'object' | 'string' }
  /** A web page with this status. */
  | { readonly kind: 'html'; readonly status: number }
  /** Any 3xx with any `location`. */
  | { readonly kind: 'redirect'; readonly status: number; readonly location: string }
  /** A whole `chat.completion` though a stream was asked for. */
  | { readonly kind: 'json-for-stream' }
  /** An event (or body) that is no JSON. */
  | { readonly kind: 'broken-json' }
  /** Status 200, and an error instead of the reply or in the middle of it. */
  | { readonly kind: 'error'; readonly form: 'object' | 'string'; readonly at: 'instead' | 'mid-stream' }
  /** Half of the reply, then the end: as HTTP allows it, without the last chunk, close-delimited, or short of its content-length. */
  | { readonly kind: 'truncated'; readonly how: 'clean-end' | 'no-last-chunk' | 'close-delimited' | 'length-too-long' }
  /** The connection ends by FIN or RST. `mid-chunk` is inside an HTTP chunk; `close-delimited` is `mid-stream` of a body without framing. */
  | {
      readonly kind: 'cut';
      readonly by: 'fin' | 'reset';
      readonly at: 'before-headers' | 'after-headers' | 'mid-chunk' | 'close-delimited' | 'after-done';
    }
  /** Nothing more comes; without `forMs` until the other side leaves, else the connection is closed then. */
  | { readonly kind: 'stall'; readonly at: Place; readonly forMs?: number }
  /** 204, 200 without a byte, `[DONE]` alone, a reply that says nothing, or only reasoning though it says `stop`. */
  | { readonly kind: 'empty'; readonly as: '204' | 'no-body' | 'only-done' | 'no-output' | 'only-reasoning' }
  /** It never ends: flooding, or once every so often. */
  | {
      readonly kind: 'endless';
      readonly of: 'output' | 'reasoning' | 'one-event' | 'comments' | 'informational';
      readonly everyMs?: number;
    }
  /** Encoded though identity was asked for: well, spoilt half way, or a small body that becomes 16 MiB. */
  | {
      readonly kind: 'encoded';
      readonly encoding: 'gzip' | 'deflate' | 'br' | 'zstd';
      readonly how: 'good' | 'broken' | 'bomb';
    }
  | {
      readonly kind: 'bad-http';
      readonly how:
        | 'no-status-line'
        | 'bad-version'
        | 'huge-header'
        | 'length-and-chunked'
        | 'two-lengths'
        | 'bad-chunk-size'
        | 'length-too-short'
        | 'upgrade';
    }
  /** The credentials of the request come back. `fields`: in every field and header that becomes a column. */
  | {
      readonly kind: 'echo';
      readonly where:
        | 'answer'
        | 'answer-split'
        | 'reasoning-split'
        | 'reads-split'
        | 'url-encoded'
        | 'header'
        | 'fields'
        | 'error-body'
        | 'error-event'
        | 'broken-json'
        | 'location'
        | 'reason-phrase';
    }
  /** Each byte of the reply in an HTTP chunk of its own. */
  | { readonly kind: 'shredded' }
  /** Exactly these bytes, then the end. */
  | { readonly kind: 'raw'; readonly bytes: string | Uint8Array; readonly end: 'fin' | 'reset' | 'hold' };
