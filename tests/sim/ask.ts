import { connect } from 'node:net';
import type { World } from '../../src/sim/world.ts';

const QUESTION = 'Solve this: 123/2*3.2*9';

export type Target = World['targets'][number];

export interface Asking {
  readonly stream?: boolean;
  readonly maxTokens?: number;
  readonly token?: string;
}

/** The standard request about a target. */
export function bodyFor(model: string, { stream = true, maxTokens = 4_096 }: Asking = {}): string {
  const messages = [{ role: 'user', content: QUESTION }];
  return JSON.stringify({
    model,
    messages,
    max_tokens: maxTokens,
    stream,
    ...(stream && { stream_options: { include_usage: true } }),
  });
}

const urlFor = (world: World, { provider, providerModelId }: Target): string =>
  (world.mapping[provider] ?? world.mapping['*']!).replace('{providerId}', providerModelId);

export function ask(world: World, target: Target, asking: Asking = {}): Promise<Response> {
  const model = target.provider in world.mapping ? target.providerModelId : `${target.modelId}:${target.provider}`;
  return fetch(urlFor(world, target), {
    method: 'POST',
    headers: { authorization: `Bearer ${asking.token ?? world.token}`, 'content-type': 'application/json' },
    body: bodyFor(model, asking),
    redirect: 'manual',
  });
}

/** The body as JSON; tests look at it as they like. */
export const jsonOf = async (response: Response) => JSON.parse(await response.text());

/** The JSON of every event but `[DONE]`. */
export function chunksOf(text: string) {
  const lines = text.split(/\r?\n/).filter((line) => line.startsWith('data:') && !line.includes('[DONE]'));
  return lines.map((line) => JSON.parse(line.slice('data:'.length)));
}

export const contentOf = (text: string): string =>
  chunksOf(text)
    .map((chunk) => chunk.choices[0]?.delta.content ?? '')
    .join('');

/** What came over a bare connection, and how it ended. */
export interface RawReply {
  readonly text: string;
  readonly end: 'fin' | 'reset' | 'left';
}

/** Sends bytes and reads until the other side ends, or until `enough` says that we leave. */
export function rawAsk(url: string, bytes: string, enough: (text: string) => boolean = () => false): Promise<RawReply> {
  const { promise, resolve } = Promise.withResolvers<RawReply>();
  const parts: Buffer[] = [];
  const text = () => Buffer.concat(parts).toString('utf8');
  const socket = connect({ host: '127.0.0.1', port: Number(new URL(url).port) }, () => socket.write(bytes));
  socket.on('data', (part: Buffer) => {
    parts.push(part);
    if (!enough(text())) return;
    resolve({ text: text(), end: 'left' });
    socket.destroy();
  });
  socket.on('end', () => resolve({ text: text(), end: 'fin' }));
  socket.on('error', () => resolve({ text: text(), end: 'reset' }));
  return promise;
}

/** The standard request as bytes. */
export function rawRequest(world: World, target: Target, asking: Asking = {}): string {
  const body = bodyFor(target.providerModelId, asking);
  const { pathname } = new URL(urlFor(world, target));
  const head = [
    'content-type: application/json',
    `authorization: Bearer ${world.token}`,
    `content-length: ${Buffer.byteLength(body)}`,
  ];
  return `POST ${pathname} HTTP/1.1\r\nhost: router\r\n${head.join('\r\n')}\r\n\r\n${body}`;
}
