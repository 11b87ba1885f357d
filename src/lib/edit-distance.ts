/** How many letters must be changed, added, left out or swapped with a neighbour to turn one word into the other. */
export function editDistance(from: string, to: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: to.length + 1 }, (_, i) => i);
  for (let i = 1; i <= from.length; i++) {
    const row = [i];
    for (let j = 1; j <= to.length; j++) {
      const change = last[j - 1]! + (from[i - 1] === to[j - 1] ? 0 : 1);
      const swapped = i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1];
      row.push(Math.min(last[j]! + 1, row[j - 1]! + 1, change, swapped ? beforeLast[j - 2]! + 1 : Infinity));
    }
    [beforeLast, last] = [last, row];
  }
  return last[to.length]!;
}

/** Longer words are nobody's slip of the pen. */
const LONGEST = 200;

/** Those known words that may have been meant, the likeliest first: at most three. Case does not count, nor what stands before a slash that `word` lacks. */
export function closestTo(word: string, known: readonly string[]): readonly string[] {
  if (word.length > LONGEST) return [];
  const wanted = word.toLowerCase();
  const distanceTo = (candidate: string) => {
    const whole = candidate.toLowerCase();
    return editDistance(wanted, wanted.includes('/') ? whole : whole.slice(whole.indexOf('/') + 1));
  };
  return known
    .map((candidate) => ({ candidate, distance: distanceTo(candidate) }))
    .filter(({ distance }) => distance <= Math.max(2, wanted.length / 3))
    .toSorted((a, b) => a.distance - b.distance)
    .slice(0, 3)
    .map(({ candidate }) => candidate);
}
