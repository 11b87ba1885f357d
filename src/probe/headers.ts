import type { Redact } from '../lib/redact.ts';
import { shownText } from './shown-text.ts';

/** What a response header may tell; everything else (cookies, addresses, whatever is new) stays out of a public dataset. */
const ALLOWED = new RegExp(
  `^(?:${[
    'content-(?:type|length|encoding)|date|server',
    // which request it was, and who served it
    '(?:x-)?(?:[a-z]{1,20}-)?request-?id|x-amzn-requestid|x-amz-cf-id|cf-ray|x-(?:trace|correlation)-id|inference-id|x-inference-provider',
    // limits
    '(?:x-)?rate-?limit(?:-[a-z0-9-]{1,40})?|retry-after',
    // caches
    'age|cache-control|(?:x-|cf-)cache(?:-status)?|cache-status',
    // times
    'server-timing|(?:[a-z-]{1,40}-)?(?:processing|process|response|service|queue|inference|compute|total)-(?:time|ms)|x-time-per-token|x-runtime',
  ].join('|')})$`,
);
const MOST_HEADERS = 40;
const LONGEST_VALUE_BYTES = 256;

/** Response headers on the allow-list as JSON text, redacted and capped. */
export function sanitizedResponseHeaders(headers: Readonly<Record<string, string>>, redact: Redact): string {
  const shown = Object.entries(headers)
    .filter(([name]) => ALLOWED.test(name))
    .slice(0, MOST_HEADERS)
    .map(([name, value]) => [name, shownText(value, LONGEST_VALUE_BYTES, redact).text]);
  return JSON.stringify(Object.fromEntries(shown));
}
