import { STATUS_CODES } from 'node:http';

export type Headers = Readonly<Record<string, string>>;

/** A whole response, ready to be sent. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Uint8Array;
}

const utf8 = new TextEncoder();

export const json = (value: unknown, status = 200, headers: Headers = {}): Answer => ({
  status,
  headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
  body: utf8.encode(JSON.stringify(value)),
});

export const text = (body: string, contentType: string, status = 200, headers: Headers = {}): Answer => ({
  status,
  headers: { 'content-type': contentType, ...headers },
  body: utf8.encode(body),
});

/** Status line and headers with the blank line after them, and the date unless one is given. */
export function headBytes(status: number, headers: Headers, reason = STATUS_CODES[status] ?? 'Unknown'): Buffer {
  const lines = Object.entries({ date: new Date().toUTCString(), ...headers }).map(
    ([name, value]) => `${name}: ${value}\r\n`,
  );
  return Buffer.from(`HTTP/1.1 ${status} ${reason}\r\n${lines.join('')}\r\n`, 'latin1');
}

export function answerBytes({ status, headers, body }: Answer, headOnly = false): Buffer {
  const bodiless = status === 204 || status === 304;
  const head = headBytes(status, bodiless ? headers : { 'content-length': String(body.length), ...headers });
  return headOnly || bodiless ? head : Buffer.concat([head, body]);
}
