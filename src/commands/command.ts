import type { ParseArgsConfig } from 'node:util';

/** What a command may touch of the outside; tests give their own. */
export interface Console {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The folder of `index.ts`, to which relative paths in settings refer. */
  readonly baseDir: string;
  readonly stdout: Output;
  readonly stderr: Output;
  /** Aborts when we are asked to stop. */
  readonly stop: AbortSignal;
}

export interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
}

export type Flags = Readonly<Record<string, string | boolean | undefined>>;

export interface Command {
  /** After the program's name, for the help text. */
  readonly usage: string;
  readonly about: string;
  readonly options: NonNullable<ParseArgsConfig['options']>;
  /** How many words may follow the command's name. */
  readonly words: { readonly min: number; readonly max: number };
  /** @returns the exit code */
  run(words: readonly string[], flags: Flags, console: Console): Promise<number>;
}

/** Wrong use of a command: exit 2 with this message and the usage. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

export const EXIT = { done: 0, failed: 1, wrongUse: 2, wrongSettings: 78 } as const;

/** A flag's text as a whole number, positive unless `least` says otherwise. */
export function wholeNumber(flags: Flags, name: string, fallback: number, least = 1): number {
  const text = flags[name];
  if (text === undefined) return fallback;
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < least)
    throw new UsageError(`--${name} must be a whole number from ${least}, not ${JSON.stringify(text)}`);
  return value;
}
