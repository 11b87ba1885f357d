/** Fragments of a secret shorter than this tell nobody anything. */
const SHORTEST_FRAGMENT = 8;
const MASK = '[MASKED]';
/** Hugging Face tokens that are not ours to know, and credentials that an echo may carry. */
const TOKEN_SHAPES = /\bhf_[A-Za-z0-9]{16,}|\b(Bearer|Basic)\s+(?!\[MASKED\])[A-Za-z0-9._~+/=-]{8,}/gi;

export type Redact = (text: string) => string;

/**
 * Makes the one redactor on the way out of everything. It masks every run of eight or more characters that is a part of a secret
 * (so a token cut in two by chunks or by a length limit shows less than eight of its characters), the secret's URL-encoded,
 * base64 and JSON forms, and whatever looks like somebody else's token.
 *
 * @param paths absolute folders of this machine, replaced by `.` so that no text tells about it
 */
export function createRedactor(secrets: readonly string[], paths: readonly string[] = []): Redact {
  const forms = secrets.filter((secret) => secret !== '').flatMap(formsOf);
  const windows = new Map<number, Set<string>>();
  for (const form of forms) {
    const width = Math.min(form.length, SHORTEST_FRAGMENT);
    const known = windows.get(width) ?? new Set();
    for (let at = 0; at + width <= form.length; at++) known.add(form.slice(at, at + width));
    windows.set(width, known);
  }
  const folders = paths.filter((path) => path.length > 1).sort((a, b) => b.length - a.length);
  return (text) => {
    let clean = text;
    for (const [width, known] of windows) clean = maskWindows(clean, width, known);
    for (const folder of folders) clean = clean.replaceAll(folder, '.');
    return clean.replace(TOKEN_SHAPES, (_whole, scheme?: string) => (scheme ? `${scheme} ${MASK}` : MASK));
  };
}

function formsOf(secret: string): readonly string[] {
  const percent = [...new TextEncoder().encode(secret)]
    .map((byte) => `%${byte.toString(16).padStart(2, '0')}`)
    .join('');
  return [
    secret,
    encodeURIComponent(secret),
    percent,
    percent.toUpperCase(),
    btoa(secret),
    JSON.stringify(secret).slice(1, -1),
  ];
}

function maskWindows(text: string, width: number, known: ReadonlySet<string>): string {
  let clean = '';
  let copiedTo = 0;
  for (let at = 0; at + width <= text.length; at++) {
    if (!known.has(text.slice(at, at + width))) continue;
    let end = at + width;
    while (end < text.length && known.has(text.slice(end - width + 1, end + 1))) end++;
    clean += text.slice(copiedTo, at) + MASK;
    copiedTo = end;
    at = end - 1;
  }
  return copiedTo === 0 ? text : clean + text.slice(copiedTo);
}
