/** Every number of every path, place and size in a picture, to see that none is wild. */
export function numbersIn(svg: string): readonly number[] {
  const paths = [...svg.matchAll(/ d="([^"]*)"/g)].flatMap(([, d]) => d!.match(/-?[\d.]+(e-?\d+)?/g) ?? []);
  const places = [...svg.matchAll(/ (?:x|y|x1|x2|y1|y2|cx|cy|width|height)="(-?[^"]*?)%?"/g)].map(
    ([, place]) => place!,
  );
  return [...paths, ...places].map(Number);
}

/** Hostile as a name may be. */
export const HOSTILE = '"><script>alert(1)</script>&\u202e';
