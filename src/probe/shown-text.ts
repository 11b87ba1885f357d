import type { Redact } from '../lib/redact.ts';

const LABEL_BYTES = 256;

/** A text of a provider's as it may be shown: well-formed, redacted, then capped. */
export interface ShownText {
  readonly text: string;
  /** UTF-8 length before the cap. */
  readonly bytes: number;
  readonly truncated: boolean;
}

/**
 * Redacts first and caps then, so that a token at the cap's edge is not shown in part. Of a text far longer than the cap, only twice the
 * cap is looked at: the rest could not be shown.
 *
 * @param maxBytes cut at a character's boundary
 */
export function shownText(text: string, maxBytes: number, redact: Redact): ShownText {
  const near = redact(text.slice(0, 2 * maxBytes).toWellFormed());
  const farBytes = Buffer.byteLength(text.slice(2 * maxBytes));
  const bytes = Buffer.byteLength(near);
  if (bytes <= maxBytes) return { text: near, bytes: bytes + farBytes, truncated: farBytes > 0 };
  const { read } = new TextEncoder().encodeInto(near, new Uint8Array(maxBytes));
  return { text: near.slice(0, read), bytes: bytes + farBytes, truncated: true };
}

/** A name or an id; null where it is absent. */
export function label(text: string | null | undefined, redact: Redact): string | null {
  return text == null ? null : shownText(text, LABEL_BYTES, redact).text;
}
