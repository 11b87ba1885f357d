const TOKENS = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\],:]|[^\s"{}[\],:]+/g;
const DEEPEST = 24;

/**
 * JSON with line breaks and indents, its texts and numbers exactly as they were written: nothing is unescaped or rounded.
 *
 * @returns null where it is no JSON object or list, is nested too deeply, or says nothing that one line does not
 */
export function indented(text: string): string | null {
  if (!/^\s*[{[]/.test(text) || !isJson(text)) return null;
  let depth = 0;
  let deepest = 0;
  let before = '';
  let written = '';
  const newLine = () => `\n${'  '.repeat(depth)}`;
  for (const [token] of text.matchAll(TOKENS)) {
    const closes = token === '}' || token === ']';
    if (closes) depth--;
    const opened = before === '{' || before === '[';
    if (closes ? !opened : opened || before === ',') written += newLine();
    written += token === ':' ? ': ' : token;
    if (token === '{' || token === '[') deepest = Math.max(deepest, ++depth);
    if (deepest > DEEPEST) return null;
    before = token;
  }
  return written === text ? null : written;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
