import { serveParent } from './child.ts';

// The stream of events as one tells it on who does nothing else: what hundreds who follow take of a machine, apart from the tracker.

const HEADERS = { 'content-type': 'text/event-stream' };

/** Follows the stream at `url`. @returns where it is told on */
async function relay(url: string): Promise<string> {
  const followers = new Set<ReadableStreamDefaultController<Uint8Array>>();
  const server = Bun.serve({
    ...{ hostname: '127.0.0.1', port: 0, idleTimeout: 0 },
    fetch: () => new Response(followed(followers), { headers: HEADERS }),
  });
  const { body } = await fetch(url, { headers: { accept: HEADERS['content-type'] } });
  void tellOn(body!, followers);
  return server.url.href;
}

async function tellOn(
  body: AsyncIterable<Uint8Array>,
  followers: Iterable<ReadableStreamDefaultController<Uint8Array>>,
): Promise<void> {
  for await (const bytes of body) for (const follower of followers) follower.enqueue(bytes);
}

function followed(followers: Set<ReadableStreamDefaultController<Uint8Array>>): ReadableStream<Uint8Array> {
  let own: ReadableStreamDefaultController<Uint8Array>;
  return new ReadableStream({
    start(controller) {
      own = controller;
      followers.add(own);
      own.enqueue(new TextEncoder().encode(': hello\n\n'));
    },
    cancel: () => void followers.delete(own),
  });
}

serveParent('ready', relay);
