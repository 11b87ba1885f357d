import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { connect } from 'node:net';
import fc from 'fast-check';
import { text } from '../../src/sim/http/answer.ts';
import { type HttpServer, reply, serve } from '../../src/sim/http/server.ts';
import { rawAsk } from './ask.ts';

const LIMIT_BYTES = 1_000;
let server: HttpServer;
beforeAll(async () => {
  const echo = () => (exchange: Parameters<typeof reply>[0]) =>
    reply(exchange, text(`${exchange.request.method} ${exchange.request.path} ${exchange.request.body}`, 'text/plain'));
  server = await serve(echo, LIMIT_BYTES);
});
afterAll(() => server[Symbol.asyncDispose]());

const statusOf = async (bytes: string) => Number(/^HTTP\/1.1 (\d+)/.exec((await rawAsk(server.url, bytes)).text)?.[1]);
const CLOSE = 'connection: close\r\n';

describe('a request', () => {
  test('is read with a length and in chunks, decoded', async () => {
    const measured = await rawAsk(server.url, `POST /a%20b?c HTTP/1.1\r\n${CLOSE}content-length: 5\r\n\r\nhello`);
    const chunked = await rawAsk(
      server.url,
      `POST / HTTP/1.1\r\n${CLOSE}transfer-encoding: chunked\r\n\r\n2;x=y\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n`,
    );
    expect(measured.text).toEndWith('POST /a b hello');
    expect(chunked.text).toEndWith('POST / hello');
  });

  test('may follow another on the same connection', async () => {
    const { text: seen } = await rawAsk(server.url, `GET /1 HTTP/1.1\r\n\r\nGET /2 HTTP/1.1\r\n${CLOSE}\r\n`);
    expect(seen).toMatch(/GET \/1 HTTP\/1.1 200 OK[\s\S]+GET \/2 $/);
  });

  test('may be for the head alone', async () => {
    const { text: seen } = await rawAsk(server.url, `HEAD / HTTP/1.1\r\n${CLOSE}\r\n`);
    expect(seen).toMatch(/content-length: 7[\s\S]*\r\n\r\n$/);
  });

  test('may wait to be invited', async () => {
    const { text: seen } = await rawAsk(
      server.url,
      `PUT / HTTP/1.1\r\n${CLOSE}expect: 100-continue\r\ncontent-length: 2\r\n\r\nhi`,
    );
    expect(seen).toStartWith('HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK');
  });

  test('is the same wherever its bytes are cut', async () => {
    const whole = `POST /x HTTP/1.1\r\n${CLOSE}transfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n`;
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length), async (cut) => {
        const { promise, resolve } = Promise.withResolvers<string>();
        const socket = connect(Number(new URL(server.url).port), '127.0.0.1', () => {
          socket.write(whole.slice(0, cut), () => setImmediate(() => socket.write(whole.slice(cut))));
        });
        let seen = '';
        socket.on('data', (part) => {
          seen += part;
        });
        socket.on('end', () => resolve(seen));
        expect(await promise).toEndWith('POST /x hello');
      }),
      { numRuns: 40 },
    );
  });
});

describe('refused is', () => {
  test.each([
    ['no request line', 'hello\r\n\r\n', 400],
    ['an unknown version', 'GET / HTTP/2.0\r\n\r\n', 400],
    ['a target that is none', 'GET :// HTTP/1.1\r\n\r\n', 400],
    ['a broken escape', 'GET /%zz HTTP/1.1\r\n\r\n', 400],
    ['a header without a colon', 'GET / HTTP/1.1\r\nhello\r\n\r\n', 400],
    ['a folded header', 'GET / HTTP/1.1\r\na: b\r\n c\r\n\r\n', 400],
    ['a length that is none', 'POST / HTTP/1.1\r\ncontent-length: -1\r\n\r\n', 400],
    ['a length given twice', 'POST / HTTP/1.1\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n', 400],
    [
      'a length together with chunks',
      'POST / HTTP/1.1\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n',
      400,
    ],
    ['a chunk without a size', 'POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n', 400],
    ['a chunk longer than it said', 'POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n1\r\nabc\r\n', 400],
    ['a body beyond the limit', `POST / HTTP/1.1\r\ncontent-length: ${LIMIT_BYTES + 1}\r\n\r\n`, 413],
    ['chunks beyond the limit', 'POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\nffffff\r\n', 413],
    ['a line without end', `GET /${'a'.repeat(20_000)}`, 431],
    ['a host of headers', `GET / HTTP/1.1\r\n${'a: b\r\n'.repeat(200)}\r\n`, 431],
  ])('%s', async (_what, bytes, status) => {
    expect(await statusOf(bytes)).toBe(status);
  });

  test('whatever bytes come: no request is ever answered twice, none hangs', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ minLength: 1, unit: 'binary-ascii' }), async (junk) => {
        const { text: seen } = await rawAsk(server.url, `${junk}\r\n\r\n\r\n`);
        expect(seen).toMatch(/^HTTP\/1.1 4\d\d /);
      }),
      { numRuns: 40 },
    );
  });
});
