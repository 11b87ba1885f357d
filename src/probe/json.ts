/** JSON from elsewhere: nothing in it has the type one hopes for, and it may be nested deeper than `JSON.stringify` survives. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** @returns null for what is no JSON, and for JSON that is no object */
export function parseObject(text: string): JsonObject | null {
  try {
    return asObject(JSON.parse(text));
  } catch {
    return null;
  }
}

export function asObject(value: unknown): JsonObject | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : null;
}

export function asObjects(value: unknown): readonly JsonObject[] {
  return Array.isArray(value) ? value.map(asObject).filter((entry) => entry !== null) : [];
}

/** A text that says something, or null. */
export function asText(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

/** A whole number from 0, or null: a count that a provider leaves out or garbles is unknown. */
export function asCount(value: unknown): number | null {
  return Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) : null;
}

/** A copy with numbers, texts, booleans and nulls alone, `depth` levels of objects deep: safe to write out again. */
export function plainCopy(object: JsonObject, depth: number): JsonObject {
  const copied = Object.entries(object).flatMap(([key, value]): [string, unknown][] => {
    if (value === null || typeof value !== 'object') return [[key, value]];
    const inner = asObject(value);
    return inner !== null && depth > 1 ? [[key, plainCopy(inner, depth - 1)]] : [];
  });
  return Object.fromEntries(copied);
}
