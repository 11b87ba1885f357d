import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { gunzipSync } from 'node:zlib';
import type { Fault } from '../../src/sim/router/fault.ts';
import { startWorld, type World } from '../../src/sim/world.ts';
import {
  type Asking,
  ask,
  chunksOf,
  contentOf,
  jsonOf,
  type RawReply,
  rawAsk,
  rawRequest,
  type Target,
} from './ask.ts';

let world: World;
let target: Target;
beforeAll(async () => {
  world = await startWorld({ seed: 4, pace: 0.005 });
  target = world.targets.find((one) => one.provider === 'aster')!;
});
afterAll(() => world[Symbol.asyncDispose]());

/** What the wire shows of one faulty reply. */
function wireOf(fault: Fault, enough?: (text: string) => boolean, asking?: Asking): Promise<RawReply> {
  world.script(target, fault);
  return rawAsk(world.routerUrl, rawRequest(world, target, asking), enough);
}

function responseTo(fault: Fault, asking?: Asking): Promise<Response> {
  world.script(target, fault);
  return ask(world, target, asking);
}

const textOf = async (fault: Fault, asking?: Asking) => (await responseTo(fault, asking)).text();

describe('an answer instead of a reply', () => {
  test('any status, with the body that the router gives for it', async () => {
    const response = await responseTo({ kind: 'status', status: 402 });
    expect(response.status).toBe(402);
    expect((await jsonOf(response)).error).toContain('monthly included credits');
  });

  test('any status, with headers and a body of its own', async () => {
    const response = await responseTo({ kind: 'status', status: 503, headers: { 'retry-after': '7' }, body: 'busy' });
    expect([response.status, response.headers.get('retry-after'), await response.text()]).toEqual([503, '7', 'busy']);
  });

  test('a web page with status 200', async () => {
    const response = await responseTo({ kind: 'html', status: 200 });
    expect(response.headers.get('content-type')).toStartWith('text/html');
    expect(await response.text()).toStartWith('<!DOCTYPE html>');
  });

  test('a redirect to another origin', async () => {
    const response = await responseTo({ kind: 'redirect', status: 307, location: 'https://example.invalid/' });
    expect([response.status, response.headers.get('location')]).toEqual([307, 'https://example.invalid/']);
  });

  test('both forms of an unknown model', async () => {
    const object = await responseTo({ kind: 'model-not-supported', form: 'object' });
    const string = await responseTo({ kind: 'model-not-supported', form: 'string' });
    expect((await jsonOf(object)).error.code).toBe('model_not_supported');
    expect((await jsonOf(string)).error).toBe('Model not supported by provider aster');
  });

  test('a whole completion though a stream was asked for', async () => {
    const response = await responseTo({ kind: 'json-for-stream' });
    expect(response.headers.get('content-type')).toStartWith('application/json');
    expect(await jsonOf(response)).toMatchObject({ object: 'chat.completion' });
  });
});

describe('events that are wrong', () => {
  test('one that is no JSON, in the middle', async () => {
    const text = await textOf({ kind: 'broken-json' });
    expect(() => chunksOf(text)).toThrow();
    expect(text).toEndWith('data: [DONE]\n\n');
  });

  test('an error object in the middle, and nothing after it', async () => {
    const chunks = chunksOf(await textOf({ kind: 'error', form: 'object', at: 'mid-stream' }));
    expect(chunks.length).toBeGreaterThan(2);
    expect(chunks.at(-1).error.message).toBe('upstream failed');
  });

  test('an error string instead of anything', async () => {
    expect(chunksOf(await textOf({ kind: 'error', form: 'string', at: 'instead' }))).toEqual([
      { error: 'upstream failed' },
    ]);
  });

  test('the same in a plain reply', async () => {
    const text = await textOf({ kind: 'error', form: 'string', at: 'mid-stream' }, { stream: false });
    expect(JSON.parse(text)).toEqual({ error: 'upstream failed' });
  });
});

describe('a reply that is cut', () => {
  test('ends as HTTP allows, with neither a finish reason nor [DONE]', async () => {
    const text = await textOf({ kind: 'truncated', how: 'clean-end' });
    expect(contentOf(text)).not.toBeEmpty();
    expect(text).not.toContain('[DONE]');
    expect(text).not.toContain('"stop"');
  });

  test('ends without its last chunk', async () => {
    const { text, end } = await wireOf({ kind: 'truncated', how: 'no-last-chunk' });
    expect(text).toContain('transfer-encoding: chunked');
    expect(text).not.toEndWith('0\r\n\r\n');
    expect(end).toBe('fin');
  });

  test('ends where only the close tells its length', async () => {
    const { text, end } = await wireOf({ kind: 'truncated', how: 'close-delimited' });
    expect(text).not.toMatch(/transfer-encoding|content-length/);
    expect(end).toBe('fin');
  });

  test('ends before its content-length', async () => {
    const { text } = await wireOf({ kind: 'truncated', how: 'length-too-long' });
    const [head, body] = text.split('\r\n\r\n', 2);
    const promised = Number(/content-length: (\d+)/.exec(head!)![1]);
    expect(Buffer.byteLength(body!)).toBeLessThan(promised);
  });

  test('is reset before its headers', async () => {
    expect(await wireOf({ kind: 'cut', by: 'reset', at: 'before-headers' })).toEqual({ text: '', end: 'reset' });
  });

  test('is closed before its headers', async () => {
    expect(await wireOf({ kind: 'cut', by: 'fin', at: 'before-headers' })).toEqual({ text: '', end: 'fin' });
  });

  test('is reset after its headers', async () => {
    const { text, end } = await wireOf({ kind: 'cut', by: 'reset', at: 'after-headers' });
    expect([text.endsWith('\r\n\r\n'), end]).toEqual([true, 'reset']);
  });

  test('is reset inside a chunk', async () => {
    const { text, end } = await wireOf({ kind: 'cut', by: 'reset', at: 'mid-chunk' });
    expect([text.endsWith('ff\r\ndata: {"id":'), end]).toEqual([true, 'reset']);
  });

  test('is reset after [DONE], without its last chunk', async () => {
    const { text, end } = await wireOf({ kind: 'cut', by: 'reset', at: 'after-done' });
    expect([text.endsWith('data: [DONE]\n\n\r\n'), end]).toEqual([true, 'reset']);
  });
});

describe('a reply that does not go on', () => {
  test('stalls in the middle until the other side leaves', async () => {
    const { text, end } = await wireOf({ kind: 'stall', at: 'mid-stream' }, (seen) => seen.includes('delta'));
    expect(text).not.toContain('[DONE]');
    expect(end).toBe('left');
  });

  test('stalls before its headers for a while, then closes', async () => {
    expect(await wireOf({ kind: 'stall', at: 'before-headers', forMs: 400 })).toEqual({ text: '', end: 'fin' });
  });

  test('never ends', async () => {
    const { text } = await wireOf({ kind: 'endless', of: 'output' }, (seen) => seen.length > 500_000);
    expect(text).toContain('and so on and so on');
  });

  test('never ends its one event', async () => {
    const { text } = await wireOf({ kind: 'endless', of: 'one-event' }, (seen) => seen.length > 100_000);
    expect(text.match(/data:/g)).toHaveLength(1);
  });

  test('drips comments', async () => {
    const { text } = await wireOf(
      { kind: 'endless', of: 'comments', everyMs: 100 },
      (seen) => seen.split(': PROCESSING').length > 4,
    );
    expect(text).not.toContain('data:');
  });

  test('sends interim answers for ever', async () => {
    const { text } = await wireOf({ kind: 'endless', of: 'informational' }, (seen) => seen.length > 1_000);
    expect(text).toMatch(/^(HTTP\/1.1 102 Processing\r\n\r\n)+/);
  });
});

describe('a reply that says nothing', () => {
  test('204', async () => {
    expect((await responseTo({ kind: 'empty', as: '204' })).status).toBe(204);
  });

  test('200 without a byte', async () => {
    expect(await textOf({ kind: 'empty', as: 'no-body' })).toBe('');
  });

  test('[DONE] alone', async () => {
    expect(await textOf({ kind: 'empty', as: 'only-done' })).toBe('data: [DONE]\n\n');
  });

  test('no output, though it says stop', async () => {
    const text = await textOf({ kind: 'empty', as: 'no-output' });
    expect([contentOf(text), text.includes('"finish_reason":"stop"')]).toEqual(['', true]);
  });

  test('only reasoning, though it says stop', async () => {
    const text = await textOf({ kind: 'empty', as: 'only-reasoning' });
    expect([contentOf(text), text.includes('"reasoning":'), text.includes('"stop"')]).toEqual(['', true, true]);
  });

  test('a plain message without content', async () => {
    const completion = JSON.parse(await textOf({ kind: 'empty', as: 'no-output' }, { stream: false }));
    expect(completion.choices[0].message.content).toBe('');
  });
});

describe('a reply that is encoded unasked', () => {
  const bodyOf = async (response: Response) => Buffer.from(await response.arrayBuffer());
  const packed = async (fault: Fault) => {
    world.script(target, fault);
    const url = world.mapping[target.provider]!;
    const body = JSON.stringify({
      model: target.providerModelId,
      messages: [{ role: 'user', content: 'hi' }],
      stream: true,
    });
    const headers = { authorization: `Bearer ${world.token}` };
    return fetch(url, { method: 'POST', headers, body, decompress: false });
  };

  test('well', async () => {
    const response = await packed({ kind: 'encoded', encoding: 'gzip', how: 'good' });
    expect(response.headers.get('content-encoding')).toBe('gzip');
    expect(gunzipSync(await bodyOf(response)).toString()).toEndWith('data: [DONE]\n\n');
  });

  test('and spoilt', async () => {
    const bytes = await bodyOf(await packed({ kind: 'encoded', encoding: 'gzip', how: 'broken' }));
    expect(() => gunzipSync(bytes)).toThrow();
  });

  test('and far larger than it looks', async () => {
    const bytes = await bodyOf(await packed({ kind: 'encoded', encoding: 'zstd', how: 'bomb' }));
    expect(bytes.length).toBeLessThan(100_000);
    expect(Bun.zstdDecompressSync(bytes).length).toBe(16 * 1024 * 1024);
  });
});

describe('HTTP that is wrong', () => {
  const headOf = async (fault: Fault) => (await wireOf(fault)).text.split('\r\n\r\n', 1)[0]!;

  test('no status line', async () => {
    expect(await headOf({ kind: 'bad-http', how: 'no-status-line' })).toStartWith('220 ');
  });

  test('a version that is none', async () => {
    expect(await headOf({ kind: 'bad-http', how: 'bad-version' })).toStartWith('HTTP/9.9 200');
  });

  test('a header beyond every limit', async () => {
    expect((await headOf({ kind: 'bad-http', how: 'huge-header' })).length).toBeGreaterThan(200_000);
  });

  test('both a length and chunks', async () => {
    expect(await headOf({ kind: 'bad-http', how: 'length-and-chunked' })).toMatch(
      /transfer-encoding: chunked\r\ncontent-length: 20/,
    );
  });

  test('two lengths', async () => {
    expect((await headOf({ kind: 'bad-http', how: 'two-lengths' })).match(/content-length/gi)).toHaveLength(2);
  });

  test('a chunk size that is none', async () => {
    expect((await wireOf({ kind: 'bad-http', how: 'bad-chunk-size' })).text).toContain('\r\nzz\r\n');
  });

  test('bytes beyond the length', async () => {
    const [head, body] = (await wireOf({ kind: 'bad-http', how: 'length-too-short' })).text.split('\r\n\r\n', 2);
    expect(Buffer.byteLength(body!)).toBeGreaterThan(Number(/content-length: (\d+)/.exec(head!)![1]));
  });

  test('an upgrade', async () => {
    const { text } = await wireOf({ kind: 'bad-http', how: 'upgrade' }, (seen) => seen.endsWith('\r\n\r\n'));
    expect(text).toStartWith('HTTP/1.1 101 Switching Protocols\r\n');
  });

  test('exactly the bytes that were given', async () => {
    expect(await wireOf({ kind: 'raw', bytes: 'HTTP/1.0 200 OK\r\n\r\nhello', end: 'reset' })).toEqual({
      text: 'HTTP/1.0 200 OK\r\n\r\nhello',
      end: 'reset',
    });
  });

  test('every byte in a chunk of its own, the reply still whole', async () => {
    const text = await textOf({ kind: 'shredded' });
    expect(contentOf(text)).not.toBeEmpty();
    expect(text).toEndWith('data: [DONE]\n\n');
  });
});

describe('credentials that come back', () => {
  const TOKEN = 'hf_CanaryCanaryCanary0123456789abcdef';
  const echoed = (where: Extract<Fault, { kind: 'echo' }>['where'], stream = true) =>
    responseTo({ kind: 'echo', where }, { token: TOKEN, stream });

  test('in the answer, whole and in halves', async () => {
    expect(contentOf(await (await echoed('answer')).text())).toContain(TOKEN);
    const halves = await (await echoed('answer-split')).text();
    expect(contentOf(halves)).toContain(TOKEN);
    expect(halves).not.toContain(TOKEN);
  });

  test('in a plain answer', async () => {
    expect((await jsonOf(await echoed('answer', false))).choices[0].message.content).toContain(TOKEN);
  });

  test('in the reasoning, and over two reads', async () => {
    const reasoning = chunksOf(await (await echoed('reasoning-split')).text()).map(
      (chunk) => chunk.choices[0]?.delta.reasoning ?? '',
    );
    expect(reasoning.join('')).toBe(TOKEN);
    expect(await (await echoed('reads-split')).text()).toContain(TOKEN);
  });

  test('URL-encoded', async () => {
    expect(await (await echoed('url-encoded')).text()).toContain('%68%66%5f%43');
  });

  test('in headers, and in every field that becomes a column', async () => {
    expect((await echoed('header')).headers.get('x-request-id')).toBe(TOKEN);
    const fields = await echoed('fields');
    expect(fields.headers.get('x-inference-provider')).toBe(TOKEN);
    expect(chunksOf(await fields.text())[0]).toMatchObject({ model: TOKEN, system_fingerprint: TOKEN });
  });

  test('in errors', async () => {
    const body = await echoed('error-body');
    expect([body.status, (await body.text()).includes(TOKEN)]).toEqual([500, true]);
    expect(await (await echoed('error-event')).text()).toContain(`upstream refused ${TOKEN}`);
    expect(await (await echoed('broken-json')).text()).toContain(`{"authorization":"Bearer ${TOKEN}`);
  });

  test('where a redirect leads, and in the reason phrase', async () => {
    expect((await echoed('location')).headers.get('location')).toContain(TOKEN);
    expect((await echoed('reason-phrase')).statusText).toContain(TOKEN);
  });
});

describe('habits', () => {
  test('decide how the events are written', async () => {
    const habits = { lineEnd: '\r\n', tight: true, comments: true, done: false, contentType: 'text/plain' } as const;
    const response = await responseTo({ kind: 'reply', habits });
    const text = await response.text();
    expect(response.headers.get('content-type')).toBe('text/plain');
    expect(text).toStartWith(': PROCESSING\r\n\r\ndata:{"id"');
    expect(text).not.toContain('[DONE]');
  });

  test('decide where usage is', async () => {
    const counted = async (usage: 'finish-chunk' | 'every-chunk' | 'none') => {
      const chunks = chunksOf(await textOf({ kind: 'reply', habits: { usage } }));
      return chunks.filter((chunk) => chunk.usage).length / chunks.length;
    };
    expect(await counted('every-chunk')).toBe(1);
    expect(await counted('none')).toBe(0);
    expect(await counted('finish-chunk')).toBeWithin(0.001, 0.2);
  });

  test('decide what the reply says of itself', async () => {
    const habits = {
      servedBy: 'somebody-else',
      model: 'another',
      finishReason: false,
      nullContent: false,
      chunksAfterDone: true,
      role: 'never',
    } as const;
    const response = await responseTo({ kind: 'reply', habits });
    const text = await response.text();
    expect(response.headers.get('x-inference-provider')).toBe('somebody-else');
    expect(chunksOf(text)[0].model).toBe('another');
    expect(text).not.toMatch(/"role"|"stop"/);
    expect(text.indexOf('[DONE]')).toBeLessThan(text.indexOf('One more thing'));
  });
});
