/**
 * Unix ms as a floating-point number, monotonic within a process. Two processes that were started between two steps of the wall clock agree
 * to microseconds: `timeOrigin` is one reading of the wall clock, and slewing moves both of its parts alike. `alignment` proves it each time.
 */
export const sharedNowMs = () => performance.timeOrigin + performance.now();

/** What a handshake found: the other process's clock is ahead by `offsetMs`, give or take `residualMs`. */
export interface Alignment {
  readonly offsetMs: number;
  readonly residualMs: number;
}

const PINGS = 300;

/** Asks the ground-truth server for its clock many times over one TCP connection and believes the quickest answer. */
export async function alignment(port: number): Promise<Alignment> {
  const { promise, resolve, reject } = Promise.withResolvers<Alignment>();
  let best: Alignment = { offsetMs: 0, residualMs: Number.POSITIVE_INFINITY };
  let pings = 0;
  let askedMs = 0;
  const connection = await Bun.connect({
    hostname: '127.0.0.1',
    port,
    socket: {
      data(socket, bytes) {
        const backMs = sharedNowMs();
        const residualMs = (backMs - askedMs) / 2;
        const theirMs = new Float64Array(Uint8Array.from(bytes).buffer)[0]!;
        if (residualMs < best.residualMs) best = { offsetMs: theirMs - (askedMs + residualMs), residualMs };
        if (++pings < PINGS) ask(socket);
        else resolve(best);
      },
      error: (_socket, error) => reject(error),
      close: () => reject(new Error('the ground-truth server is gone')),
    },
  });
  const ask = (socket: Pick<typeof connection, 'write'>) => {
    askedMs = sharedNowMs();
    socket.write('?');
  };
  connection.setNoDelay(true);
  ask(connection);
  try {
    return await promise;
  } finally {
    connection.end();
  }
}
