/** To three decimals: microseconds of a millisecond figure, finer than any clock here. */
export function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}

export function roundedEach<Values extends Record<keyof Values, number | null>>(values: Values): Values {
  const entries = Object.entries<number | null>(values);
  return Object.fromEntries(entries.map(([name, value]) => [name, value === null ? null : rounded(value)])) as Values;
}
