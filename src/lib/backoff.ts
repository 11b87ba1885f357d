export interface Backoff {
  readonly baseMs: number;
  readonly capMs: number;
}

/**
 * How long to wait after the `tries`-th try failed: anywhere between nothing and a limit that doubles with each try, up to `capMs`,
 * so that those who failed together do not come back together ("full jitter", AWS Architecture Blog, Exponential Backoff And Jitter).
 *
 * @param tries from 1
 * @param random in [0, 1)
 */
export function backoffMs(tries: number, { baseMs, capMs }: Backoff, random: () => number): number {
  return random() * Math.min(capMs, baseMs * 2 ** (tries - 1));
}
