import { serveParent } from './child.ts';

// Those who ask the API, in a process of their own: each asks again as soon as it has its answer.

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
}

serveParent('ready', async ({ url, clients, requests }: Asking): Promise<Asked> => {
  const ms: number[] = [];
  let left = requests;
  let bytes = 0;
  const client = async () => {
    while (left-- > 0) {
      const beganMs = performance.now();
      const response = await fetch(url, { headers: { 'accept-encoding': 'gzip' }, decompress: false });
      const body = await response.arrayBuffer();
      if (response.status !== 200) throw new Error(`${url}: ${response.status}`);
      ms.push(performance.now() - beganMs);
      bytes = body.byteLength;
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  return { ms, bytes };
});
