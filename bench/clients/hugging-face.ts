import { InferenceClient } from '@huggingface/inference';
import { sharedNowMs } from '../truth/clock.ts';
import { NOTHING_TO_CLOSE, type OpenClient, REQUEST, TOKEN } from './client.ts';

/** The `@huggingface/inference` package, its clock started with the call. */
export const openHuggingFace: OpenClient = ({ ca }) => {
  const trusting: typeof fetch = Object.assign(
    (input: Parameters<typeof fetch>[0], init?: RequestInit) => fetch(input, { ...init, tls: { ca } }),
    fetch,
  );
  const client = new InferenceClient(TOKEN, { fetch: trusting });
  return {
    ...NOTHING_TO_CLOSE,
    async ask(origin, path, signal) {
      const endpoint = client.endpoint(origin + path);
      const tokenAtMs: number[] = [];
      let id = '';
      let content = '';
      const calledAtMs = sharedNowMs();
      for await (const chunk of endpoint.chatCompletionStream(REQUEST, signal ? { signal } : {})) {
        const text = chunk.choices[0]?.delta.content;
        if (!text) continue;
        tokenAtMs.push(sharedNowMs());
        content += text;
        id = chunk.id;
      }
      return { id, content, tokenAtMs, ttftMs: tokenAtMs[0]! - calledAtMs, durationMs: sharedNowMs() - calledAtMs };
    },
  };
};
