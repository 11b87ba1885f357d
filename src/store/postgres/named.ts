import type { Param } from './client.ts';

/** A text with `$name`s as one with `$1`, `$2`, …, and the values in that order. Values of no `$name` are left out. */
export function named(text: string, values: Readonly<Record<string, Param>>): [text: string, ...params: Param[]] {
  const names: string[] = [];
  const numbered = text.replaceAll(/\$([a-z]\w*)/gi, (_, name: string) => {
    if (!names.includes(name)) names.push(name);
    return `$${names.indexOf(name) + 1}`;
  });
  return [numbered, ...names.map((name) => values[name]!)];
}
