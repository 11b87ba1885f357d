import { describe, expect, test } from 'bun:test';
import { createTransport } from '../../../src/probe/transport/transport.ts';
import type { Exchange, Question } from '../../../src/probe/types.ts';
import { aQuestion, type WatchedReads, watchReads } from '../../support/asking.ts';
import { closedPort, type RawConnection, startRawServer } from '../../support/raw-server.ts';

type Overrides = Parameters<typeof aQuestion>[1];

const HEAD = 'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n';
const CHUNKED = `${HEAD}Transfer-Encoding: chunked\r\n\r\n`;
const UNTIL_CLOSE = `${HEAD}Connection: close\r\n\r\n`;
const TOKEN_CHUNK = '7\r\ntoken\r\n\r\n';

/** Asks a server that plays `script` once it has the request. */
async function askServer(
  script: (connection: RawConnection, seen: WatchedReads['seen']) => unknown,
  overrides: Overrides = {},
  signal = new AbortController().signal,
): Promise<Exchange> {
  const { createReader, seen } = watchReads();
  await using server = await startRawServer(async (connection) => {
    await connection.request();
    await script(connection, seen);
  });
  return await createTransport({ createReader }).exchange(aQuestion(`${server.origin}/chat`, overrides), signal);
}

const ask = (question: Question) => createTransport(watchReads()).exchange(question, new AbortController().signal);

function verdict({ ending }: Exchange) {
  return ending.kind === 'failed'
    ? [ending.errorClass, ending.errorPhase]
    : ending.kind === 'limit'
      ? ending.limit
      : ending.kind;
}

describe('a whole reply', () => {
  test.each([
    ['by its chunks', `${CHUNKED}${TOKEN_CHUNK}0\r\n\r\n`],
    ['by its length', `${HEAD}Content-Length: 7\r\n\r\ntoken\r\n`],
    ['by the end of the connection', `${UNTIL_CLOSE}token\r\n`],
    ['of HTTP/1.0', 'HTTP/1.0 200 OK\r\n\r\ntoken\r\n'],
    [
      'after 1xx responses',
      `HTTP/1.1 103 Early Hints\r\n\r\n${'HTTP/1.1 100 Continue\r\n\r\n'.repeat(50)}${UNTIL_CLOSE}token\r\n`,
    ],
  ])('is complete: %s', async (_how, bytes) => {
    const exchange = await askServer(async (connection) => {
      await connection.write(bytes);
      connection.finish();
    });

    expect(verdict(exchange)).toBe('complete');
    expect(exchange.status).toBe(200);
    expect(exchange.reply?.text).toBe('token\r\n');
  });

  test('does not wait for the server to close when its length says it is over', async () => {
    const exchange = await askServer((connection) => connection.write(`${HEAD}Content-Length: 5\r\n\r\ntoken`));
    expect(verdict(exchange)).toBe('complete');
  });

  test('may come one byte at a time', async () => {
    const exchange = await askServer(async (connection) => {
      for (const byte of `${CHUNKED}${TOKEN_CHUNK}0\r\n\r\n`) await connection.write(byte);
    });
    expect(verdict(exchange)).toBe('complete');
    expect(exchange.reply?.text).toBe('token\r\n');
  });

  test('may be a refusal that comes before the request is written', async () => {
    const { createReader } = watchReads();
    await using server = await startRawServer(async (connection) => {
      await connection.write('HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno');
    });
    const question = aQuestion(server.origin, { body: 'x'.repeat(1_000_000) });
    const exchange = await createTransport({ createReader }).exchange(question, new AbortController().signal);

    expect(verdict(exchange)).toBe('complete');
    expect(exchange.status).toBe(413);
    expect(exchange.reply?.text).toBe('no');
  });

  test('may be a redirect, which is not followed', async () => {
    await using elsewhere = await startRawServer(() => {});
    const exchange = await askServer((connection) =>
      connection.write(`HTTP/1.1 307 Temporary Redirect\r\nLocation: ${elsewhere.origin}\r\nContent-Length: 0\r\n\r\n`),
    );

    expect(verdict(exchange)).toBe('complete');
    expect(exchange.status).toBe(307);
    expect(elsewhere.connections).toHaveLength(0);
  });

  test('has its headers in lower case, repeated ones joined', async () => {
    const exchange = await askServer((connection) =>
      connection.write(
        'HTTP/1.1 204 No Content\r\nX-Request-Id: 7\r\nSet-Cookie: a\r\nSet-Cookie: b\r\nVia: c\r\nvia: d\r\n\r\n',
      ),
    );
    expect(exchange.headers).toEqual({ 'x-request-id': '7', 'set-cookie': 'a, b', via: 'c, d' });
  });
});

describe('the request', () => {
  test('bears its length and asks for no encoding', async () => {
    let request = '';
    await askServer(
      async (connection) => {
        request = await connection.request();
        connection.finish();
      },
      { body: '"é"', headers: { 'Accept-Encoding': 'gzip', 'x-own': 'yes' } },
    );

    expect(request).toStartWith('POST /chat HTTP/1.1\r\n');
    expect(request.match(/^accept-encoding: .*$/gim)).toEqual([expect.stringMatching(/: identity$/)]);
    expect(request).toMatch(/^content-length: 4\r$/im);
    expect(request).toMatch(/^x-own: yes\r$/im);
  });

  test('goes on a connection of its own each time', async () => {
    const { createReader } = watchReads();
    await using server = await startRawServer(async (connection) => {
      await connection.request();
      await connection.write(`${HEAD}Content-Length: 0\r\n\r\n`);
    });
    const transport = createTransport({ createReader });
    await transport.exchange(aQuestion(server.origin), new AbortController().signal);
    await transport.exchange(aQuestion(server.origin), new AbortController().signal);

    expect(server.connections).toHaveLength(2);
  });

  test.each([
    'http://192.0.2.1/chat',
    'http://localhost.test/chat',
    'http://127.0.0.1.test/chat',
    'ftp://localhost/chat',
    'not a url',
  ])('is never sent to %p, which is neither https nor this machine', async (url) => {
    const exchange = await ask(aQuestion(url));
    expect(verdict(exchange)).toEqual(['internal', null]);
    expect(exchange.ending).not.toHaveProperty('detail', expect.stringContaining('test'));
  });

  test('with a header that cannot be sent is our own failure', async () => {
    const exchange = await ask(aQuestion('http://127.0.0.1:1/', { headers: { 'x-bad': 'line\nbreak' } }));
    expect(verdict(exchange)).toEqual(['internal', null]);
  });
});

describe('before the request is written', () => {
  test('a name that is not found is dns', async () => {
    const exchange = await ask(aQuestion('https://a..b/'));
    expect(verdict(exchange)).toEqual(['dns', 'connect']);
    expect(exchange).toMatchObject({
      dnsMs: null,
      tcpMs: null,
      sentMs: null,
      status: null,
      remoteIp: null,
      reply: null,
    });
  });

  test.each(['127.0.0.1', 'localhost'])('a port of %s where nobody listens is connect_refused', async (host) => {
    const exchange = await ask(aQuestion(`http://${host}:${await closedPort()}/`));
    expect(verdict(exchange)).toEqual(['connect_refused', 'connect']);
    expect(exchange).toMatchObject({ tcpMs: null, sentMs: null, status: null, remoteIp: null });
  });

  test('a server that takes nothing in is the router’s delay', async () => {
    await using server = await startRawServer((connection) => connection.pause());
    const exchange = await ask(aQuestion(server.origin, { body: 'x'.repeat(50_000_000), limits: { totalMs: 50 } }));

    expect(verdict(exchange)).toBe('connect_timeout');
    expect(exchange.sentMs).toBeNull();
    expect(exchange.tcpMs).not.toBeNull();
  });
});

describe('after the request is written, without a response', () => {
  test('a reset is connection_reset', async () => {
    const exchange = await askServer((connection) => connection.reset());
    expect(verdict(exchange)).toEqual(['connection_reset', 'headers']);
    expect(exchange).toMatchObject({ status: null, reply: null, sentMs: expect.any(Number) });
  });

  test('a close is connection_reset', async () => {
    const exchange = await askServer((connection) => connection.finish());
    expect(verdict(exchange)).toEqual(['connection_reset', 'headers']);
  });

  test.each([
    ['garbage instead of a status line', 'hello there, no HTTP here\r\n\r\n'],
    ['a version nobody has', 'HTTP/9.9 200 OK\r\n\r\n'],
    ['a status that is no number', 'HTTP/1.1 abc OK\r\n\r\n'],
    ['headers above 16 KiB', `HTTP/1.1 200 OK\r\nX-Long: ${'x'.repeat(20_000)}\r\n\r\n`],
    ['both a length and chunks', `HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n`],
    ['two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n'],
    ['another protocol (101)', 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: tea\r\nConnection: Upgrade\r\n\r\n'],
  ])('%s is protocol_error', async (_what, bytes) => {
    const exchange = await askServer((connection) => connection.write(bytes));
    expect(verdict(exchange)).toEqual(['protocol_error', 'headers']);
    expect(exchange.status).toBeNull();
  });
});

describe('within the body', () => {
  test('a reset is connection_reset, in the phase the reply had come to', async () => {
    const early = await askServer(async (connection, seen) => {
      await connection.write(`${CHUNKED}3\r\n...\r\n`);
      await seen('...');
      connection.reset();
    });
    const late = await askServer(async (connection, seen) => {
      await connection.write(`${CHUNKED}${TOKEN_CHUNK}`);
      await seen('token\r\n');
      connection.reset();
    });

    expect(verdict(early)).toEqual(['connection_reset', 'first_token']);
    expect(verdict(late)).toEqual(['connection_reset', 'stream']);
    expect(late.reply?.text).toBe('token\r\n');
  });

  test('a reset of a reply that its close would have ended is connection_reset', async () => {
    const exchange = await askServer(async (connection, seen) => {
      await connection.write(`${UNTIL_CLOSE}token`);
      await seen('token');
      connection.reset();
    });
    expect(verdict(exchange)).toEqual(['connection_reset', 'stream']);
  });

  test.each([
    ['before the length it announced', `${HEAD}Content-Length: 100\r\n\r\ntoken`],
    ['without its last chunk', `${CHUNKED}5\r\ntoken\r\n`],
    ['in the middle of a chunk', `${CHUNKED}64\r\ntoken`],
  ])('a close %s is truncated_reply', async (_when, bytes) => {
    const exchange = await askServer(async (connection, seen) => {
      await connection.write(bytes);
      await seen('token');
      connection.finish();
    });
    expect(verdict(exchange)).toEqual(['truncated_reply', 'stream']);
    expect(exchange.reply?.text).toBe('token');
  });

  test.each([
    ['a chunk size that is no number', `${CHUNKED}${TOKEN_CHUNK}xyz\r\n`],
    ['a chunk without its line end', `${CHUNKED}5\r\ntokenXX0\r\n\r\n`],
  ])('%s is protocol_error', async (_what, bytes) => {
    const exchange = await askServer((connection) => connection.write(bytes));
    expect(verdict(exchange)).toEqual(['protocol_error', expect.stringMatching(/^(first_token|stream)$/)]);
    expect(exchange.status).toBe(200);
  });

  test('bytes after its end are truncated_reply, in the closing phase', async () => {
    const exchange = await askServer((connection) =>
      connection.write(`${HEAD}Content-Length: 5\r\n\r\ntoken and more`),
    );
    expect(verdict(exchange)).toEqual(['truncated_reply', 'close']);
    expect(exchange.reply?.text).toBe('token');
  });
});

describe('our own limits', () => {
  const soon = 25;

  test('no response is first_token_timeout, whatever the socket reports when we leave', async () => {
    const exchange = await askServer(() => {}, { limits: { firstTokenMs: soon } });
    expect(verdict(exchange)).toBe('first_token_timeout');
    expect(exchange.closedMs).toBeGreaterThanOrEqual(exchange.sentMs! + soon - 1);
  });

  test('headers, comments and 1xx are no first token', async () => {
    const headers = await askServer((connection) => connection.write(CHUNKED), { limits: { firstTokenMs: soon } });
    const comments = await askServer((connection) => connection.write(`${CHUNKED}3\r\n: \n\r\n`), {
      limits: { firstTokenMs: soon },
    });
    const informational = await askServer(
      async (connection) => {
        await connection.flood('HTTP/1.1 102 Processing\r\n\r\n');
      },
      { limits: { firstTokenMs: soon } },
    );

    expect([headers, comments, informational].map(verdict)).toEqual(Array(3).fill('first_token_timeout'));
    expect([headers.status, informational.status]).toEqual([200, null]);
  });

  test('silence after output is stall_timeout, with what came before it', async () => {
    const exchange = await askServer((connection) => connection.write(`${CHUNKED}${TOKEN_CHUNK}`), {
      limits: { stallMs: soon },
    });
    expect(verdict(exchange)).toBe('stall_timeout');
    expect(exchange.reply?.text).toBe('token\r\n');
  });

  test('comments do not keep a stalled reply alive', async () => {
    const exchange = await askServer(
      async (connection) => {
        await connection.write(`${CHUNKED}${TOKEN_CHUNK}`);
        await connection.flood('3\r\n: \n\r\n');
      },
      { limits: { stallMs: soon } },
    );
    expect(verdict(exchange)).toBe('stall_timeout');
  });

  test('a reply that never ends is total_timeout', async () => {
    const exchange = await askServer(
      async (connection) => {
        await connection.write(CHUNKED);
        await connection.flood(TOKEN_CHUNK);
      },
      { limits: { totalMs: soon } },
    );
    expect(verdict(exchange)).toBe('total_timeout');
    expect(exchange.reply?.text).toStartWith('token');
  });

  test('a plain probe has no first token and no stall to wait for', async () => {
    const limits = { firstTokenMs: 1, stallMs: 1, totalMs: soon };
    const exchange = await askServer((connection) => connection.write(`${CHUNKED}${TOKEN_CHUNK}`), {
      mode: 'plain',
      limits,
    });
    expect(verdict(exchange)).toBe('total_timeout');
  });

  test('a body above 8 MiB is oversize_reply, and no more than that is read', async () => {
    const mebibyte = 'x'.repeat(1024 * 1024);
    const exchange = await askServer(async (connection) => {
      await connection.write(UNTIL_CLOSE);
      await connection.flood(mebibyte);
    });
    expect(verdict(exchange)).toBe('oversize_reply');
    expect(exchange.reply?.text).toHaveLength(8 * mebibyte.length);
  });

  test('a body of exactly 8 MiB is complete', async () => {
    const exchange = await askServer((connection) =>
      connection.write(`${HEAD}Content-Length: ${8 * 1024 * 1024}\r\n\r\n${'x'.repeat(8 * 1024 * 1024)}`),
    );
    expect(verdict(exchange)).toBe('complete');
  });
});

describe('told to stop', () => {
  test('before it began, it contacts nobody', async () => {
    await using server = await startRawServer(() => {});
    const exchange = await createTransport(watchReads()).exchange(aQuestion(server.origin), AbortSignal.abort());

    expect(exchange.ending).toEqual({ kind: 'cancelled' });
    expect(server.connections).toHaveLength(0);
  });

  test('before the response, it closes the connection and says so', async () => {
    const stop = new AbortController();
    const exchange = await askServer(
      async (connection) => {
        stop.abort();
        await connection.closed;
      },
      {},
      stop.signal,
    );
    expect(exchange.ending).toEqual({ kind: 'cancelled' });
  });

  test('within the body, it keeps what it has read', async () => {
    const stop = new AbortController();
    const exchange = await askServer(
      async (connection, seen) => {
        await connection.write(`${CHUNKED}${TOKEN_CHUNK}`);
        await seen('token\r\n');
        stop.abort();
        await connection.closed;
      },
      {},
      stop.signal,
    );
    expect(exchange.ending).toEqual({ kind: 'cancelled' });
    expect(exchange.reply?.text).toBe('token\r\n');
  });

  test('by closing the transport, it stops all that runs', async () => {
    const transport = createTransport(watchReads());
    let closed = Promise.resolve();
    await using server = await startRawServer(async (connection) => {
      await connection.request();
      closed = transport.close();
    });
    const exchange = await transport.exchange(aQuestion(server.origin), new AbortController().signal);
    await closed;
    expect(exchange.ending).toEqual({ kind: 'cancelled' });
  });
});

test('a reader that throws is a bug of ours, and rejects', async () => {
  const broken = () => ({
    read() {
      throw new Error('a bug');
    },
    end() {
      throw new Error('another');
    },
  });
  await using server = await startRawServer(async (connection) => {
    await connection.request();
    await connection.write(`${CHUNKED}${TOKEN_CHUNK}`);
  });
  const asked = createTransport({ createReader: broken }).exchange(
    aQuestion(server.origin),
    new AbortController().signal,
  );
  expect(await asked.catch((error) => error.message)).toBe('a bug');
});
