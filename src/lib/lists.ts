import { formatCount } from './format.ts';

/** `cobalt`, `cobalt and slate`, `amber, cobalt and 3 more`. */
export function names(all: readonly string[], most = 5): string {
  const shown = all.length > most ? [...all.slice(0, most - 1), `${all.length - most + 1} more`] : all;
  return shown.length < 2 ? shown.join('') : `${shown.slice(0, -1).join(', ')} and ${shown.at(-1)}`;
}

/** `1 model`, `1,200 models`. */
export const counted = (count: number, word: string) => `${formatCount(count)} ${word}${count === 1 ? '' : 's'}`;
