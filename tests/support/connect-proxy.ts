import http from 'node:http';
import net, { type AddressInfo } from 'node:net';

export interface ConnectProxy extends AsyncDisposable {
  readonly port: number;
  /** What it was asked for: `host:port`, and the request's headers. */
  readonly asked: readonly { readonly authority: string; readonly headers: http.IncomingHttpHeaders }[];
}

/**
 * A proxy on loopback. It opens every tunnel to `targetPort` of this machine, whatever name it is asked for, so that a test can
 * use names that do not exist; with `refuse` it writes that instead, and with `hang` nothing at all.
 */
export async function startConnectProxy(
  behaviour: { readonly targetPort: number } | { readonly refuse: string } | { readonly hang: true },
): Promise<ConnectProxy> {
  const asked: { authority: string; headers: http.IncomingHttpHeaders }[] = [];
  const sockets = new Set<{ destroy(): void }>();
  const server = http.createServer();
  server.on('connection', (socket) => sockets.add(socket));
  server.on('connect', ({ url, headers }, client) => {
    asked.push({ authority: url ?? '', headers });
    client.on('error', () => {});
    if ('refuse' in behaviour) client.end(behaviour.refuse);
    if (!('targetPort' in behaviour)) return;
    const target = net.connect(behaviour.targetPort, '127.0.0.1');
    sockets.add(target);
    target.on('error', () => client.destroy());
    target.once('connect', () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      client.pipe(target).pipe(client);
    });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    port: (server.address() as AddressInfo).port,
    asked,
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>((done) => server.close(() => done()));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
