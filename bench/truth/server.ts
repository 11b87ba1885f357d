import type { Socket, TCPSocketListener } from 'bun';
import { seededRandom } from '../../src/lib/random.ts';
import { serveCatalogue } from './catalogue.ts';
import { sharedNowMs } from './clock.ts';
import { dueMs, type Script, scriptOf } from './script.ts';

// The ground truth, a process of its own: it writes each chunk at its moment and stamps it just before that write, so that no client's work
// is in a stamp. The stamps travel in the reply itself: the request's in every chunk's `id`, a chunk's own as its content.
// Each reply closes its connection: one who asks every half hour never finds a warm one, so every client connects anew each time.

export interface Ports {
  readonly plain: number;
  readonly secure: number;
  readonly clock: number;
  readonly catalogue: number;
}

interface Connection {
  received: string;
  timer: Timer | undefined;
  /** What the kernel did not take yet. */
  unsent: string;
}

const random = seededRandom('ground truth');
const fixture = (name: string) => Bun.file(new URL(`../../tests/fixtures/tls/${name}`, import.meta.url));
const stamp = () => sharedNowMs().toFixed(3);

const HEADERS =
  'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncache-control: no-cache\r\nx-inference-provider: truth\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n';
const framed = (text: string) => `${text.length.toString(16)}\r\n${text}\r\n`;

/** @returns the text of an event with that delta; everything is ASCII, so that characters are bytes */
function eventsOf(requestStamp: string) {
  const head = `data: {"id":"chatcmpl-${requestStamp}","object":"chat.completion.chunk","created":1785758400,"model":"truth","system_fingerprint":"fp_truth"`;
  const choice = (delta: string, finish: string) =>
    `${head},"choices":[{"index":0,"delta":${delta},"logprobs":null,"finish_reason":${finish}}]}\n\n`;
  return {
    role: choice('{"role":"assistant","content":""}', 'null'),
    token: (atStamp: string) => choice(`{"content":"${atStamp} "}`, 'null'),
    end: (chunks: number) =>
      `${choice('{}', '"stop"')}${head},"choices":[],"usage":{"prompt_tokens":22,"completion_tokens":${chunks},"total_tokens":${22 + chunks}}}\n\ndata: [DONE]\n\n`,
  };
}

function send(socket: Socket<Connection>, text: string): void {
  const { data } = socket;
  if (data.unsent !== '') data.unsent += text;
  else data.unsent = text.slice(Math.max(socket.write(text), 0));
}

function play(socket: Socket<Connection>, script: Script): void {
  const requestMs = sharedNowMs();
  const events = eventsOf(requestMs.toFixed(3));
  const due = dueMs(script, random);
  let next = 0;
  const wait = () => {
    const inMs = requestMs + due[next]! - sharedNowMs();
    socket.data.timer = setTimeout(writeChunk, Math.max(0, Math.round(inMs)));
  };
  const writeChunk = () => {
    const isLast = ++next === due.length;
    const end = isLast ? `${framed(events.end(script.chunks))}0\r\n\r\n` : '';
    send(socket, framed(events.token(stamp())) + end);
    if (isLast) socket.end();
    else wait();
  };
  send(socket, HEADERS + framed(events.role)); // a router answers long before the model does
  wait();
}

const listener = {
  open(socket: Socket<Connection>) {
    socket.data = { received: '', timer: undefined, unsent: '' };
    socket.setNoDelay(true);
  },
  data(socket: Socket<Connection>, bytes: Buffer) {
    const { data } = socket;
    data.received += bytes.toString('latin1');
    const headLength = data.received.indexOf('\r\n\r\n') + 4;
    const length = Number(/content-length: ?(\d+)/i.exec(data.received)?.[1] ?? 0);
    if (headLength < 4 || data.received.length < headLength + length) return;
    const script = scriptOf(data.received.slice(0, data.received.indexOf('\r\n')));
    data.received = '';
    if (script === null) socket.end('HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n');
    else play(socket, script);
  },
  drain(socket: Socket<Connection>) {
    const { unsent } = socket.data;
    socket.data.unsent = '';
    send(socket, unsent);
  },
  close({ data }: Socket<Connection>) {
    clearTimeout(data?.timer);
  },
  error() {},
};

const listen = (extra: object): TCPSocketListener<Connection> =>
  Bun.listen<Connection>({ hostname: '127.0.0.1', port: 0, socket: listener, ...extra });

const clock = Bun.listen({
  hostname: '127.0.0.1',
  port: 0,
  socket: {
    open: (socket) => void socket.setNoDelay(true),
    data: (socket) => void socket.write(new Float64Array([sharedNowMs()])),
  },
});
const ports: Ports = {
  plain: listen({}).port,
  secure: listen({ tls: { key: fixture('server.key'), cert: fixture('server.pem') } }).port,
  clock: clock.port,
  catalogue: serveCatalogue(),
};
process.on('disconnect', () => process.exit());
process.send?.(ports);
