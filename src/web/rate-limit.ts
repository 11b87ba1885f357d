import type { Clock } from '../ports.ts';

/** How often one client may ask. */
export interface Rate {
  /** At once, after a pause. */
  readonly burst: number;
  readonly perSecond: number;
}

/** Clients remembered at once; whoever asked longest ago is forgotten first. */
const MOST_CLIENTS = 10_000;

interface Bucket {
  tokens: number;
  filledAtMs: number;
}

/** A bucket of tokens for each client: a request takes one, time brings them back. */
export class RateLimit {
  readonly #rate: Rate;
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  readonly #buckets = new Map<string, Bucket>();

  constructor(rate: Rate, clock: Pick<Clock, 'monotonicMs'>) {
    this.#rate = rate;
    this.#clock = clock;
  }

  /** @returns 0: the request may pass; otherwise the whole seconds after which the next one may */
  take(address: string): number {
    const { burst, perSecond } = this.#rate;
    const nowMs = this.#clock.monotonicMs();
    const client = clientOf(address);
    const bucket = this.#buckets.get(client) ?? { tokens: burst, filledAtMs: nowMs };
    bucket.tokens = Math.min(burst, bucket.tokens + ((nowMs - bucket.filledAtMs) / 1000) * perSecond);
    bucket.filledAtMs = nowMs;
    const passes = bucket.tokens >= 1;
    if (passes) bucket.tokens--;
    this.#remember(client, bucket);
    return passes ? 0 : Math.ceil((1 - bucket.tokens) / perSecond);
  }

  #remember(client: string, bucket: Bucket): void {
    this.#buckets.delete(client);
    this.#buckets.set(client, bucket);
    if (this.#buckets.size > MOST_CLIENTS) this.#buckets.delete(this.#buckets.keys().next().value!);
  }
}

/** Whoever has one IPv6 address has the 2^64 of its network. */
export function clientOf(address: string): string {
  if (!address.includes(':') || address.startsWith('::ffff:')) return address;
  const [head = '', tail] = address.split('::');
  const groups = head.split(':');
  if (tail !== undefined) {
    const given = groups.length + tail.split(':').length;
    groups.push(...Array.from({ length: Math.max(0, 8 - given) }, () => '0'), ...tail.split(':'));
  }
  return groups.slice(0, 4).join(':');
}
