import type { z } from 'zod';
import type { Redact } from '../lib/redact.ts';

/**
 * What leaves this program by the web, and nothing else does: the fields that the schema names, each text redacted.
 *
 * @throws z.ZodError when the value is not of the schema, which is a bug of ours; then nothing is told
 */
export type Publish = <Schema extends z.ZodType>(schema: Schema, value: unknown) => z.output<Schema>;

export function createPublisher(redact: Redact): Publish {
  return (schema, value) => redacted(schema.parse(value), memoised(redact)) as z.output<typeof schema>;
}

function redacted(value: unknown, redact: Redact): unknown {
  if (typeof value === 'string') return redact(value);
  if (typeof value !== 'object' || value === null) return value;
  const told = value as Record<string, unknown>;
  let clean = told;
  for (const key of Object.keys(told)) {
    const item = redacted(told[key], redact);
    if (item === told[key]) continue;
    if (clean === told) clean = copyOf(told);
    clean[key] = item;
  }
  return clean;
}

/** It has every key already: setting one makes none, whatever its name. */
const copyOf = (value: object) => (Array.isArray(value) ? [...value] : { ...value }) as Record<string, unknown>;

/** One answer says the same names and moments many times. */
function memoised(redact: Redact): Redact {
  const known = new Map<string, string>();
  return (text) => {
    let clean = known.get(text);
    if (clean === undefined) {
      clean = redact(text);
      known.set(text, clean);
    }
    return clean;
  };
}
