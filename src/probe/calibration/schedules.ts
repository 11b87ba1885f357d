import type { Stamps } from './stamps.ts';

/** What a write may hold. All but the headers are events of one stream. */
export type Part = 'headers' | 'comment' | 'role' | 'reasoning' | 'token' | 'tokens' | 'finish' | 'usage' | 'done';

/** Parts that leave the server together, `afterMs` after the write before them. */
export interface Write {
  readonly afterMs: number;
  readonly parts: readonly Part[];
}

/** A reply of which is known what is sent when. */
export interface Schedule {
  /** Also its path on the server. */
  readonly name: string;
  readonly lineEnd: '\n' | '\r\n';
  /** After them comes the end of the body, a write of its own. */
  readonly writes: readonly Write[];
}

const write = (afterMs: number, ...parts: readonly Part[]): Write => ({ afterMs, parts });
const each = (afterMs: number, ...parts: readonly Part[]) => parts.map((part) => write(afterMs, part));

const TOKENS = each(3, 'token', 'token', 'token', 'token', 'token');
const CLOSING = each(1, 'finish', 'usage', 'done');

/** The habits of providers that decide which moment is which. Each reply takes some 30 ms. */
export const SCHEDULES: readonly Schedule[] = [
  { name: 'early-headers', lineEnd: '\n', writes: [write(0, 'headers'), write(12, 'role'), ...TOKENS, ...CLOSING] },
  {
    name: 'role-only',
    lineEnd: '\n',
    writes: [write(4, 'headers', 'role'), write(12, 'token'), ...TOKENS, ...CLOSING],
  },
  {
    name: 'reasoning',
    lineEnd: '\n',
    writes: [write(4, 'headers', 'role'), ...each(3, 'reasoning', 'reasoning', 'reasoning'), ...TOKENS, ...CLOSING],
  },
  {
    name: 'several-tokens',
    lineEnd: '\n',
    writes: [write(4, 'headers', 'role'), ...each(4, 'tokens', 'tokens', 'tokens', 'tokens'), ...CLOSING],
  },
  { name: 'crlf', lineEnd: '\r\n', writes: [write(4, 'headers'), write(4, 'role'), ...TOKENS, ...CLOSING] },
  {
    name: 'comments',
    lineEnd: '\n',
    writes: [write(0, 'headers', 'comment'), ...each(3, 'comment', 'role', 'token', 'comment'), ...TOKENS, ...CLOSING],
  },
  {
    name: 'coalesced',
    lineEnd: '\n',
    writes: [
      write(8, 'headers', 'role', 'token'),
      write(8, 'token', 'token', 'token'),
      write(8, 'comment', 'token'),
      write(8, 'token', 'finish', 'usage', 'done'),
    ],
  },
];

const HEAD =
  'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n';

const EVENTS: Readonly<Record<Exclude<Part, 'headers'>, string>> = {
  comment: ': PROCESSING',
  role: 'data: {"choices":[{"index":0,"delta":{"role":"assistant","content":""}}]}',
  reasoning: 'data: {"choices":[{"index":0,"delta":{"reasoning_content":"Half of 123"}}]}',
  token: 'data: {"choices":[{"index":0,"delta":{"content":" 1771.2"}}]}',
  tokens: 'data: {"choices":[{"index":0,"delta":{"content":" It is 1771.2 and nothing else."}}]}',
  finish: 'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}',
  usage: 'data: {"choices":[],"usage":{"prompt_tokens":20,"completion_tokens":30,"total_tokens":50}}',
  done: 'data: [DONE]',
};

/** What a write adds to the body. */
export function eventsOf({ parts }: Write, { lineEnd }: Schedule): string {
  return parts.flatMap((part) => (part === 'headers' ? [] : [`${EVENTS[part]}${lineEnd}${lineEnd}`])).join('');
}

/** A write as it goes over the wire: its events are one HTTP chunk. */
export function bytesOf(write: Write, schedule: Schedule): Buffer {
  const events = eventsOf(write, schedule);
  return Buffer.from(`${write.parts.includes('headers') ? HEAD : ''}${events === '' ? '' : httpChunk(events)}`);
}

/** The end of the body; a last comment in it tells the stamps. */
export const endTelling = (stamps: Stamps): Buffer =>
  Buffer.from(`${httpChunk(`: stamps ${JSON.stringify(stamps)}\n`)}0\r\n\r\n`);

const httpChunk = (text: string) => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;

const OUTPUT: readonly Part[] = ['reasoning', 'token', 'tokens'];
const ANSWER: readonly Part[] = ['token', 'tokens'];

/** By which of the writes, counted from 0, each moment of a reply comes about; `chunkAt` has one write for each chunk with output. */
export function writesBehind({ writes }: Schedule) {
  const isIn = (wanted: readonly Part[]) => (write: Write) => write.parts.some((part) => wanted.includes(part));
  const first = (...wanted: readonly Part[]) => writes.findIndex(isIn(wanted));
  return {
    headers: first('headers'),
    firstEvent: writes.findIndex(({ parts }) => parts.some((part) => part !== 'headers')),
    firstToken: first(...OUTPUT),
    firstAnswer: first(...ANSWER),
    lastToken: writes.findLastIndex(isIn(OUTPUT)),
    usage: first('usage'),
    done: first('done'),
    closed: writes.length,
    chunkAt: writes.flatMap(({ parts }, index) => parts.filter((part) => OUTPUT.includes(part)).map(() => index)),
  };
}
