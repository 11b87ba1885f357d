import { NOTHING_TO_CLOSE, type OpenClient, REQUEST, TOKEN } from './client.ts';

/** What everybody writes first: `Date.now()`, `fetch`, `response.text()`. It sees the whole reply and no token of it. */
export const openPlainFetch: OpenClient = ({ ca }) => ({
  ...NOTHING_TO_CLOSE,
  async ask(origin, path, signal) {
    const calledAtMs = Date.now();
    const response = await fetch(origin + path, {
      method: 'POST',
      headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json', accept: 'text/event-stream' },
      body: JSON.stringify(REQUEST),
      tls: { ca },
      ...(signal && { signal }),
    });
    const text = await response.text();
    const durationMs = Date.now() - calledAtMs;
    const content = [...text.matchAll(/"content":"([^"]+)"/g)].map(([, piece]) => piece).join('');
    return { id: /"id":"([^"]+)"/.exec(text)?.[1] ?? '', content, tokenAtMs: null, ttftMs: null, durationMs };
  },
});
