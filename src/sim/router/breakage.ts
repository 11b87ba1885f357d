import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { type Headers, headBytes } from '../http/answer.ts';
import type { Draft } from './draft.ts';
import type { Fault } from './fault.ts';
import { bodyOf, chunkOf, firstHalf, headOf, LAST_CHUNK, type Performance, type Step, send, wholeOf } from './wire.ts';

/** Twice what a careful reader takes. */
const BOMB_BYTES = 16 * 1024 * 1024;

export function truncated(draft: Draft, how: Extract<Fault, { kind: 'truncated' }>['how']): Performance {
  const half = firstHalf(draft);
  switch (how) {
    case 'clean-end':
      return wholeOf({ ...draft, pieces: half });
    case 'no-last-chunk': {
      const chunked: Draft = { ...draft, framing: 'chunked' };
      return { steps: [headOf(chunked), ...bodyOf(chunked, half)], ending: 'fin' };
    }
    case 'close-delimited':
      return wholeOf({ ...draft, framing: 'close-delimited', pieces: half });
    case 'length-too-long': {
      const measured: Draft = { ...draft, framing: 'length' };
      return { steps: [headOf(measured), ...bodyOf(measured, half)], ending: 'fin' };
    }
  }
}

export function cut(draft: Draft, at: Extract<Fault, { kind: 'cut' }>['at'], by: 'fin' | 'reset'): Performance {
  const chunked: Draft = { ...draft, framing: 'chunked' };
  const head = headOf(chunked);
  switch (at) {
    case 'before-headers':
      return { steps: [], ending: by };
    case 'after-headers':
      return { steps: [head], ending: by };
    case 'mid-chunk': {
      const half = firstHalf(draft);
      const open = send(half.at(-1)?.atMs ?? 0, 'ff\r\ndata: {"id":');
      return { steps: [head, ...bodyOf(chunked, half), open], ending: by };
    }
    case 'close-delimited': {
      const unframed: Draft = { ...draft, framing: 'close-delimited' };
      return { steps: [headOf(unframed), ...bodyOf(unframed, firstHalf(draft))], ending: by };
    }
    case 'after-done':
      return { steps: [head, ...bodyOf(chunked, draft.pieces)], ending: by };
  }
}

export function stalled(draft: Draft, at: Extract<Fault, { kind: 'stall' }>['at'], forMs: number): Performance {
  const said = {
    'before-headers': [],
    'after-headers': [],
    'mid-stream': firstHalf(draft),
    'after-done': draft.pieces,
  }[at];
  const head = at === 'before-headers' ? [] : [headOf(draft)];
  return { steps: [...head, ...bodyOf(draft, said), { kind: 'hold', forMs }], ending: 'fin' };
}

export function endless(draft: Draft, of: Extract<Fault, { kind: 'endless' }>['of'], everyMs: number): Performance {
  const chunked: Draft = { ...draft, framing: 'chunked' };
  const forever = (before: readonly Step[], bytes: Uint8Array): Performance => ({
    steps: [...before, { kind: 'repeat', bytes, everyMs }],
    ending: 'fin',
  });
  const chunk = (delta: object) =>
    JSON.stringify({ id: 'chatcmpl-endless', choices: [{ index: 0, delta, finish_reason: null }] });
  const words = 'and so on '.repeat(everyMs > 0 ? 1 : 400);
  switch (of) {
    case 'output':
      return forever([headOf(chunked)], chunkOf(Buffer.from(`data: ${chunk({ content: words })}\n\n`)));
    case 'reasoning':
      return forever([headOf(chunked)], chunkOf(Buffer.from(`data: ${chunk({ reasoning: words })}\n\n`)));
    case 'one-event':
      return forever(
        [headOf(chunked), send(draft.headersAtMs, chunkOf(Buffer.from('data: {"id":"')))],
        chunkOf(Buffer.from(words)),
      );
    case 'comments':
      return forever([headOf(chunked)], chunkOf(Buffer.from(': PROCESSING\n\n')));
    case 'informational':
      return forever([], Buffer.from('HTTP/1.1 102 Processing\r\n\r\n'));
  }
}

const ENCODERS = { gzip: gzipSync, deflate: deflateSync, br: brotliCompressSync, zstd: zstdCompressSync } as const;

export function encoded(draft: Draft, encoding: keyof typeof ENCODERS, how: 'good' | 'broken' | 'bomb'): Performance {
  const words =
    how === 'bomb'
      ? Buffer.alloc(BOMB_BYTES, ': PROCESSING\n\n')
      : Buffer.from(draft.pieces.map((piece) => piece.text).join(''));
  const packed = Buffer.from(ENCODERS[encoding](words));
  const middle = Math.floor(packed.length / 2);
  if (how === 'broken') packed.fill(0x5a, middle);
  const first = draft.pieces.find(({ part }) => part === 'output')?.atMs ?? draft.headersAtMs;
  const head = headOf({ ...draft, framing: 'chunked', headers: { ...draft.headers, 'content-encoding': encoding } });
  const halves = [send(first, chunkOf(packed.subarray(0, middle))), send(first + 1, chunkOf(packed.subarray(middle)))];
  return { steps: [head, ...halves, send(first + 1, LAST_CHUNK)], ending: 'keep' };
}

export function badHttp(draft: Draft, how: Extract<Fault, { kind: 'bad-http' }>['how']): Performance {
  const chunked: Draft = { ...draft, framing: 'chunked' };
  const rest = [...bodyOf(chunked, draft.pieces), send(0, LAST_CHUNK)];
  const headed = (headers: Headers): readonly Step[] => [
    send(draft.headersAtMs, headBytes(200, { ...draft.headers, ...headers })),
    ...rest,
  ];
  switch (how) {
    case 'no-status-line':
      return raw('220 simulated ESMTP ready\r\n', 'fin');
    case 'bad-version':
      return raw('HTTP/9.9 200 OK\r\ncontent-length: 0\r\n\r\n', 'fin');
    case 'huge-header':
      return { steps: headed({ 'transfer-encoding': 'chunked', 'x-padding': 'p'.repeat(200_000) }), ending: 'fin' };
    case 'length-and-chunked':
      return { steps: headed({ 'transfer-encoding': 'chunked', 'content-length': '20' }), ending: 'fin' };
    case 'two-lengths':
      return { steps: headed({ 'content-length': '20', 'Content-Length': '21' }), ending: 'fin' };
    case 'bad-chunk-size': {
      const half = firstHalf(draft);
      const bad = send(half.at(-1)?.atMs ?? 0, 'zz\r\nnot a chunk\r\n');
      return { steps: [headOf(chunked), ...bodyOf(chunked, half), bad], ending: 'fin' };
    }
    case 'length-too-short': {
      const measured: Draft = { ...draft, framing: 'length' };
      const half = firstHalf(draft).reduce((sum, { text }) => sum + Buffer.byteLength(text), 0);
      return { steps: [headOf(measured, half), ...bodyOf(measured, draft.pieces)], ending: 'fin' };
    }
    case 'upgrade':
      return raw('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n', 'hold');
  }
}

export function raw(bytes: string | Uint8Array, end: 'fin' | 'reset' | 'hold'): Performance {
  const hold: readonly Step[] = end === 'hold' ? [{ kind: 'hold', forMs: Number.POSITIVE_INFINITY }] : [];
  return { steps: [send(0, bytes), ...hold], ending: end === 'reset' ? 'reset' : 'fin' };
}

export function shredded(draft: Draft): Performance {
  const chunked: Draft = { ...draft, framing: 'chunked' };
  const bytes = draft.pieces.flatMap(({ atMs, text }) =>
    [...Buffer.from(text)].map((byte) => send(atMs, chunkOf(Buffer.of(byte)))),
  );
  return { steps: [headOf(chunked), ...bytes, send(0, LAST_CHUNK)], ending: 'keep' };
}
