import { createHash } from 'node:crypto';
import type { Publish } from './publish.ts';
import type { Route } from './route.ts';

/** An answer as it is sent. */
export interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: Uint8Array<ArrayBuffer>;
  readonly etag: string;
  /** Null: not worth it. */
  readonly gzipped: Uint8Array<ArrayBuffer> | null;
}

/** Shorter ones fit into one packet anyway. */
const SHORTEST_TO_ZIP = 1400;
const MOST_BYTES_KEPT = 32_000_000;

/** The one way from what a route says to what a client reads. */
export function answerOf(route: Route, value: unknown, publish: Publish): Answer {
  const published = publish(route.answer, value);
  const text = route.rendering ? route.rendering.text(published as never) : JSON.stringify(published);
  const body = Buffer.from(text);
  return {
    status: route.status(published as never),
    type: route.rendering?.type ?? 'application/json',
    body,
    etag: `W/"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`,
    gzipped: body.length < SHORTEST_TO_ZIP ? null : Bun.gzipSync(body),
  };
}

/** Answers that hold until knowledge has a new revision; the oldest go when there are too many. */
export class AnswerCache {
  readonly #answers = new Map<string, Answer>();
  #revision: number | null = null;
  #bytes = 0;

  get(revision: number, url: string): Answer | undefined {
    if (revision !== this.#revision) this.clear();
    this.#revision = revision;
    return this.#answers.get(url);
  }

  /** Of that revision; what was made for an older one is not kept. */
  set(revision: number, url: string, answer: Answer): void {
    if (revision !== this.#revision || this.#answers.has(url)) return;
    this.#answers.set(url, answer);
    this.#bytes += sizeOf(answer);
    for (const [oldest, { body, gzipped }] of this.#answers) {
      if (this.#bytes <= MOST_BYTES_KEPT) break;
      this.#answers.delete(oldest);
      this.#bytes -= body.length + (gzipped?.length ?? 0);
    }
  }

  clear(): void {
    this.#answers.clear();
    this.#bytes = 0;
  }
}

const sizeOf = ({ body, gzipped }: Answer) => body.length + (gzipped?.length ?? 0);
