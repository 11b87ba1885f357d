import type { Random } from '../lib/random.ts';

export const between = (random: Random, low: number, high: number): number => low + (high - low) * random();

/** Near `middle`, off by at most the given share of it. */
export const around = (random: Random, middle: number, share: number): number =>
  middle * between(random, 1 - share, 1 + share);

export const oneOf = <T>(random: Random, items: readonly T[]): T => items[Math.floor(random() * items.length)]!;

export const hex = (random: Random, digits: number): string =>
  Array.from({ length: digits }, () => Math.floor(random() * 16).toString(16)).join('');
