const SHORTEST_FRAGMENT = 8;

/** Whether eight consecutive characters of the secret stand in a text, as they are or escaped. */
export function holdsFragment(text: string, secret: string): boolean {
  const readings = [text, decoded(text), decoded(decoded(text))];
  for (let at = 0; at + SHORTEST_FRAGMENT <= secret.length; at++) {
    const fragment = secret.slice(at, at + SHORTEST_FRAGMENT);
    if (readings.some((reading) => reading.includes(fragment))) return true;
  }
  return false;
}

function decoded(text: string): string {
  return text
    .replace(/\\u([0-9a-f]{4})|\\x([0-9a-f]{2})|%([0-9a-f]{2})|&#x([0-9a-f]{2});/gi, (_whole, ...digits) =>
      String.fromCharCode(Number.parseInt(digits.slice(0, 4).find(Boolean), 16)),
    )
    .replace(/&#(\d{1,3});/g, (_whole, code) => String.fromCharCode(Number(code)))
    .replace(/\\(["\\/])/g, '$1');
}
