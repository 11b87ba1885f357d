import OpenAI from 'openai';
import { sharedNowMs } from '../truth/clock.ts';
import { NOTHING_TO_CLOSE, type OpenClient, REQUEST, TOKEN } from './client.ts';

/** The `openai` package, its clock started with the call. */
export const openOpenai: OpenClient = ({ ca }) => ({
  ...NOTHING_TO_CLOSE,
  async ask(origin, path, signal) {
    const client = new OpenAI({
      apiKey: TOKEN,
      baseURL: origin + path.replace(/\/chat\/completions$/, ''),
      maxRetries: 0,
      fetchOptions: { tls: { ca } },
    });
    const tokenAtMs: number[] = [];
    let id = '';
    let content = '';
    const calledAtMs = sharedNowMs();
    const stream = await client.chat.completions.create(REQUEST, { signal });
    for await (const chunk of stream) {
      const text = chunk.choices[0]?.delta.content;
      if (!text) continue;
      tokenAtMs.push(sharedNowMs());
      content += text;
      id = chunk.id;
    }
    return { id, content, tokenAtMs, ttftMs: tokenAtMs[0]! - calledAtMs, durationMs: sharedNowMs() - calledAtMs };
  },
});
