import { headBytes } from '../http/answer.ts';
import type { Ending } from '../http/server.ts';
import type { Draft, Piece } from './draft.ts';

/** One thing that happens on the connection. Moments are ms from the request, at pace 1. */
export type Step =
  | { readonly kind: 'send'; readonly atMs: number; readonly bytes: Uint8Array }
  /** The same bytes again and again, until the other side leaves; with `everyMs` (pace 1) one at a time. */
  | { readonly kind: 'repeat'; readonly bytes: Uint8Array; readonly everyMs: number }
  | { readonly kind: 'hold'; readonly forMs: number };

/** A reply as it goes over the wire, however broken. */
export interface Performance {
  readonly steps: readonly Step[];
  readonly ending: Ending;
}

export const LAST_CHUNK = Buffer.from('0\r\n\r\n');

export const chunkOf = (body: Uint8Array): Buffer =>
  Buffer.concat([Buffer.from(`${body.length.toString(16)}\r\n`), body, Buffer.from('\r\n')]);

export const send = (atMs: number, bytes: Uint8Array | string): Step => ({
  kind: 'send',
  atMs,
  bytes: Buffer.from(bytes),
});

/** The head of a reply; the length is that of its pieces unless another is told. */
export function headOf({ headers, headersAtMs, framing, pieces }: Draft, lengthBytes?: number): Step {
  const length = lengthBytes ?? pieces.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0);
  const framed = {
    chunked: { 'transfer-encoding': 'chunked' },
    length: { 'content-length': String(length) },
    'close-delimited': { connection: 'close' },
  }[framing];
  return send(headersAtMs, headBytes(200, { ...headers, ...framed }));
}

export function bodyOf({ framing }: Draft, pieces: readonly Piece[]): readonly Step[] {
  return pieces.map(({ atMs, text }) =>
    send(atMs, framing === 'chunked' ? chunkOf(Buffer.from(text)) : Buffer.from(text)),
  );
}

/** The whole reply, well-formed. */
export function wholeOf(draft: Draft): Performance {
  const steps = [headOf(draft), ...bodyOf(draft, draft.pieces)];
  if (draft.framing === 'chunked') steps.push(send(draft.pieces.at(-1)?.atMs ?? draft.headersAtMs, LAST_CHUNK));
  return { steps, ending: draft.framing === 'close-delimited' ? 'fin' : 'keep' };
}

/** The pieces up to the middle of the output, at least one output among them; of a reply in one piece half of its text. */
export function firstHalf({ pieces, stream }: Draft): readonly Piece[] {
  if (!stream) return pieces.map((piece) => ({ ...piece, text: piece.text.slice(0, piece.text.length / 2) }));
  const outputs = pieces.flatMap(({ part }, at) => (part === 'output' ? [at] : []));
  const middle = outputs[Math.ceil(outputs.length / 2) - 1];
  return middle === undefined ? [] : pieces.slice(0, middle + 1);
}
