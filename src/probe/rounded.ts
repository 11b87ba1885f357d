/** To three decimals: microseconds of a millisecond figure, finer than any clock here. */
export function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}

/**
 * To 1/64 ms: a number that ends in zeros. Lists of moments are the largest column of all, and this takes half of what
 * microseconds take; no clock here tells 8 µs.
 */
export function roundedMoments(moments: readonly number[]): readonly number[] {
  return moments.map((ms) => Math.round(ms * 64) / 64);
}

export function roundedEach<Values extends Record<keyof Values, number | null>>(values: Values): Values {
  const entries = Object.entries<number | null>(values);
  return Object.fromEntries(entries.map(([name, value]) => [name, value === null ? null : rounded(value)])) as Values;
}
