import { readFileSync } from 'node:fs';
import net from 'node:net';
import tls from 'node:tls';

/** One accepted connection, played by a test's script: nothing happens on it by itself. */
export interface RawConnection {
  /** Everything received so far, as latin1. */
  readonly received: string;
  /** Resolves with head and body once a whole request has arrived (by its `content-length`). */
  request(): Promise<string>;
  /** Resolves with true once the kernel has the bytes, with false when the connection is gone. */
  write(bytes: string | Uint8Array): Promise<boolean>;
  /** Writes them once in every turn of the event loop until the connection is gone. */
  flood(bytes: string | Uint8Array): Promise<void>;
  /** Reads no further, so that the other side's bytes pile up. */
  pause(): void;
  /** FIN: no more will be written; reading goes on. */
  finish(): void;
  /** RST. */
  reset(): void;
  /** The other side has closed or reset it. */
  readonly closed: Promise<void>;
}

export interface RawServer extends AsyncDisposable {
  readonly port: number;
  /** `http://127.0.0.1:port`, or `https://localhost:port`. */
  readonly origin: string;
  readonly connections: readonly RawConnection[];
}

export interface RawServerOptions {
  /** Serves TLS with that certificate of `tests/fixtures/tls`. */
  readonly certificate?: 'server' | 'expired' | 'wrong-name';
  readonly host?: '127.0.0.1' | '::1';
}

const tlsFixture = (name: string) => readFileSync(new URL(`../fixtures/tls/${name}`, import.meta.url), 'utf8');

/** The one authority that signed every certificate of `tests/fixtures/tls`. */
export const TEST_CA = tlsFixture('ca.pem');

/** A loopback server that plays `script` on each connection, byte for byte. Disposing it resets what is still open. */
export async function startRawServer(
  script: (connection: RawConnection) => unknown,
  { certificate, host = '127.0.0.1' }: RawServerOptions = {},
): Promise<RawServer> {
  const connections: RawConnection[] = [];
  const sockets = new Set<net.Socket>();
  const serve = (socket: net.Socket) => {
    const connection = playable(socket);
    connections.push(connection);
    void script(connection);
  };
  const keep = (socket: net.Socket) => {
    sockets.add(socket);
    socket.on('error', () => {}).once('close', () => sockets.delete(socket));
  };

  const server =
    certificate === undefined
      ? net.createServer({ allowHalfOpen: true, noDelay: true }, serve)
      : tls.createServer(
          { key: tlsFixture('server.key'), cert: tlsFixture(`${certificate}.pem`), noDelay: true },
          serve,
        );
  server.on('connection', keep);
  server.on('secureConnection', keep);
  server.on('tlsClientError', () => {});
  await new Promise<void>((listening) => server.listen(0, host, listening));
  const { port } = server.address() as net.AddressInfo;

  return {
    port,
    origin:
      certificate === undefined ? `http://${host === '::1' ? '[::1]' : host}:${port}` : `https://localhost:${port}`,
    connections,
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>((done) => server.close(() => done()));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** A port of this machine on which nothing listens. */
export async function closedPort(): Promise<number> {
  await using server = await startRawServer(() => {});
  return server.port;
}

function playable(socket: net.Socket): RawConnection {
  let received = '';
  const { promise: closed, resolve: close } = Promise.withResolvers<void>();
  const wholeRequest = Promise.withResolvers<string>();
  socket.on('data', (bytes) => {
    received += bytes.toString('latin1');
    const [head = '', body] = received.split('\r\n\r\n', 2);
    if (body === undefined) return;
    const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0);
    if (received.length >= head.length + 4 + length) wholeRequest.resolve(received);
  });
  socket.once('close', () => close());
  socket.once('end', () => close());

  const write = (bytes: string | Uint8Array) =>
    Promise.race([
      new Promise<boolean>((written) => socket.write(bytes, (error) => written(error == null))),
      closed.then(() => false),
    ]);

  return {
    get received() {
      return received;
    },
    request: () => wholeRequest.promise,
    write,
    async flood(bytes) {
      while (await write(bytes)) await new Promise((turn) => setImmediate(turn));
    },
    pause: () => void socket.pause(),
    finish: () => void socket.end(),
    reset: () => void socket.resetAndDestroy(),
    closed,
  };
}
