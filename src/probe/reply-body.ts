import type { Redact } from '../lib/redact.ts';
import { type ShownText, shownText } from './shown-text.ts';
import type { Reply } from './types.ts';

/**
 * The reply as the dataset keeps it. A good stream: the `chat.completion` object that it would have been without streaming, so that
 * what a provider dealt out over many chunks is redacted as one text. Any other reply: its bytes as text.
 */
export function replyBody(reply: Reply, isGood: boolean, maxBytes: number, redact: Redact): ShownText {
  if (isGood && reply.mode === 'stream' && reply.completion !== null) {
    return shownText(JSON.stringify(reply.completion), maxBytes, redact);
  }
  const asReceived = shownText(reply.text, maxBytes, redact);
  return hasSecretInPieces(asReceived.text, redact) ? shownText('[MASKED]', maxBytes, redact) : asReceived;
}

const JSON_STRINGS = /"([^"\\]{1,40})"\s{0,4}:\s{0,4}"((?:[^"\\]|\\.)*)"/g;

/** A token in pieces too short to be masked is whole again for whoever joins, say, every `content` of a broken stream. */
function hasSecretInPieces(text: string, redact: Redact): boolean {
  const joined = new Map<string, string>();
  for (const [, key, value] of text.matchAll(JSON_STRINGS)) joined.set(key!, (joined.get(key!) ?? '') + value);
  return joined.values().some((value) => redact(value) !== value);
}
