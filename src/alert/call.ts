import type { Fetch } from '../lib/http.ts';
import type { Redact } from '../lib/redact.ts';
import { retryAfterMs } from '../lib/retry-after.ts';
import { visible } from '../lib/visible.ts';

export type Receipt =
  | { readonly ok: true; readonly status: number }
  | {
      readonly ok: false;
      /** Null where no status line arrived. */
      readonly status: number | null;
      /** One line, redacted. */
      readonly message: string;
      /** How long we are asked to wait; null when nothing is said. */
      readonly retryAfterMs: number | null;
    };

export interface Request {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface CallOptions {
  readonly fetch: Fetch;
  /** Wall clock, Unix ms. */
  readonly nowMs: () => number;
  /** Knows the secrets of the channels too. */
  readonly redact: Redact;
  /** From the call to the status line. */
  readonly timeoutMs?: number;
}

const TIMEOUT_MS = 15_000;
/** Of an answer that refuses; one that accepts is not read. */
const MOST_BYTES = 2048;
const LONGEST_QUOTE = 120;

/**
 * One request to somebody who takes our news, bounded in time and in what is read. No redirect is followed, and no connection used twice, so
 * that an answer too many is nobody's. A failure is a value.
 *
 * @throws `signal.reason` once `signal` is aborted, and nothing else
 */
export async function call(
  { method, url, headers, body }: Request,
  { fetch, nowMs, redact, timeoutMs = TIMEOUT_MS }: CallOptions,
  signal: AbortSignal,
): Promise<Receipt> {
  signal.throwIfAborted();
  const timeout = AbortSignal.timeout(timeoutMs);
  try {
    const response = await fetch(url, {
      method,
      headers: { 'accept-encoding': 'identity', ...headers },
      ...(body !== undefined && { body }),
      redirect: 'manual',
      keepalive: false,
      signal: AbortSignal.any([signal, timeout]),
    });
    const { status, ok } = response;
    if (ok) {
      response.body?.cancel().catch(() => {}); // taken is taken, whatever else is said
      return { ok, status };
    }
    const said = status >= 300 && status < 400 ? ': redirect refused' : await saidBy(response, redact);
    const waitMs = retryAfterMs(response.headers.get('retry-after'), nowMs());
    return { ok: false, status, message: `HTTP ${status}${said}`, retryAfterMs: waitMs };
  } catch (error) {
    signal.throwIfAborted();
    const message = timeout.aborted ? `no answer within ${timeoutMs} ms` : `network error ${codeOf(error)}`;
    return { ok: false, status: null, message: redact(message), retryAfterMs: null };
  }
}

/** What a refusal says of itself, as far as it comes at once; how it ends is of no interest. */
async function saidBy(response: Response, redact: Redact): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  try {
    for await (const bytes of response.body ?? []) {
      text += decoder.decode(bytes.subarray(0, MOST_BYTES - text.length), { stream: true });
      if (text.length >= MOST_BYTES) break;
    }
  } catch {
    // cut off or too slow: the status says enough
  }
  const said = visible(redact(text.trim())).slice(0, LONGEST_QUOTE).toWellFormed();
  return said === '' || said.startsWith('<') ? '' : `: ${said}`;
}

/** `ECONNREFUSED` and the like; never the message, which may hold the URL. */
function codeOf(error: unknown): string {
  const { code, name } = Object(error) as { code?: unknown; name?: unknown };
  return visible(String(code ?? name ?? 'unknown')).slice(0, 60);
}
