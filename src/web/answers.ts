import { createHash } from 'node:crypto';
import type { Publish } from './publish.ts';
import type { Route } from './route.ts';
import type { Site } from './site.ts';

/** An answer as it is sent. */
export interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: Uint8Array<ArrayBuffer>;
  readonly etag: string;
  /** Null: not worth it, or compressed as it is. */
  readonly gzipped: Uint8Array<ArrayBuffer> | null;
}

/** Shorter ones fit into one packet anyway. */
const SHORTEST_TO_ZIP = 1400;
const MOST_BYTES_KEPT = 32_000_000;
/** Of an address and what stands around an answer. */
const OVERHEAD_BYTES = 4096;

/** The one way from what a route says to what a client reads. */
export async function answerOf(route: Route, value: unknown, publish: Publish, site: Site): Promise<Answer> {
  const published = publish(route.answer, value);
  const written = route.rendering ? await route.rendering.text(published as never, site) : JSON.stringify(published);
  const body = typeof written === 'string' ? Buffer.from(written) : Buffer.from(written);
  return {
    status: route.status(published as never),
    type: route.rendering?.type ?? 'application/json',
    body,
    etag: `W/"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`,
    gzipped: body.length < SHORTEST_TO_ZIP || typeof written !== 'string' ? null : Bun.gzipSync(body),
  };
}

interface Kept {
  readonly revision: number;
  readonly madeAtMs: number;
  readonly answer: Promise<Answer>;
  bytes: number;
}

/** What does not rest on knowledge alone is made anew after this long, however many ask. */
const FRESH_MS = 1000;

/** Answers made once for all who ask the same, also while they are being made. The oldest go when there are too many. */
export class AnswerCache {
  readonly #kept = new Map<string, Kept>();
  #bytes = 0;

  /** @param question what is asked; equal ones have equal answers */
  async answer(
    question: string,
    { revision, nowMs, restsOnKnowledge }: { revision: number; nowMs: number; restsOnKnowledge: boolean },
    make: () => Promise<Answer>,
  ): Promise<Answer> {
    const known = this.#kept.get(question);
    const holds = known && (restsOnKnowledge ? known.revision === revision : nowMs - known.madeAtMs < FRESH_MS);
    if (holds) return known.answer;
    this.#forget(question);
    const made: Kept = { revision, madeAtMs: nowMs, answer: make(), bytes: 0 };
    this.#kept.set(question, made);
    try {
      const answer = await made.answer;
      if (this.#kept.get(question) === made) this.#weigh(made, answer);
      return answer;
    } catch (error) {
      if (this.#kept.get(question) === made) this.#forget(question);
      throw error;
    }
  }

  clear(): void {
    this.#kept.clear();
    this.#bytes = 0;
  }

  #weigh(kept: Kept, { body, gzipped }: Answer): void {
    kept.bytes = body.length + (gzipped?.length ?? 0) + OVERHEAD_BYTES;
    this.#bytes += kept.bytes;
    for (const question of this.#kept.keys()) {
      if (this.#bytes <= MOST_BYTES_KEPT) break;
      this.#forget(question);
    }
  }

  #forget(question: string): void {
    this.#bytes -= this.#kept.get(question)?.bytes ?? 0;
    this.#kept.delete(question);
  }
}
