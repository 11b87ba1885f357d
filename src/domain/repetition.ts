/** Eight words in a row rarely come again by chance; a model that is stuck says them again and again. */
const WINDOW = 8;
/** Shorter texts tell nothing. */
const LEAST_WORDS = 64;

/**
 * How much of a text says again what it said before: of all windows of eight words, the share that occurred earlier. 0 to 1; prose is below
 * 0.05, a loop near 1.
 *
 * @returns null below 64 words
 */
export function repeatedShare(text: string): number | null {
  const words = text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  if (words.length < LEAST_WORDS) return null;
  const windows = words.length - WINDOW + 1;
  const seen = new Set<string>();
  for (let i = 0; i < windows; i++) seen.add(words.slice(i, i + WINDOW).join(' '));
  return Math.round((1 - seen.size / windows) * 1000) / 1000;
}
