import { headBytes, json, text } from '../http/answer.ts';
import { answering, type Circumstances, spoilt } from './circumstances.ts';
import type { Draft, Piece } from './draft.ts';
import type { Fault } from './fault.ts';
import { firstHalf, type Performance, send, wholeOf } from './wire.ts';

/** Long enough for the two halves of an event to arrive as two reads. */
const READ_GAP_MS = 20;

/** A reply that gives the request's credentials back. */
export function echo(where: Extract<Fault, { kind: 'echo' }>['where'], at: Circumstances): Performance {
  const { draft, token } = at;
  const middle = Math.floor(token.length / 2);
  const halves = [token.slice(0, middle), token.slice(middle)];
  const percent = [...Buffer.from(token)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
  switch (where) {
    case 'answer':
      return wholeOf(saying(draft, 'content', [`your key is ${token} `]));
    case 'answer-split':
      return wholeOf(saying(draft, 'content', halves));
    case 'reasoning-split':
      return wholeOf(saying(draft, 'reasoning', halves));
    case 'reads-split':
      return wholeOf(tornInside(saying(draft, 'content', [token]), halves[0]!));
    case 'url-encoded':
      return wholeOf(
        saying(draft, 'content', [`https://example.invalid/?key=${encodeURIComponent(token)}&raw=${percent} `]),
      );
    case 'header':
      return wholeOf({
        ...draft,
        headers: { ...draft.headers, 'x-request-id': token, server: token, 'x-ratelimit-key': `Bearer ${token}` },
      });
    case 'fields':
      return wholeOf(labelled(draft, token));
    case 'error-body':
      return answering(
        at,
        json({ error: { message: `Invalid header Authorization: Bearer ${token}`, type: 'server_error' } }, 500),
      );
    case 'error-event':
      return wholeOf(
        spoilt(draft, JSON.stringify({ error: { message: `upstream refused ${token}`, raw: percent } }), 'mid-stream'),
      );
    case 'broken-json':
      return wholeOf(spoilt(draft, `{"authorization":"Bearer ${token}`, 'mid-stream'));
    case 'location':
      return answering(at, text('', 'text/plain', 307, { location: `https://example.invalid/?token=${token}` }));
    case 'reason-phrase':
      return { steps: [send(0, headBytes(500, { 'content-length': '0' }, `Bearer ${token}`))], ending: 'keep' };
  }
}

/** The same reply with these words put in: as deltas of their own in the middle of a stream, or into the one message. */
function saying(draft: Draft, field: 'content' | 'reasoning', words: readonly string[]): Draft {
  if (!draft.stream) {
    const [piece] = draft.pieces;
    const completion = JSON.parse(piece!.text);
    const { message } = completion.choices[0];
    message[field] = (message[field] ?? '') + words.join('');
    return { ...draft, pieces: [{ ...piece!, text: JSON.stringify(completion) }] };
  }
  const before = firstHalf(draft);
  const atMs = before.at(-1)?.atMs ?? 0;
  const events = words.map((word): Piece => {
    const chunk = {
      id: 'chatcmpl-echo',
      object: 'chat.completion.chunk',
      choices: [{ index: 0, delta: { [field]: word }, finish_reason: null }],
    };
    return { atMs, part: 'output', text: `data: ${JSON.stringify(chunk)}\n\n` };
  });
  return { ...draft, pieces: [...before, ...events, ...draft.pieces.slice(before.length)] };
}

/** Tears the piece that holds `mark` in two, right behind it. */
function tornInside(draft: Draft, mark: string): Draft {
  const torn = draft.pieces.flatMap((piece) => {
    const end = piece.text.indexOf(mark) + mark.length;
    if (end < mark.length) return [piece];
    const rest: Piece = { ...piece, atMs: piece.atMs + READ_GAP_MS, text: piece.text.slice(end) };
    return [{ ...piece, text: piece.text.slice(0, end) }, rest];
  });
  return { ...draft, framing: 'chunked', pieces: torn };
}

function labelled(draft: Draft, token: string): Draft {
  const fields = /"(id|model|system_fingerprint|finish_reason)":"[^"]*"/g;
  return {
    ...draft,
    headers: { ...draft.headers, 'x-inference-provider': token, 'x-request-id': token },
    pieces: draft.pieces.map((piece) => ({
      ...piece,
      text: piece.text.replace(fields, (_all, name) => `"${name}":${JSON.stringify(token)}`),
    })),
  };
}
