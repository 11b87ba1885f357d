/**
 * What a `Retry-After` asks for, in ms: seconds or an HTTP date (RFC 9110, 10.2.3); null when it is neither.
 *
 * @param nowMs Unix ms
 */
export function retryAfterMs(value: string | null | undefined, nowMs: number): number | null {
  if (value == null) return null;
  if (/^\d{1,9}$/.test(value)) return Number(value) * 1000;
  const atMs = /^[A-Z][a-z]{2}, .+ GMT$/.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(atMs) ? null : Math.max(0, atMs - nowMs);
}
