import { z } from 'zod';

/** A text with a meaning. `allowed` completes "must be …"; `read` returns undefined for what is not allowed. */
export function setting<Value>(allowed: string, read: (text: string) => Value | undefined) {
  return z.string().transform((text, context) => {
    const value = read(text);
    if (value !== undefined) return value;
    context.addIssue(`must be ${allowed}`);
    return z.NEVER;
  });
}

export const matching = (pattern: RegExp, allowed: string) =>
  setting(allowed, (text) => (pattern.test(text) ? text : undefined));

export const oneOf = <Word extends string>(words: readonly Word[]) =>
  setting(`one of ${words.join(', ')}`, (text) => words.find((word) => word === text));

export const whole = (unit: string, min: number, max: number) =>
  setting(`a whole number of ${unit} from ${min} to ${max}`, (text) => {
    const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
    return value >= min && value <= max ? value : undefined;
  });

/** Not negative, with decimals or without. */
export const amount = (unit: string, max: number) =>
  setting(`an amount in ${unit} from 0 to ${max}, like 0.50`, (text) => {
    const value = /^\d{1,9}(\.\d{1,9})?$/.test(text) ? Number(text) : Number.NaN;
    return value <= max ? value : undefined;
  });

/** Whole seconds as text, milliseconds as value. */
export const seconds = (min: number, max: number) => whole('seconds', min, max).transform((value) => value * 1000);

/** Comma list; blanks between commas and repetitions are dropped. */
export const list = <Value extends string>(allowed: string, readOne: (text: string) => Value | undefined) =>
  setting(`a comma list of ${allowed}`, (text) => {
    const parts = text.split(',').filter((part) => part.trim() !== '');
    const values = new Set(parts.map((part) => readOne(part.trim())));
    return values.size > 0 && !values.has(undefined) ? ([...values] as Value[]) : undefined;
  });
