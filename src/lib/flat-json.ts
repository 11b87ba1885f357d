import { visible } from './visible.ts';

const STRING = /"(?:[^"\\]|\\.)*"/uy;
/** A number, true, null: whatever is no string, list or object. */
const WORD = /[^\s"{}[\]:,]+/uy;

interface FlatEntry {
  /** From 1. */
  readonly line: number;
  readonly name: string;
  /** Null where the value is no string. */
  readonly value: string | null;
}

/**
 * One JSON object of strings, as `JSON.parse` would read it; but each entry knows its line, and names given twice are all there.
 *
 * @returns the entries up to the first place that is no such object, and that place as a problem: `line 3: expected ":", found …`
 */
export function parseFlatJson(text: string): { entries: readonly FlatEntry[]; problem: string | null } {
  const entries: FlatEntry[] = [];
  let at = text.startsWith('\ufeff') ? 1 : 0;
  const skipSpace = () => {
    while (/\s/.test(text.charAt(at))) at++;
  };
  const take = (wanted: RegExp | string): string | null => {
    skipSpace();
    let found: string | null;
    if (typeof wanted === 'string') found = text.startsWith(wanted, at) ? wanted : null;
    else {
      wanted.lastIndex = at;
      found = wanted.exec(text)?.[0] ?? null;
    }
    at += found?.length ?? 0;
    return found;
  };
  const lineHere = () => text.slice(0, at).split('\n').length;
  const expected = (what: string) => {
    skipSpace();
    const found = visible(text.slice(at, at + 30).split('\n', 1)[0]!) || 'the end of the file';
    return { entries, problem: `line ${lineHere()}: expected ${what}, found ${found}` };
  };

  if (take('{') === null) return expected('"{"');
  while (entries.length > 0 || take('}') === null) {
    const name = take(STRING);
    const line = lineHere();
    if (name === null) return expected('a name in double quotes');
    if (take(':') === null) return expected('":"');
    const value = take(STRING);
    if (value === null && take(WORD) === null) return expected('a text in double quotes');
    try {
      entries.push({ line, name: JSON.parse(name), value: value && JSON.parse(value) });
    } catch {
      return {
        entries,
        problem: `line ${line}: a text holds a line break, a control character or a backslash that JSON does not allow`,
      };
    }
    if (take('}') !== null) break;
    if (take(',') === null) return expected('"," or "}"');
  }
  skipSpace();
  return at === text.length ? { entries, problem: null } : expected('nothing more');
}
