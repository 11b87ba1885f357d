/** Fragments of a secret shorter than this tell nobody anything. */
const SHORTEST_FRAGMENT = 8;
/** Looking for less would mask every text; nothing so short is a secret. */
const SHORTEST_SECRET = 4;
const MASK = '[MASKED]';

/** Ways to spell one character that a reader of the text would undo: JSON, JavaScript, URL, HTML. */
const ESCAPES =
  /\\u([0-9a-f]{4})|\\x([0-9a-f]{2})|%([0-9a-f]{2})|&#x0{0,6}([0-9a-f]{1,4});|&#0{0,6}(\d{1,5});|\\(["\\/])/gi;
/** JSON within JSON within a URL is as deep as echoes go. */
const LAYERS = 3;

/** Tokens that are not ours to know. Where words would match too ("basic arithmetic") a digit is asked for. Bounded, so that none is quadratic. */
const FOREIGN_TOKENS = [
  /()hf_(?:[A-Za-z0-9]{16,}|(?:oauth|jwt)_[\w.-]{16,})/g,
  /()\b[cg]?sk[-_](?=[\w-]{0,100}\d)[\w-]{20,}/g,
  /\b((?:Bearer|Basic)(?:\s|%20|\+){1,4})(?=[\w.~+/=-]{0,100}\d)[\w.~+/=-]{20,}/gi,
];

export type Redact = (text: string) => string;

/**
 * Makes the one redactor on the way out of everything. It masks every run of eight or more characters that is a part of a secret
 * (so a token cut in two by chunks or by a length limit shows less than eight of its characters), also where some or all of them
 * are escaped (JSON, URL, HTML, three layers deep) or in base64, and whatever looks like somebody else's token.
 * Its time is linear in the text.
 *
 * @param secrets one shorter than eight characters is masked as a whole, one shorter than four is not looked for
 * @param paths absolute folders of this machine, replaced by `.` so that no text tells about it
 */
export function createRedactor(secrets: readonly string[], paths: readonly string[] = []): Redact {
  const finders = findersOf(secrets.filter((secret) => secret.length >= SHORTEST_SECRET).flatMap(formsOf));
  const folders = folderPattern(paths);
  return (text) => {
    let clean = mask(text, fragmentsIn(text, finders));
    if (folders !== null) clean = clean.replace(folders, '.');
    for (const shape of FOREIGN_TOKENS) clean = clean.replace(shape, `$1${MASK}`);
    return clean;
  };
}

/** A secret as it may stand in a text, escapes apart: in characters, in bytes read as Latin-1, and in base64 at each of its three alignments. */
function formsOf(secret: string): readonly string[] {
  const base64 = [0, 1, 2].map((offset) => {
    const encoded = Buffer.from('\0'.repeat(offset) + secret).toString('base64');
    return encoded.replace(/=+$/, '').slice([0, 2, 3][offset], offset + encoded.length - 1);
  });
  const long = base64.filter((form) => form.length >= SHORTEST_FRAGMENT);
  const urlSafe = long.map((form) => form.replaceAll('+', '-').replaceAll('/', '_'));
  return [secret, Buffer.from(secret).toString('latin1'), ...long, ...urlSafe];
}

/** Every fragment of one width. `maybe` answers most misses with one look: by the last four characters, hashed to 16 bits. */
interface Finder {
  readonly width: number;
  readonly fragments: ReadonlySet<string>;
  readonly maybe: Uint8Array;
}

function findersOf(forms: readonly string[]): readonly Finder[] {
  const widths = Map.groupBy(forms, (form) => Math.min(form.length, SHORTEST_FRAGMENT));
  return [...widths].map(([width, formsOfWidth]) => {
    const fragments = new Set<string>();
    const maybe = new Uint8Array(0x10000);
    for (const form of formsOfWidth) {
      for (let at = 0; at + width <= form.length; at++) fragments.add(form.slice(at, at + width));
    }
    for (const fragment of fragments) {
      let hash = 0;
      for (let at = 0; at < width; at++) hash = nextHash(hash, fragment.charCodeAt(at));
      maybe[hash] = 1;
    }
    return { width, fragments, maybe };
  });
}

/** Four steps shift everything earlier out of the 16 bits. */
const nextHash = (hash: number, code: number) => ((hash << 4) ^ code) & 0xffff;

/** A stretch of the text as it stands; `to` is exclusive. */
interface Span {
  readonly from: number;
  to: number;
}

function fragmentsIn(text: string, finders: readonly Finder[]): readonly Span[] {
  const found: Span[] = [];
  let plain: Unescaped | null = { text, starts: null };
  for (let layer = 0; plain !== null && layer <= LAYERS; layer++) {
    const { text: plainText, starts }: Unescaped = plain;
    for (const { width, fragments, maybe } of finders) {
      for (let hash = 0, at = 0; at < plainText.length; at++) {
        hash = nextHash(hash, plainText.charCodeAt(at));
        const first = at + 1 - width;
        if (maybe[hash] === 0 || first < 0 || !fragments.has(plainText.slice(first, at + 1))) continue;
        const from = starts?.[first] ?? first;
        const to = starts?.[at + 1] ?? at + 1;
        const last = found.at(-1);
        if (last !== undefined && last.from <= from && from <= last.to) last.to = Math.max(last.to, to);
        else found.push({ from, to });
      }
    }
    plain = undoEscapes(plain);
  }
  return found;
}

/** A text with escapes undone, and where each of its characters (and its end) stands in the original; null: at the same place. */
interface Unescaped {
  readonly text: string;
  readonly starts: Uint32Array | null;
}

/** Undoes one layer of escapes; null when there is none. */
function undoEscapes(outer: Unescaped): Unescaped | null {
  const parts: string[] = [];
  const starts = new Uint32Array(outer.text.length + 1);
  const startOf = (at: number) => outer.starts?.[at] ?? at;
  let length = 0;
  let copiedTo = 0;
  const copyTo = (end: number) => {
    parts.push(outer.text.slice(copiedTo, end));
    while (copiedTo < end) starts[length++] = startOf(copiedTo++);
  };
  for (const match of outer.text.matchAll(ESCAPES)) {
    copyTo(match.index);
    parts.push(characterOf(match));
    starts[length++] = startOf(match.index);
    copiedTo += match[0].length;
  }
  if (parts.length === 0) return null;
  copyTo(outer.text.length);
  starts[length] = startOf(copiedTo);
  return { text: parts.join(''), starts };
}

function characterOf([, u, x, percent, hex, decimal, escaped]: RegExpMatchArray): string {
  const digits = u ?? x ?? percent ?? hex;
  if (digits !== undefined) return String.fromCharCode(Number.parseInt(digits, 16));
  return escaped ?? String.fromCharCode(Number(decimal));
}

function mask(text: string, fragments: readonly Span[]): string {
  let clean = '';
  let copiedTo = 0;
  for (const { from, to } of fragments.toSorted((a, b) => a.from - b.from)) {
    if (from > copiedTo || clean === '') clean += text.slice(copiedTo, from) + MASK;
    copiedTo = Math.max(copiedTo, to);
  }
  return clean + text.slice(copiedTo);
}

/** The folders where a path may begin, not inside a longer word or a URL's path. */
function folderPattern(paths: readonly string[]): RegExp | null {
  const folders = paths.map((path) => path.replace(/\/+$/, '')).filter((path) => path !== '');
  if (folders.length === 0) return null;
  const longestFirst = folders.toSorted((a, b) => b.length - a.length).map((folder) => RegExp.escape(folder));
  return new RegExp(`(?<![\\w.~%-])(?:${longestFirst.join('|')})(?![\\w-])`, 'g');
}
