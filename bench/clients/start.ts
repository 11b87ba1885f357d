import type { Figure, Value } from '../bench.ts';
import type { Alignment } from '../truth/clock.ts';
import type { TimedClient, Truth } from '../truth/start.ts';
import type { Load, Loaded } from './load.ts';

/** The tracker first, then those it is compared with. */
const CLIENTS = ['tracker', 'openai', '@huggingface/inference', 'plain fetch'] as const;
export type ClientName = (typeof CLIENTS)[number];

export interface Clients extends AsyncDisposable {
  readonly alignments: Readonly<Record<ClientName, Alignment>>;
  /** The same load for each, one after the other, so that the machine's noise meets all of them alike. */
  askAll(load: Load): Promise<Readonly<Record<ClientName, Loaded>>>;
}

export async function startClients(truth: Truth): Promise<Clients> {
  const started: (readonly [ClientName, TimedClient])[] = [];
  for (const name of CLIENTS) started.push([name, await truth.client(name)]);
  return {
    alignments: byName(started.map(([name, { alignment }]) => [name, alignment])),
    async askAll(load) {
      const results: (readonly [ClientName, Loaded])[] = [];
      for (const [name, client] of started) results.push([name, await client.ask(load)]);
      return byName(results);
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(started.map(([, client]) => client[Symbol.asyncDispose]()));
    },
  };
}

const byName = <T>(entries: readonly (readonly [ClientName, T])[]) =>
  Object.fromEntries(entries) as Record<ClientName, T>;

/** One line of a table: the tracker's figure, and each peer's. */
export function sideBySide(name: string, unit: string, figureOf: (client: ClientName) => Value): Figure {
  const [ours, ...peers] = CLIENTS.map((client) => [client, figureOf(client)] as const);
  return { name, unit, ours: ours![1], peers: Object.fromEntries(peers) };
}
