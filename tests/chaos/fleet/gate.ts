import { connect, createServer, type Socket } from 'node:net';

/** What stands between a fleet and its database: every connection leads through it. */
export interface Gate extends AsyncDisposable {
  readonly port: number;
  cutAll(): void;
  /** From now on nobody comes through, and who is through is cut. */
  refuse(isRefusing: boolean): void;
}

export async function startGate(toPort: number): Promise<Gate> {
  const pairs = new Set<readonly Socket[]>();
  let isRefusing = false;
  const server = createServer({ noDelay: true }, (inner) => {
    if (isRefusing) return void inner.resetAndDestroy();
    const outer = connect({ port: toPort, host: '127.0.0.1', noDelay: true });
    const pair = [inner, outer];
    pairs.add(pair);
    const end = () => {
      pairs.delete(pair);
      for (const socket of pair) socket.destroy();
    };
    for (const socket of pair) socket.on('error', end).on('close', end);
    inner.pipe(outer).pipe(inner);
  });
  const { promise: listening, resolve } = Promise.withResolvers<void>();
  server.listen(0, '127.0.0.1', resolve);
  await listening;
  const cutAll = () => {
    for (const pair of [...pairs]) for (const socket of pair) socket.destroy();
  };
  return {
    port: (server.address() as { port: number }).port,
    cutAll,
    refuse(on) {
      isRefusing = on;
      if (on) cutAll();
    },
    async [Symbol.asyncDispose]() {
      cutAll();
      await new Promise((closed) => server.close(closed));
    },
  };
}
