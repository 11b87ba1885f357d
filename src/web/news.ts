import type { z } from 'zod';
import type { Redact } from '../lib/redact.ts';
import type { Clock } from '../ports.ts';
import { iso } from './data-names.ts';
import { Problem } from './problem.ts';
import { createPublisher } from './publish.ts';
import { clientOf } from './rate-limit.ts';
import { News as NewsSchema } from './schemas/answers.ts';

/** What comes within this time is told together: a cycle stores hundreds of records, and nobody reads so fast. */
const GATHER_MS = 1000;
/** Proxies cut what is silent for a minute. */
const HEARTBEAT_MS = 20_000;
/** Events kept for those who were away. All of them together are shorter than what may wait for one client. */
const MOST_REMEMBERED = 128;
const MOST_WAITING_BYTES = 32_768;
const RETRY_SECONDS = 30;

interface Caps {
  readonly clients: number;
  /** Of one address, or one IPv6 network. */
  readonly perAddress: number;
}

const CAPS: Caps = { clients: 1000, perAddress: 30 };

/** Tells all who follow that there is something new; what it is they ask as ever. */
export interface News extends Disposable {
  /** A record is durable. */
  stored(): void;
  /** Incidents or verdicts may be others than before. */
  judged(): void;
  /**
   * A stream of events: a greeting, or what came after `lastId`; then whatever is new. It ends when `gone` does.
   *
   * @throws Problem when too many follow
   */
  follow(address: string, lastId: string | null, gone: AbortSignal): ReadableStream<Uint8Array>;
}

interface NewsParts {
  readonly clock: Pick<Clock, 'nowMs' | 'sleep'>;
  readonly redact: Redact;
  readonly caps?: Caps;
}

type Event = z.output<typeof NewsSchema>;

interface Client {
  readonly address: string;
  readonly stream: ReadableStreamDefaultController<Uint8Array>;
}

const utf8 = new TextEncoder();

export function createNews({ clock, redact, caps = CAPS }: NewsParts): News {
  const publish = createPublisher(redact);
  const over = new AbortController();
  const clients = new Set<Client>();
  /** Another one after each start, so that an id of an earlier run is known as such. */
  const run = clock.nowMs().toString(36);
  const remembered: string[] = [];
  let told = 0;
  let lastAtMs: number | null = null;
  let waiting: { records: number; isJudged: boolean } | null = null;
  let isBeating = false;

  return {
    stored: () => void gather().records++,
    judged() {
      gather().isJudged = true;
    },
    follow(address, lastId, gone) {
      admit(clientOf(address));
      let leave = () => {};
      return new ReadableStream<Uint8Array>(
        {
          start(stream) {
            const client = { address: clientOf(address), stream };
            leave = () => clients.delete(client);
            clients.add(client);
            gone.addEventListener('abort', leave, { once: true });
            send(client, utf8.encode(`retry: 3000\n${greeting(lastId)}`));
            if (!isBeating) void beat();
          },
          cancel: () => leave(),
        },
        { highWaterMark: MOST_WAITING_BYTES, size: (bytes) => bytes!.length },
      );
    },
    [Symbol.dispose]() {
      over.abort();
      for (const { stream } of clients) stream.close();
      clients.clear();
    },
  };

  function admit(address: string): void {
    const again = { headers: { 'retry-after': String(RETRY_SECONDS) } };
    if (over.signal.aborted) throw new Problem(503, 'this program is about to end', again);
    if (clients.size >= caps.clients) throw new Problem(503, 'as many follow as may', again);
    const same = [...clients].filter((client) => client.address === address).length;
    if (same >= caps.perAddress) throw new Problem(429, 'as many follow from this address as may', again);
  }

  function gather() {
    if (waiting === null) {
      waiting = { records: 0, isJudged: false };
      clock.sleep(GATHER_MS, over.signal).then(tell, () => undefined);
    }
    return waiting;
  }

  function tell(): void {
    const { records, isJudged } = waiting!;
    waiting = null;
    const nowMs = clock.nowMs();
    const event = written(++told, { kind: 'news', at: iso(nowMs), last_at: last(), records, is_judged: isJudged });
    lastAtMs = nowMs;
    remembered.push(event);
    if (remembered.length > MOST_REMEMBERED) remembered.shift();
    const bytes = utf8.encode(event);
    for (const client of clients) send(client, bytes);
  }

  function greeting(lastId: string | null): string {
    const now = { at: iso(clock.nowMs()), last_at: last(), records: 0, is_judged: false };
    if (lastId === null) return written(told, { kind: 'hello', ...now });
    const [, ofRun, count] = lastId.match(/^(\w{1,16})-(\d{1,15})$/) ?? [];
    const missed = told - Number(count);
    if (ofRun !== run || !(missed >= 0 && missed <= remembered.length)) return written(told, { kind: 'reset', ...now });
    return `${remembered.slice(remembered.length - missed).join('')}:\n\n`;
  }

  function written(count: number, data: Event): string {
    return `id: ${run}-${count}\ndata: ${JSON.stringify(publish(NewsSchema, data))}\n\n`;
  }

  function last() {
    return lastAtMs === null ? null : iso(lastAtMs);
  }

  async function beat(): Promise<void> {
    isBeating = true;
    const comment = utf8.encode(':\n\n');
    while (clients.size > 0) {
      await clock.sleep(HEARTBEAT_MS, over.signal).catch(() => undefined);
      for (const client of clients) send(client, comment);
    }
    isBeating = false;
  }

  /** Whoever does not read is cut, and asks again when it does: what waits for it is forgotten at once. */
  function send(client: Client, bytes: Uint8Array): void {
    if ((client.stream.desiredSize ?? 0) >= bytes.length) {
      client.stream.enqueue(bytes);
    } else {
      clients.delete(client);
      client.stream.error();
    }
  }
}
