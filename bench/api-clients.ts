import { serveParent } from './child.ts';

// Those who ask the API and the pages, in a process of their own: each asks again as soon as it has its answer.

export interface Asking {
  readonly url: string;
  readonly clients: number;
  /** In all. */
  readonly requests: number;
}

export interface Asked {
  /** Of each answer, until its last byte. */
  readonly ms: readonly number[];
  readonly bytes: number;
  /** Of the last one, without compression. */
  readonly plainBytes: number;
  readonly seconds: number;
}

serveParent('ready', async ({ url, clients, requests }: Asking): Promise<Asked> => {
  const ms: number[] = [];
  let left = requests;
  let last = { bytes: 0, plainBytes: 0 };
  const askingBeganMs = performance.now();
  const client = async () => {
    while (left-- > 0) {
      const beganMs = performance.now();
      const response = await fetch(url, { headers: { 'accept-encoding': 'gzip' }, decompress: false });
      const body = await response.arrayBuffer();
      if (response.status !== 200) throw new Error(`${url}: ${response.status}`);
      ms.push(performance.now() - beganMs);
      const isZipped = response.headers.get('content-encoding') === 'gzip';
      if (left <= 0)
        last = { bytes: body.byteLength, plainBytes: isZipped ? Bun.gunzipSync(body).length : body.byteLength };
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  return { ms, ...last, seconds: (performance.now() - askingBeganMs) / 1000 };
});
