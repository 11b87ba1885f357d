import { asObject, asText, type JsonObject, parseObject } from './json.ts';

const LONGEST_EXCERPT = 200;

/** A provider's error in its own words. Hostile text, not redacted. */
export interface ProviderError {
  readonly message: string;
  readonly code: string | null;
}

/**
 * The error that a JSON object reports: `error` as text or object, or an object that calls itself `object: "error"`.
 * `error: null`, `false` and `""` report none.
 */
export function errorIn(json: JsonObject): ProviderError | null {
  const { error } = json;
  const described = asObject(error) ?? (json.object === 'error' ? json : null);
  if (described === null) return error ? { message: String(asText(error) ?? 'no words'), code: null } : null;
  return {
    message: asText(described.message) ?? asText(described.detail) ?? asText(described.type) ?? 'no words',
    code: asText(described.code) ?? asText(described.type),
  };
}

/** What the body of a refusal says, whatever its format: JSON with an error in it, other JSON, HTML, text. */
export function errorOfBody(body: string): ProviderError {
  const json = parseObject(body);
  const plain = json && (asText(json.message) ?? asText(json.detail));
  return (json && errorIn(json)) ?? { message: plain ?? body, code: asText(json?.code) };
}

/** One line of at most 200 characters. */
export function excerpt(text: string): string {
  const line = text
    .slice(0, 4 * LONGEST_EXCERPT)
    .replace(/\s+/g, ' ')
    .trim();
  return (line.length > LONGEST_EXCERPT ? `${line.slice(0, LONGEST_EXCERPT - 1)}…` : line).toWellFormed();
}
