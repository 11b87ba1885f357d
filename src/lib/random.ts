import { createHash } from 'node:crypto';

/** Uniform in [0, 1), 32 bits of it. */
export type Random = () => number;

/**
 * The same seed gives the same numbers, on every machine and for ever. Not for secrets.
 * Generator: sfc32 of Chris Doty-Humphrey's PractRand (https://pracrand.sourceforge.net), its counter starting at 1;
 * the rest of its state is the first 96 bits of the seed's SHA-256.
 */
export function seededRandom(seed: string): Random {
  const digest = createHash('sha256').update(seed).digest();
  let a = digest.readInt32LE(0);
  let b = digest.readInt32LE(4);
  let c = digest.readInt32LE(8);
  let counter = 1;
  return () => {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return (sum >>> 0) / 2 ** 32;
  };
}

/** A copy in random order, each order as likely as any other (Fisher–Yates). */
export function shuffled<T>(items: readonly T[], random: Random): T[] {
  const copy = [...items];
  for (let last = copy.length - 1; last > 0; last--) {
    const pick = Math.floor(random() * (last + 1));
    [copy[last], copy[pick]] = [copy[pick]!, copy[last]!];
  }
  return copy;
}
