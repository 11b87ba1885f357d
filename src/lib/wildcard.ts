/**
 * Whether a name matches a pattern in which `*` stands for any run of characters, also none; upper and lower case are the same.
 * Its time is linear in the name for each star, whatever the two hold.
 */
export function matchesWildcard(pattern: string, name: string): boolean {
  const [first, ...rest] = pattern.toLowerCase().split('*');
  const last = rest.pop();
  const text = name.toLowerCase();
  if (last === undefined) return text === first;
  if (!text.startsWith(first!)) return false;
  let at = first!.length;
  for (const part of rest) {
    const found = text.indexOf(part, at);
    if (found === -1) return false;
    at = found + part.length;
  }
  return text.length - last.length >= at && text.endsWith(last);
}
