import type { Reply, ReplyReader } from '../types.ts';
import { decoded, type Sink } from './content-decoding.ts';

/** Of a body, as it comes and decompressed. */
export const MAX_BODY_BYTES = 8 * 1024 * 1024;

export interface Body {
  /** Keeps a read with its moment. It is looked at after this turn of the event loop, so that no work comes between two stamps. */
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

  const catchUp = () => {
    for (const { atMs, bytes } of reads.splice(0)) sink.write(atMs, bytes);
  };
  return {
    push(atMs, bytes) {
      if (reads.push({ atMs, bytes }) === 1) setImmediate(catchUp);
    },
    catchUp,
    async end() {
      catchUp();
      await sink.end();
      return reader.end();
    },
  };
}
