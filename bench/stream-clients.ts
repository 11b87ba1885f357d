import { createParser } from 'eventsource-parser';
import { serveParent } from './child.ts';

// Those who follow the stream of events, in a process of their own.

export interface Following {
  readonly url: string;
  /** How many follow from now on, those before among them. */
  readonly clients: number;
}

export interface Followed {
  /** Heard by all of them since the last time. */
  readonly events: number;
  readonly open: number;
}

const following: AbortController[] = [];
let events = 0;
let open = 0;

async function follow(url: string, signal: AbortSignal, opened: () => void): Promise<void> {
  const response = await fetch(url, { headers: { accept: 'text/event-stream' }, signal });
  if (response.status !== 200 || !response.headers.get('content-type')?.startsWith('text/event-stream'))
    throw new Error(`${url}: ${response.status}, no stream of events`);
  open++;
  opened();
  const parser = createParser({ onEvent: () => void events++ });
  const decoder = new TextDecoder();
  for await (const bytes of response.body!) parser.feed(decoder.decode(bytes, { stream: true }));
}

serveParent('ready', async ({ url, clients }: Following): Promise<Followed> => {
  while (following.length > clients) following.pop()!.abort();
  const opening: Promise<void>[] = [];
  while (following.length < clients) {
    const controller = new AbortController();
    following.push(controller);
    opening.push(
      new Promise((resolve, reject) => {
        follow(url, controller.signal, resolve).then(
          () => open--,
          (error) => {
            if (!controller.signal.aborted) reject(error);
            else open--;
          },
        );
      }),
    );
  }
  await Promise.all(opening);
  const heard = events;
  events = 0;
  return { events: heard, open };
});
