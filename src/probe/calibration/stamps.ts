import { z } from 'zod';

/** When the server did what, in ms on its own monotonic clock. */
export interface Stamps {
  /** The request had arrived whole. */
  readonly requestAtMs: number;
  /** One for each write, taken just before it; the last is the end of the body. */
  readonly writtenAtMs: readonly number[];
}

const Line = z.object({ requestAtMs: z.number(), writtenAtMs: z.array(z.number()) });

/** What a reply tells of itself in its last comment. @returns null for one that does not */
export function stampsIn(text: string): Stamps | null {
  const json = /^: stamps (.*)$/m.exec(text)?.[1];
  if (json === undefined) return null;
  try {
    return Line.parse(JSON.parse(json));
  } catch {
    return null;
  }
}
