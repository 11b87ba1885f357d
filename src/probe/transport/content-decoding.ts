import type { Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate, createInflateRaw, createZstdDecompress } from 'node:zlib';
import { faultOf } from './ending.ts';

/** Where bytes go, each piece with the moment of the socket read that brought it. */
export interface Sink {
  write(atMs: number, bytes: Uint8Array): void;
  /** No more will come; resolves once everything has been passed on. */
  end(): Promise<void>;
}

type Coding = (firstBytes: Uint8Array) => Transform;

const CODINGS: Readonly<Record<string, Coding>> = {
  gzip: () => createGunzip(),
  'x-gzip': () => createGunzip(),
  /** Some servers leave the zlib header out; its first byte tells. */
  deflate: ([first = 0]) => ((first & 0x0f) === 8 ? createInflate() : createInflateRaw()),
  br: () => createBrotliDecompress(),
  zstd: () => createZstdDecompress(),
};

/** More layers than any honest server sends. */
const MAX_LAYERS = 3;

/**
 * Undoes a `content-encoding`, whose layers are listed in the order applied. Output has the moment of the read that made it possible.
 * An encoding nobody knows is passed on as it is, as browsers do: the reader will see whether it makes sense.
 *
 * @param bound put around every layer's output: each can grow a thousandfold
 * @param fail called once at most, with a code, when the bytes do not decode; what comes after is dropped
 */
export function decoded(
  contentEncoding: string,
  target: Sink,
  bound: (sink: Sink) => Sink,
  fail: (code: string) => void,
): Sink {
  const layers = contentEncoding
    .toLowerCase()
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '' && name !== 'identity');
  if (!layers.every((name) => Object.hasOwn(CODINGS, name))) return bound(target);
  if (layers.length > MAX_LAYERS) {
    fail('too many content encodings');
    return bound(target);
  }
  return layers.reduce((sink, name) => layer(CODINGS[name]!, bound(sink), fail), bound(target));
}

function layer(start: Coding, target: Sink, fail: (code: string) => void): Sink {
  let decoder: Transform | null = null;
  let over = false;
  let lastAtMs = 0;
  /** Moments of the writes not yet worked off; a write's callback comes after its output. */
  const moments: number[] = [];
  const waiting: (() => void)[] = [];
  const finish = () => {
    over = true;
    for (const done of waiting.splice(0)) done();
  };

  const open = (firstBytes: Uint8Array) => {
    const opened = start(firstBytes);
    opened.on('data', (bytes: Uint8Array) => {
      if (!over) target.write(moments[0] ?? lastAtMs, bytes);
    });
    opened.on('error', (error) => {
      if (!over) fail(faultOf(error).code);
      finish();
    });
    opened.on('end', finish).on('close', finish);
    return opened;
  };

  return {
    write(atMs, bytes) {
      if (over) return;
      decoder ??= open(bytes);
      moments.push(atMs);
      decoder.write(bytes, () => {
        lastAtMs = moments.shift() ?? lastAtMs;
      });
    },
    async end() {
      if (decoder !== null && !over) {
        await new Promise<void>((done) => {
          waiting.push(done);
          decoder?.end();
        });
      }
      await target.end();
    },
  };
}
