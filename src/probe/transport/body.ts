import type { Reply, ReplyReader } from '../types.ts';
import { decoded, type Sink } from './content-decoding.ts';

/** Of a body, as it comes and decompressed. */
export const MAX_BODY_BYTES = 8 * 1024 * 1024;

/**
 * Reads wait to be looked at together: one by one each costs four times as much, and all that work comes between the stamps of others.
 * A stall is judged by the stamps, so the wait only bounds how late it may be noticed; the other two bound how long a look takes.
 */
const LONGEST_WAIT_MS = 100;
const MOST_READS = 64;
const MOST_BYTES = 64 * 1024;

export interface Body {
  /** Keeps a read with its moment. It is looked at later, never in this turn of the event loop, so that no work comes between two stamps. */
  push(atMs: number, bytes: Uint8Array): void;
  /** Looks at everything pushed so far. */
  catchUp(): void;
  /** No more will come. */
  end(): Promise<Reply>;
}

export interface BodyEvents {
  /** The read of that moment brought non-empty output. */
  output(atMs: number): void;
  oversize(): void;
  /** The content encoding is broken. */
  undecodable(code: string): void;
  /** The reader threw: a bug of ours. */
  bug(error: unknown): void;
}

/** Takes a body apart as it arrives: decompress, bound, read. */
export function readBody(contentEncoding: string, reader: ReplyReader, events: BodyEvents): Body {
  const reads: { readonly atMs: number; readonly bytes: Uint8Array }[] = [];

  const bounded = (target: Sink): Sink => {
    let room = MAX_BODY_BYTES;
    return {
      write(atMs, bytes) {
        const fits = bytes.length <= room ? bytes : bytes.subarray(0, room);
        room -= fits.length;
        if (fits.length > 0) target.write(atMs, fits);
        if (fits !== bytes) events.oversize();
      },
      end: () => target.end(),
    };
  };
  const text: Sink = {
    write(atMs, bytes) {
      try {
        if (reader.read(atMs, bytes)) events.output(atMs);
      } catch (error) {
        events.bug(error);
      }
    },
    async end() {},
  };
  const sink = bounded(decoded(contentEncoding, text, bounded, events.undecodable));

  let waitingBytes = 0;
  let timer: Timer | undefined;
  let isDue = false;
  const catchUp = () => {
    clearTimeout(timer);
    isDue = false;
    waitingBytes = 0;
    for (const { atMs, bytes } of reads.splice(0)) sink.write(atMs, bytes);
  };
  return {
    push(atMs, bytes) {
      waitingBytes += bytes.length;
      if (reads.push({ atMs, bytes }) === 1) timer = setTimeout(catchUp, LONGEST_WAIT_MS);
      if (isDue || (reads.length < MOST_READS && waitingBytes < MOST_BYTES)) return;
      isDue = true;
      setImmediate(catchUp);
    },
    catchUp,
    async end() {
      catchUp();
      await sink.end();
      return reader.end();
    },
  };
}
