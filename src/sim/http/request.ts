import type { Inbox } from './inbox.ts';

const LINE_LIMIT_BYTES = 16 * 1024;
const HEADER_LIMIT = 100;
const HEADER_LINE = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([^\0\r\n]*?)[ \t]*$/;

export interface HttpRequest {
  readonly method: string;
  /** Decoded; begins with a slash. May still hold `..` segments that were escaped. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Lower-case names; repeated ones joined by ", ". */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Buffer;
  /** The other side wants to ask again over this connection. */
  readonly keepAlive: boolean;
}

/** The request is refused with this status and the connection is closed. */
export class RefusedRequest extends Error {
  override readonly name = 'RefusedRequest';
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/**
 * Reads one HTTP/1.1 request. Strict: what could be read in two ways is refused.
 *
 * @param invite called where the other side waits for `100 Continue` before it sends its body
 * @returns null when the other side left before a whole request was there
 * @throws RefusedRequest
 */
export async function readRequest(
  inbox: Inbox,
  bodyLimitBytes: number,
  invite: () => void,
): Promise<HttpRequest | null> {
  const line = await lineOf(inbox);
  if (line === null) return null;
  const [, method, target, minor] =
    /^([A-Z]{1,16}) (\S+) HTTP\/1\.([01])$/.exec(line) ?? refuse(400, 'no request line');
  const { path, query } = locate(target!);
  const headers = await readHeaders(inbox);
  if (headers === null) return null;
  if (headers.get('expect')?.toLowerCase() === '100-continue') invite();
  const body = await readBody(inbox, headers, bodyLimitBytes);
  if (body === null) return null;
  const connection = headers.get('connection')?.toLowerCase() ?? '';
  const keepAlive = minor === '1' && !connection.split(/\s*,\s*/).includes('close');
  return { method: method!, path, query, headers, body, keepAlive };
}

function refuse(status: number, message: string): never {
  throw new RefusedRequest(status, message);
}

async function lineOf(inbox: Inbox): Promise<string | null> {
  try {
    return await inbox.line(LINE_LIMIT_BYTES);
  } catch (error) {
    if (error instanceof RangeError) refuse(431, error.message);
    throw error;
  }
}

function locate(target: string): { path: string; query: URLSearchParams } {
  try {
    const url = new URL(target.startsWith('/') ? `http://simulated${target}` : target);
    return { path: decodeURIComponent(url.pathname), query: url.searchParams };
  } catch {
    return refuse(400, 'no valid target');
  }
}

async function readHeaders(inbox: Inbox): Promise<Map<string, string> | null> {
  const headers = new Map<string, string>();
  for (let count = 0; ; count++) {
    const line = await lineOf(inbox);
    if (line === null) return null;
    if (line === '') return headers;
    if (count >= HEADER_LIMIT) refuse(431, `over ${HEADER_LIMIT} headers`);
    const [, name, value] = HEADER_LINE.exec(line) ?? refuse(400, 'a header line that is none');
    const key = name!.toLowerCase();
    const before = headers.get(key);
    if (before !== undefined && (key === 'content-length' || key === 'host')) refuse(400, `${key} given twice`);
    headers.set(key, before === undefined ? value! : `${before}, ${value}`);
  }
}

async function readBody(
  inbox: Inbox,
  headers: ReadonlyMap<string, string>,
  limitBytes: number,
): Promise<Buffer | null> {
  const length = headers.get('content-length');
  const coding = headers.get('transfer-encoding')?.toLowerCase();
  if (coding !== undefined) {
    if (coding !== 'chunked' || length !== undefined) refuse(400, 'framing that can be read in two ways');
    return readChunks(inbox, limitBytes);
  }
  if (length === undefined) return Buffer.alloc(0);
  if (!/^\d{1,12}$/.test(length)) refuse(400, 'content-length is no length');
  if (Number(length) > limitBytes) refuse(413, `a body of over ${limitBytes} bytes`);
  return inbox.take(Number(length));
}

async function readChunks(inbox: Inbox, limitBytes: number): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  for (let total = 0; ; ) {
    const line = await lineOf(inbox);
    if (line === null) return null;
    const [, size] = /^([0-9a-f]{1,8})(?:;.*)?$/i.exec(line) ?? refuse(400, 'a chunk without a size');
    const bytes = Number.parseInt(size!, 16);
    if (bytes === 0) return (await readHeaders(inbox)) && Buffer.concat(chunks); // trailers are read and forgotten
    total += bytes;
    if (total > limitBytes) refuse(413, `a body of over ${limitBytes} bytes`);
    const chunk = await inbox.take(bytes + 2);
    if (chunk === null) return null;
    if (chunk.toString('latin1', bytes) !== '\r\n') refuse(400, 'a chunk longer than it said');
    chunks.push(chunk.subarray(0, bytes));
  }
}
