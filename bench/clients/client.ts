/** What one client saw of one reply of the ground-truth server. Its moments are as its user would take them. */
export interface Seen {
  /** `chatcmpl-` and the server's stamp of the whole request. */
  readonly id: string;
  /** The server's stamps of the writes, one a token, a space after each. */
  readonly content: string;
  /** When each token was seen, on the shared clock; null: the client only sees the whole. */
  readonly tokenAtMs: readonly number[] | null;
  /** What this client calls time to first token; null with `tokenAtMs`. */
  readonly ttftMs: number | null;
  /** What it takes for the length of the reply. */
  readonly durationMs: number;
}

/** One way to ask. */
export interface Client extends AsyncDisposable {
  /** @param origin of the ground-truth server; `path` is its chat endpoint there. An abort may end in any way, but it ends. */
  ask(origin: string, path: string, signal?: AbortSignal): Promise<Seen>;
}

export type OpenClient = (trust: { readonly ca: string }) => Client;

/** Plain HTTP clients have nothing to close. */
export const NOTHING_TO_CLOSE = { async [Symbol.asyncDispose]() {} };

/** Looks like a token; the server takes any. */
export const TOKEN = 'hf_AbCdEfGhIjKlMnOpQrStUvWxYz31415926';
export const REQUEST = {
  messages: [{ role: 'user' as const, content: 'Solve this: 123/2*3.2*9' }],
  max_tokens: 4096,
  model: 'truth',
  stream: true as const,
  stream_options: { include_usage: true },
};
