/** Controls (C0, C1), line and paragraph separators, bidirectional marks, zero-width and other invisible format characters, lone surrogates. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/**
 * Text from elsewhere, safe to print on a terminal: what could move the cursor, change colours, reorder or hide text
 * is written as an escape (`\x1b`, `\u202e`) instead.
 */
export function visible(text: string): string {
  return text.replace(INVISIBLE, (character) => {
    const code = character.codePointAt(0)!;
    const named = { 9: '\\t', 10: '\\n', 13: '\\r' }[code];
    if (named) return named;
    if (code < 0x100) return `\\x${code.toString(16).padStart(2, '0')}`;
    return code < 0x10000 ? `\\u${code.toString(16).padStart(4, '0')}` : `\\u{${code.toString(16)}}`;
  });
}
