import { createServer, type Socket } from 'node:net';
import { type Answer, answerBytes, json } from './answer.ts';
import { createInbox } from './inbox.ts';
import { type HttpRequest, RefusedRequest, readRequest } from './request.ts';

const CONNECTION_LIMIT = 2_048;
/** Longer than any deadline a client is likely to test; then an idle connection is forgotten. */
const IDLE_LIMIT_MS = 600_000;

/** How a connection goes on after a reply: ready for the next request, closed, or torn down with RST. */
export type Ending = 'keep' | 'fin' | 'reset';

/** One request and the bare connection it came over: whatever bytes are sent are what the other side reads. */
export interface Exchange {
  readonly request: HttpRequest;
  /** Aborts when the other side has left or the server closes. */
  readonly gone: AbortSignal;
  /** Resolves once there is room for more, or the other side is gone. */
  send(bytes: Uint8Array | string): Promise<void>;
}

export interface HttpServer extends AsyncDisposable {
  /** `http://127.0.0.1:port` */
  readonly url: string;
}

/** Whatever it throws is a bug of ours, and answered with 500. */
export type Handler = (exchange: Exchange) => Promise<Ending>;

/** Serves HTTP/1.1 on loopback, on a port the system chooses. Disposing it ends every connection and waits for what was being done. */
export async function serve(handlerAt: (url: string) => Handler, bodyLimitBytes: number): Promise<HttpServer> {
  let handle: Handler;
  const sockets = new Set<Socket>();
  const conversations = new Set<Promise<void>>();
  const server = createServer({ noDelay: true }, (socket) => {
    socket.on('error', () => {}); // a reset by the other side; 'close' follows
    if (sockets.size >= CONNECTION_LIMIT) return void socket.destroy();
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.setTimeout(IDLE_LIMIT_MS, () => socket.destroy());
    const conversation = converse(socket, handle, bodyLimitBytes);
    conversations.add(conversation);
    void conversation.finally(() => conversations.delete(conversation));
  });
  const { promise: listening, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject).listen(0, '127.0.0.1', resolve);
  await listening;
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  const url = `http://127.0.0.1:${address.port}`;
  handle = handlerAt(url); // nobody can have connected yet
  return {
    url,
    async [Symbol.asyncDispose]() {
      const closed = new Promise((done) => server.close(done));
      for (const socket of sockets) socket.destroy();
      await closed;
      await Promise.all(conversations);
    },
  };
}

/** Request after request over one connection, until somebody ends it. */
async function converse(socket: Socket, handle: Handler, bodyLimitBytes: number): Promise<void> {
  const leaving = new AbortController();
  socket.once('close', () => leaving.abort());
  const gone = leaving.signal;
  const inbox = createInbox(socket);
  const send = (bytes: Uint8Array | string) => sendOver(socket, bytes, gone);
  try {
    while (!gone.aborted) {
      const request = await readRequest(inbox, bodyLimitBytes, () => socket.write('HTTP/1.1 100 Continue\r\n\r\n'));
      if (request === null) break;
      const ending = await handle({ request, gone, send });
      if (ending === 'reset') return void socket.resetAndDestroy();
      if (ending === 'fin' || !request.keepAlive) break;
    }
  } catch (error) {
    const status = error instanceof RefusedRequest ? error.status : 500;
    await send(answerBytes(json({ error: String(error) }, status, { connection: 'close' })));
  }
  socket.end();
}

function sendOver(socket: Socket, bytes: Uint8Array | string, gone: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (gone.aborted || !socket.writable || socket.write(bytes)) return resolve();
    const go = () => {
      socket.off('drain', go);
      gone.removeEventListener('abort', go);
      resolve();
    };
    socket.once('drain', go);
    gone.addEventListener('abort', go);
  });
}

/** Sends an ordinary answer; a HEAD request gets its headers alone. */
export async function reply({ request, send }: Exchange, answer: Answer): Promise<Ending> {
  await send(answerBytes(answer, request.method === 'HEAD'));
  return 'keep';
}
