import type { Random } from '../../src/lib/random.ts';

/** How the ground-truth server replies. It stands in the URL's path, so that any client can ask for it. */
export interface Script {
  /** Chunks with a token. */
  readonly chunks: number;
  /** From the request received to the last of them and the end of the reply. */
  readonly lastsMs: number;
}

/** The path of a chat endpoint that replies so. */
export const chatPath = ({ chunks, lastsMs }: Script) => `/chunks=${chunks},ms=${lastsMs}/v1/chat/completions`;

export function scriptOf(path: string): Script | null {
  const [, chunks, lastsMs] = /\/chunks=(\d+),ms=(\d+)\//.exec(path) ?? [];
  return chunks === undefined || lastsMs === undefined ? null : { chunks: Number(chunks), lastsMs: Number(lastsMs) };
}

/** When each chunk is due, ms after the request: the first within a tenth and a third of the time, then gaps of half to one and a half of the mean. */
export function dueMs({ chunks, lastsMs }: Script, random: Random): readonly number[] {
  const firstMs = lastsMs * (0.1 + random() * 0.23);
  const gaps = Array.from({ length: chunks - 1 }, () => 0.5 + random());
  const unit =
    (lastsMs - firstMs) /
    Math.max(
      gaps.reduce((sum, gap) => sum + gap, 0),
      1,
    );
  let at = firstMs;
  return [firstMs, ...gaps.map((gap) => (at += gap * unit))];
}
