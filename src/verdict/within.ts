import type { Sample } from '../domain/sample.ts';
import type { Window } from '../ports.ts';

/** Those due within the window. @param samples oldest first */
export const within = (samples: readonly Sample[], { sinceMs, untilMs }: Window): readonly Sample[] =>
  samples.slice(countBefore(samples, sinceMs), countBefore(samples, untilMs));

/** How many of them were due before that moment. @param samples oldest first */
export function countBefore(samples: readonly Sample[], atMs: number): number {
  let [low, high] = [0, samples.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (samples[middle]!.dueAtMs < atMs) low = middle + 1;
    else high = middle;
  }
  return low;
}
