import { createReplyReader } from '../../src/probe/reply-reader.ts';
import type { Exchange, Reply } from '../../src/probe/types.ts';
import { anExchange } from './builders.ts';

/** The exchange whose response had this body, read in these pieces from 300 ms on, 50 ms apart, by the real reader. */
export function exchangeOf(
  body: string | readonly string[],
  { mode = 'stream', ...overrides }: Partial<Exchange> & { readonly mode?: Reply['mode'] } = {},
): Exchange {
  const pieces = typeof body === 'string' ? [body] : body;
  const reader = createReplyReader({ mode, status: overrides.status ?? 200 });
  pieces.forEach((piece, at) => {
    reader.read(300 + at * 50, new TextEncoder().encode(piece));
  });
  return anExchange({ closedMs: 300 + pieces.length * 50, reply: reader.end(), ...overrides });
}

/** One SSE event of a streamed completion. */
export function chunkOf(delta: object, rest: object = {}): string {
  return `data: ${JSON.stringify({ choices: [{ index: 0, delta, finish_reason: null }], ...rest })}\n\n`;
}

/** Finish reason, usage and `[DONE]`. */
export const GOOD_END = [
  'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n',
  'data: {"choices":[],"usage":{"prompt_tokens":20,"completion_tokens":5,"total_tokens":25}}\n\n',
  'data: [DONE]\n\n',
];
