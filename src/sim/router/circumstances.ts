import { type Answer, answerBytes } from '../http/answer.ts';
import type { Draft } from './draft.ts';
import { firstHalf, type Performance, send } from './wire.ts';

/** What a fault may need to know about the request it befalls. */
export interface Circumstances {
  readonly model: string;
  readonly provider: string;
  /** The credentials as received, without the scheme. */
  readonly token: string;
  /** A good reply with the habits of the provider, or of the fault. */
  readonly draft: Draft;
  /** The same reply without streaming. */
  readonly plain: Draft;
}

/** An ordinary answer after half of the time that the first token would have taken. */
export function answering(
  { draft, provider, plain }: Pick<Circumstances, 'draft' | 'plain' | 'provider'>,
  answer: Answer,
): Performance {
  const named = { 'x-request-id': plain.headers['x-request-id'] ?? '', 'x-inference-provider': provider };
  const bytes = answerBytes({ ...answer, headers: { ...named, ...answer.headers } });
  return { steps: [send((draft.pieces[0]?.atMs ?? 0) / 2, bytes)], ending: 'keep' };
}

/** Puts text that is no chunk where half of the output is out (and, for `broken`, lets the rest follow), or instead of everything. */
export function spoilt(draft: Draft, bad: string, how: 'instead' | 'mid-stream' | 'broken'): Draft {
  if (!draft.stream) return { ...draft, pieces: draft.pieces.map((piece) => ({ ...piece, text: bad })) };
  const before = how === 'instead' ? [] : firstHalf(draft);
  const after = how === 'broken' ? draft.pieces.slice(before.length) : [];
  const atMs = before.at(-1)?.atMs ?? draft.pieces[0]?.atMs ?? 0;
  return { ...draft, pieces: [...before, { atMs, part: 'output', text: `data: ${bad}\n\n` }, ...after] };
}
