import type { Question, Reply, ReplyReader } from '../../src/probe/types.ts';
import { aReply, TOKEN } from './builders.ts';

/** Long enough never to fire in a test that works. */
const NEVER_MS = 20_000;

export function aQuestion(
  url: string,
  overrides: Partial<Omit<Question, 'limits'>> & { limits?: Partial<Question['limits']> } = {},
) {
  const { limits, ...others } = overrides;
  return {
    url,
    headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
    body: '{"model":"m"}',
    mode: 'stream',
    ...others,
    limits: { connectMs: NEVER_MS, firstTokenMs: NEVER_MS, stallMs: NEVER_MS, totalMs: NEVER_MS, ...limits },
  } satisfies Question as Question;
}

export interface WatchedReads {
  readonly createReader: () => ReplyReader;
  readonly reads: readonly { readonly atMs: number; readonly text: string }[];
  /** Resolves once all that was read so far ends with `text`. */
  seen(text: string): Promise<void>;
}

/** A reader that keeps what it is given and lets a test wait for it. Any read with the word `token` in it is output. */
export function watchReads(): WatchedReads {
  const reads: { atMs: number; text: string }[] = [];
  const waiting: (() => void)[] = [];
  const whole = () => reads.map(({ text }) => text).join('');
  return {
    reads,
    createReader: () => ({
      read(atMs, bytes) {
        const text = Buffer.from(bytes).toString('latin1');
        reads.push({ atMs, text });
        for (const check of waiting.splice(0)) check();
        return text.includes('token');
      },
      end: (): Reply => aReply({ text: whole(), reads: reads.length }),
    }),
    async seen(text) {
      while (!whole().endsWith(text)) await new Promise<void>((read) => waiting.push(read));
    },
  };
}
