/** Reads CSV by the letter of RFC 4180 (and LF for CRLF), sharing nothing with what writes it. */
export function parseCsv(text: string): readonly (readonly string[])[] {
  const rows: string[][] = [];
  let row: string[] = [];
  for (let at = 0; at < text.length; ) {
    let field = '';
    if (text[at] === '"') {
      for (at++; text[at] !== '"' || text[at + 1] === '"'; at++) {
        if (at >= text.length) throw new Error('a quote is never closed');
        if (text[at] === '"') at++;
        field += text[at];
      }
      at++;
    } else {
      const end = at + text.slice(at).search(/[,\r\n]|$/);
      field = text.slice(at, end);
      if (field.includes('"')) throw new Error('a quote inside an unquoted field');
      at = end;
    }
    row.push(field);
    const separator = /^(?:,|\r?\n|$)/.exec(text.slice(at));
    if (!separator) throw new Error(`neither a comma nor the end of the line at ${at}`);
    at += separator[0].length;
    if (separator[0] === ',') {
      if (at === text.length) row.push('');
      continue;
    }
    rows.push(row);
    row = [];
  }
  return rows;
}
