/** By n; likelihoods of counts need the same few thousand again and again. */
const table: number[] = [0];

/** n ln n of a whole number; 0 of 0. */
function xLogX(n: number): number {
  for (let next = table.length; next <= n; next++) table.push(next * Math.log(next));
  return table[n]!;
}

/** Logarithm of how likely so many among n are, at the share that makes them likeliest. */
export const logLikelihood = (count: number, n: number) => xLogX(count) + xLogX(n - count) - xLogX(n);
