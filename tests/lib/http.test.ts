import { afterEach, expect, test } from 'bun:test';
import { type GetJsonOptions, getJson } from '../../src/lib/http.ts';

const ON = new AbortController().signal;
let server: Bun.Server<undefined> | null = null;

afterEach(async () => {
  await server?.stop(true);
  server = null;
});

function serving(answer: (request: Request) => Response | Promise<Response>): string {
  server = Bun.serve({ port: 0, hostname: '127.0.0.1', fetch: answer });
  return server.url.href;
}

const get = (url: string, options: Partial<GetJsonOptions> = {}, signal = ON) =>
  getJson(url, { fetch, ...options }, signal);

test('an answer is its JSON and its headers', async () => {
  const url = serving((request) =>
    Response.json({ said: request.headers.get('x-test') }, { headers: { link: 'there' } }),
  );

  const answer = await get(url, { headers: { 'x-test': 'hello' } });

  expect(answer).toMatchObject({ ok: true, value: { said: 'hello' } });
  expect(answer.ok && answer.headers.get('link')).toBe('there');
});

test('a status that is no success is a failure without the body', async () => {
  const url = serving(() => new Response('secret', { status: 503 }));

  expect(await get(url)).toEqual({ ok: false, message: 'HTTP 503', status: 503 });
});

test('a redirect is refused', async () => {
  const paths: string[] = [];
  const url = serving((request) => {
    paths.push(new URL(request.url).pathname);
    return Response.redirect('/elsewhere', 307);
  });

  expect(await get(`${url}here`)).toEqual({ ok: false, message: 'HTTP 307: redirect refused', status: 307 });
  expect(paths).toEqual(['/here']);
});

test('a body that is no JSON is a failure', async () => {
  const url = serving(() => new Response('<html>'));

  expect(await get(url)).toEqual({ ok: false, message: 'the answer is no JSON', status: 200 });
});

test('a body is not read beyond its limit', async () => {
  let cancelled = false;
  const endless = new ReadableStream({
    pull: (controller) => controller.enqueue(new Uint8Array(1000).fill(32)),
    cancel: () => {
      cancelled = true;
    },
  });

  const answer = await get('https://hub.example', { fetch: async () => new Response(endless), maxBytes: 10_000 });

  expect(answer).toEqual({ ok: false, message: 'more than 10000 bytes', status: 200 });
  expect(cancelled).toBe(true);
});

test('characters cut by the wire are whole', async () => {
  const bytes = new TextEncoder().encode('"né"');
  const cut = new ReadableStream({
    start: (controller) => {
      for (const byte of bytes) controller.enqueue(Uint8Array.of(byte));
      controller.close();
    },
  });

  expect(await get('https://hub.example', { fetch: async () => new Response(cut) })).toMatchObject({ value: 'né' });
});

test('no answer in time is a failure', async () => {
  const url = serving(() => new Promise<Response>(() => {}));

  expect(await get(url, { timeoutMs: 20 })).toEqual({ ok: false, message: 'no answer within 20 ms', status: null });
});

test('a body that stalls is a failure in time', async () => {
  const url = serving(() => new Response(new ReadableStream({ start: (controller) => controller.enqueue('{') })));

  expect(await get(url, { timeoutMs: 50 })).toEqual({ ok: false, message: 'no answer within 50 ms', status: 200 });
});

test('nobody listening is a failure', async () => {
  const url = serving(() => new Response());
  await server?.stop(true);

  expect(await get(url)).toEqual({ ok: false, message: 'network error ECONNREFUSED', status: null });
});

test.each(['http://hub.example/', 'file:///etc/passwd', 'ftp://127.0.0.1/', 'nonsense'])(
  '%s is never called',
  async (url) => {
    const fetch = () => Promise.reject(new Error('was called'));

    expect(await get(url, { fetch })).toEqual({
      ok: false,
      message: 'not an https URL (http only to this machine)',
      status: null,
    });
  },
);

test('an abort of the caller is thrown, as its reason', async () => {
  const stop = new AbortController();
  const url = serving(() => {
    stop.abort(new Error('shutting down'));
    return new Promise<Response>(() => {});
  });

  await expect(get(url, {}, stop.signal)).rejects.toThrow('shutting down');
});
