import { type Child, startChild } from '../child.ts';
import type { Load, Loaded } from '../clients/load.ts';
import type { Alignment } from './clock.ts';
import type { Ports } from './server.ts';

/** The ground-truth server, running. */
export interface Truth extends AsyncDisposable {
  readonly plain: string;
  readonly secure: string;
  /** Answers as the Hub and the router's list of models do: 20 models of 10 providers each. */
  readonly catalogue: string;
  /** Starts a client in a process of its own. @throws when its clock and the server's disagree */
  client(name: string): Promise<TimedClient>;
}

export interface TimedClient extends Child<Load, Loaded> {
  readonly alignment: Alignment;
}

/** Beyond what the handshake cannot see, ms. A step of the wall clock between two starts is far larger. */
const CLOCK_TOLERANCE_MS = 0.05;

export async function startTruth(): Promise<Truth> {
  const [server, ports] = await startChild<Ports>(new URL('./server.ts', import.meta.url));
  return {
    plain: `http://127.0.0.1:${ports.plain}`,
    secure: `https://127.0.0.1:${ports.secure}`,
    catalogue: `http://127.0.0.1:${ports.catalogue}`,
    async client(name) {
      const module = new URL('../clients/process.ts', import.meta.url);
      const [client, alignment] = await startChild<Alignment, Load, Loaded>(module, [name, String(ports.clock)]);
      if (Math.abs(alignment.offsetMs) > alignment.residualMs + CLOCK_TOLERANCE_MS) {
        await client[Symbol.asyncDispose]();
        throw new Error('the wall clock was set while the bench started; run it again');
      }
      return Object.assign(client, { alignment });
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}
