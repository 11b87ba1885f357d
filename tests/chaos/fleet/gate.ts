import { connect, createServer, type Server, type Socket } from 'node:net';

/** What stands between the processes of a fleet and their database: every connection leads through it. */
export interface Gate extends AsyncDisposable {
  /** A port of loopback for the process of that name. */
  portFor(name: string): Promise<number>;
  /** Whose connection the server sees come from that port of loopback. */
  nameOf(port: number): string | null;
  cutAll(): void;
  /** From now on nobody comes through, and who is through is cut. */
  refuse(isRefusing: boolean): void;
}

interface Passage {
  readonly name: string;
  readonly inner: Socket;
  readonly outer: Socket;
}

export function openGate(toPort: number): Gate {
  const passages = new Set<Passage>();
  const servers: Server[] = [];
  let isRefusing = false;

  function pass(name: string, inner: Socket): void {
    if (isRefusing) return void inner.resetAndDestroy();
    const outer = connect({ port: toPort, host: '127.0.0.1', noDelay: true });
    const passage = { name, inner, outer };
    passages.add(passage);
    const end = () => {
      passages.delete(passage);
      inner.destroy();
      outer.destroy();
    };
    for (const socket of [inner, outer]) socket.on('error', end).on('close', end);
    inner.pipe(outer).pipe(inner);
  }

  const cutAll = () => {
    for (const { inner, outer } of [...passages]) {
      inner.destroy();
      outer.destroy();
    }
  };
  return {
    async portFor(name) {
      const server = createServer({ noDelay: true }, (socket) => pass(name, socket));
      servers.push(server);
      await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
      return (server.address() as { port: number }).port;
    },
    nameOf: (port) => [...passages].find(({ outer }) => outer.localPort === port)?.name ?? null,
    cutAll,
    refuse(on) {
      isRefusing = on;
      if (on) cutAll();
    },
    async [Symbol.asyncDispose]() {
      cutAll();
      await Promise.all(servers.map((server) => new Promise((closed) => server.close(closed))));
    },
  };
}
