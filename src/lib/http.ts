import { isSafeToCall } from './loopback.ts';
import { visible } from './visible.ts';

/** The part of `fetch` we use. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

export type JsonAnswer =
  | { readonly ok: true; readonly value: unknown; readonly headers: Headers }
  /** `status` is null where no status line arrived; `message` is in our words, with nothing of the body. */
  | { readonly ok: false; readonly message: string; readonly status: number | null };

export interface GetJsonOptions {
  readonly fetch: Fetch;
  /** From the call to the last byte. */
  readonly timeoutMs?: number;
  /** Of the body, decompressed. */
  readonly maxBytes?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * Reads a JSON document of the control plane: bounded in time and size, https only (http to this machine), no redirect followed.
 * A failure is a value.
 *
 * @throws `signal.reason` once `signal` is aborted, and nothing else
 */
export async function getJson(url: string, options: GetJsonOptions, signal: AbortSignal): Promise<JsonAnswer> {
  const { fetch, timeoutMs = 15_000, maxBytes = 16 * 1024 * 1024, headers = {} } = options;
  signal.throwIfAborted();
  const target = URL.parse(url);
  if (target === null || !isSafeToCall(target)) return failed('not an https URL (http only to this machine)', null);

  const timeout = AbortSignal.timeout(timeoutMs);
  let status: number | null = null;
  try {
    const response = await fetch(target.href, {
      headers: { accept: 'application/json', ...headers },
      redirect: 'manual',
      signal: AbortSignal.any([signal, timeout]),
    });
    status = response.status;
    if (!response.ok) {
      response.body?.cancel().catch(() => {}); // frees the connection; the status says enough
      return failed(status >= 300 && status < 400 ? `HTTP ${status}: redirect refused` : `HTTP ${status}`, status);
    }
    const text = await readText(response, maxBytes);
    if (text === null) return failed(`more than ${maxBytes} bytes`, status);
    return parsed(text, response);
  } catch (error) {
    signal.throwIfAborted();
    if (timeout.aborted) return failed(`no answer within ${timeoutMs} ms`, status);
    return failed(`network error ${codeOf(error)}`, status);
  }
}

/** Null when the body is longer than allowed; the rest is then not read. */
async function readText(response: Response, maxBytes: number): Promise<string | null> {
  const decoder = new TextDecoder();
  let bytesRead = 0;
  let text = '';
  for await (const bytes of response.body ?? []) {
    bytesRead += bytes.length;
    if (bytesRead > maxBytes) return null;
    text += decoder.decode(bytes, { stream: true });
  }
  return text + decoder.decode();
}

function parsed(text: string, { status, headers }: Response): JsonAnswer {
  try {
    return { ok: true, value: JSON.parse(text), headers };
  } catch {
    return failed('the answer is no JSON', status);
  }
}

function failed(message: string, status: number | null): JsonAnswer {
  return { ok: false, message, status };
}

/** `ECONNREFUSED` and the like. */
function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  return visible(String('code' in error ? error.code : error.message)).slice(0, 200);
}
