import { readdirSync, readFileSync } from 'node:fs';
import type { ConformanceFlag, ErrorClass, ErrorPhase, Outcome } from '../../src/domain/outcome.ts';
import type { ProbeLimits } from '../../src/domain/settings.ts';
import type { Ending, Exchange, Reply } from '../../src/probe/types.ts';
import { anExchange } from './builders.ts';

const FOLDER = new URL('../fixtures/streams/', import.meta.url);

/** What a server does, one step after the other, once it has the request. */
export type WireStep =
  /** Status line, the case's headers, and this line as one more. */
  | { readonly head: string }
  /** These bytes as they stand. */
  | { readonly text: string }
  /** The case's body, as it is or as one chunk of HTTP's chunked coding. `everyMs`: byte by byte. `repeat`: over and over until the other side leaves. */
  | { readonly body: 'raw' | 'chunked'; readonly repeat?: true; readonly everyMs?: number }
  /** Close, break, or say nothing more and leave the connection open. */
  | 'fin'
  | 'reset'
  | 'stall';

/** One habit or fault of providers, as bytes and as a wire, with what must be made of it. */
export interface StreamCase {
  readonly name: string;
  readonly about: string;
  readonly mode: Reply['mode'];
  /** Null where no status line arrives. */
  readonly status: number | null;
  readonly headers: Readonly<Record<string, string>>;
  /** The body on the wire, before any transfer coding. */
  readonly body: Uint8Array;
  /** What of it reaches the reader. */
  readonly delivered: Uint8Array;
  readonly ending: Ending;
  readonly closedMs: number;
  readonly wire: readonly WireStep[];
  readonly limits: Partial<ProbeLimits>;
  readonly expect: {
    readonly outcome: Outcome;
    readonly errorClass?: ErrorClass;
    readonly errorPhase?: ErrorPhase;
    readonly conformance?: readonly ConformanceFlag[];
    readonly reply?: Partial<Reply>;
  };
}

/** As written beside the bytes; what is left out is that of a good, chunked stream. */
type Manifest = Omit<Partial<StreamCase>, 'body' | 'delivered'> &
  Pick<StreamCase, 'about' | 'expect'> & {
    /** File with the bytes. */
    readonly body?: string;
    /** The body is these bytes over and over, so many in all. */
    readonly repeatTo?: number;
    /** What reaches the reader, if it is not the body: another file, so many bytes of it, or nothing. */
    readonly delivered?: string | number | null;
  };

const WHOLE: readonly WireStep[] = [
  { head: 'transfer-encoding: chunked' },
  { body: 'chunked' },
  { text: '0\r\n\r\n' },
  'fin',
];

/** In the pure runs, reads come at 101 and 102 ms. */
export const READS_AT_MS = [101, 102] as const;

/** The corpus of `tests/fixtures/streams`, by name. */
export function streamCorpus(): readonly StreamCase[] {
  const manifests = readdirSync(FOLDER).filter((file) => file.endsWith('.json'));
  return manifests.sort().map((file) => {
    const manifest: Manifest = JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8'));
    const { repeatTo, ...others } = manifest;
    const piece = manifest.body === undefined ? new Uint8Array() : bytesOf(manifest.body);
    const body = repeatTo === undefined ? piece : repeated(piece, repeatTo);
    return {
      mode: 'stream',
      status: 200,
      headers: { 'content-type': 'text/event-stream' },
      ending: { kind: 'complete' },
      closedMs: 103,
      wire: WHOLE,
      limits: {},
      ...others,
      name: file.replace('.json', ''),
      body: piece,
      delivered: deliveredBytes(manifest.delivered, body),
    };
  });
}

function deliveredBytes(delivered: Manifest['delivered'], body: Uint8Array): Uint8Array {
  if (delivered === undefined) return body;
  return typeof delivered === 'string' ? bytesOf(delivered) : body.subarray(0, delivered ?? 0);
}

const bytesOf = (file: string): Uint8Array => readFileSync(new URL(file, FOLDER));

function repeated(piece: Uint8Array, length: number): Uint8Array {
  const bytes = Buffer.alloc(length);
  for (let at = 0; at < length; at += piece.length) bytes.set(piece.subarray(0, length - at), at);
  return bytes;
}

/** What the transport would make of that case, once the reader has made its part. */
export function exchangeOf(streamCase: StreamCase, reply: Reply | null): Exchange {
  const { status, headers, ending, closedMs } = streamCase;
  const headersMs = status === null ? null : 100;
  return anExchange({ status, headers, headersMs, ending, closedMs, sentMs: 0, reply });
}

/** As the builders' target promises it. */
export const CORPUS_CONTEXT = {
  provider: 'swiftcloud',
  requestedModels: ['acme/Thinker-7B', 'acme-thinker-7b'],
  loopLagLimitMs: 50,
  online: true,
} as const;
