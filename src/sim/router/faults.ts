import { type Answer, type Headers, json, text } from '../http/answer.ts';
import { badHttp, cut, encoded, endless, raw, shredded, stalled, truncated } from './breakage.ts';
import { answering, type Circumstances, spoilt } from './circumstances.ts';
import type { Piece } from './draft.ts';
import { echo } from './echo.ts';
import type { Fault } from './fault.ts';
import { modelNotSupported } from './question.ts';
import { type Performance, wholeOf } from './wire.ts';

const PAGE =
  '<!DOCTYPE html><html><head><title>503 Service Unavailable</title></head><body><h1>It is not you, it is us</h1></body></html>';
/** The reply that a fault makes of a good one. */
export function applyFault(fault: Fault, at: Circumstances): Performance {
  const { draft } = at;
  switch (fault.kind) {
    case 'reply':
      return wholeOf(draft);
    case 'status':
      return answering(at, statusAnswer(fault.status, fault.headers, fault.body));
    case 'model-not-supported':
      return answering(
        at,
        fault.form === 'object' ? modelNotSupported.object(at.model) : modelNotSupported.string(at.provider),
      );
    case 'html':
      return answering(at, text(PAGE, 'text/html; charset=utf-8', fault.status));
    case 'redirect':
      return answering(at, text('', 'text/plain', fault.status, { location: fault.location }));
    case 'json-for-stream':
      return wholeOf(at.plain);
    case 'broken-json':
      return wholeOf(spoilt(draft, '{"id": "chatcmpl-', 'broken'));
    case 'error':
      return wholeOf(spoilt(draft, errorText(fault.form), fault.at));
    case 'truncated':
      return truncated(draft, fault.how);
    case 'cut':
      return cut(draft, fault.at, fault.by);
    case 'stall':
      return stalled(draft, fault.at, fault.forMs ?? Number.POSITIVE_INFINITY);
    case 'empty':
      return empty(at, fault.as);
    case 'endless':
      return endless(draft, fault.of, fault.everyMs ?? 0);
    case 'encoded':
      return encoded(draft, fault.encoding, fault.how);
    case 'bad-http':
      return badHttp(draft, fault.how);
    case 'echo':
      return echo(fault.where, at);
    case 'shredded':
      return shredded(draft);
    case 'raw':
      return raw(fault.bytes, fault.end);
    default:
      return fault satisfies never;
  }
}

const STATUS_TEXTS: Readonly<Record<number, unknown>> = {
  401: { error: 'Invalid credentials in Authorization header' },
  402: {
    error: 'You have exceeded your monthly included credits for Inference Providers. Subscribe to PRO to get more.',
  },
  403: {
    error:
      'This authentication method does not have sufficient permissions to call Inference Providers on behalf of this user',
  },
  404: { error: 'Not Found' },
  429: { error: { message: 'Rate limit reached, please slow down', type: 'rate_limit_error' } },
  503: { error: { message: 'The model is overloaded, please try again later', type: 'server_error' } },
};

function statusAnswer(status: number, headers: Headers = {}, body?: string): Answer {
  if (body !== undefined) return text(body, 'text/plain; charset=utf-8', status, headers);
  return json(STATUS_TEXTS[status] ?? { error: `simulated status ${status}` }, status, headers);
}

const errorText = (form: 'object' | 'string') =>
  JSON.stringify({
    error: form === 'string' ? 'upstream failed' : { message: 'upstream failed', type: 'server_error', code: 500 },
  });

function empty(at: Circumstances, as: Extract<Fault, { kind: 'empty' }>['as']): Performance {
  const { draft } = at;
  const without = (...parts: readonly Piece['part'][]) => draft.pieces.filter(({ part }) => !parts.includes(part));
  switch (as) {
    case '204':
      return answering(at, { status: 204, headers: {}, body: new Uint8Array() });
    case 'no-body':
      return wholeOf({ ...draft, pieces: [] });
    case 'only-done':
      return wholeOf({ ...draft, pieces: draft.pieces.filter(({ part }) => part === 'done') });
    case 'no-output':
      return wholeOf({ ...draft, pieces: draft.stream ? without('output') : draft.pieces.map(hushed) });
    case 'only-reasoning':
      return wholeOf({
        ...draft,
        pieces: draft.pieces.map((piece) => (piece.part === 'output' ? muted(piece) : piece)),
      });
  }
}

/** The same JSON body with nothing said. */
const hushed = (piece: Piece): Piece => ({
  ...piece,
  text: piece.text.replace(/"content":"(?:[^"\\]|\\.)*"/, '"content":""'),
});

/** What was answer becomes reasoning. */
const muted = (piece: Piece): Piece => ({
  ...piece,
  text: piece.text.replace(/"content":"/, '"content":"","reasoning":"'),
});
