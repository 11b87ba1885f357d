import { describe, expect, test } from 'bun:test';
import zlib from 'node:zlib';
import { MAX_BODY_BYTES } from '../../../src/probe/transport/body.ts';
import { createTransport } from '../../../src/probe/transport/transport.ts';
import { aQuestion, watchReads } from '../../support/asking.ts';
import { type RawConnection, startRawServer } from '../../support/raw-server.ts';

type Script = (connection: RawConnection, seen: (text: string) => Promise<void>) => unknown;

async function askEncoded(encoding: string, script: Script) {
  const { createReader, reads, seen } = watchReads();
  await using server = await startRawServer(async (connection) => {
    await connection.request();
    await connection.write(`HTTP/1.1 200 OK\r\nContent-Encoding: ${encoding}\r\nConnection: close\r\n\r\n`);
    await script(connection, seen);
    connection.finish();
  });
  const exchange = await createTransport({ createReader }).exchange(
    aQuestion(server.origin),
    new AbortController().signal,
  );
  return { exchange, reads };
}

const whole =
  (bytes: Uint8Array): Script =>
  (connection) =>
    connection.write(bytes);

describe('a reply that is encoded though we asked for none', () => {
  test.each([
    ['gzip', zlib.gzipSync('token')],
    ['x-gzip', zlib.gzipSync('token')],
    ['GZIP', zlib.gzipSync('token')],
    ['deflate', zlib.deflateSync('token')],
    ['deflate', zlib.deflateRawSync('token')],
    ['br', zlib.brotliCompressSync('token')],
    ['zstd', zlib.zstdCompressSync('token')],
    ['gzip, br', zlib.brotliCompressSync(zlib.gzipSync('token'))],
    ['identity', Buffer.from('token')],
    ['tea', Buffer.from('token')],
    ['toString', Buffer.from('token')],
  ])('is read all the same: %s', async (encoding, bytes) => {
    const { exchange } = await askEncoded(encoding, whole(bytes));
    expect(exchange.ending).toEqual({ kind: 'complete' });
    expect(exchange.reply?.text).toBe('token');
  });

  test('gives each flushed piece the moment of the read that brought it', async () => {
    const { exchange, reads } = await askEncoded('gzip', async (connection, seen) => {
      const gzip = zlib.createGzip({ flush: zlib.constants.Z_SYNC_FLUSH });
      const pieces = gzip[Symbol.asyncIterator]();
      for (const text of ['first token', 'second token']) {
        gzip.write(text);
        for (let sent = ''; !sent.endsWith('\0\0\xff\xff'); ) {
          const { value } = await pieces.next();
          await connection.write(value);
          sent = Buffer.from(value).toString('latin1');
        }
        await seen(text);
      }
      gzip.end();
      await connection.write((await pieces.next()).value);
    });

    expect(exchange.ending).toEqual({ kind: 'complete' });
    expect(reads.map(({ text }) => text)).toEqual(['first token', 'second token']);
    expect(reads[0]!.atMs).toBeGreaterThanOrEqual(exchange.headersMs!);
    expect(reads[1]!.atMs).toBeGreaterThan(reads[0]!.atMs);
  });

  test('may be cut at any byte', async () => {
    const { exchange } = await askEncoded('gzip', async (connection) => {
      for (const byte of zlib.gzipSync('token')) await connection.write(Uint8Array.of(byte));
    });
    expect(exchange.reply?.text).toBe('token');
  });

  test('and is empty is an empty reply, not a broken one', async () => {
    const { exchange } = await askEncoded('gzip', () => {});
    expect(exchange.ending).toEqual({ kind: 'complete' });
    expect(exchange.reply?.text).toBe('');
  });
});

describe('an encoding that does not decode', () => {
  test.each([
    ['gzip', Buffer.from('no gzip at all')],
    ['br', Buffer.from('no brotli at all')],
    ['zstd', Buffer.from('no zstd at all')],
    ['deflate', Buffer.from('no deflate at all')],
    ['gzip', zlib.gzipSync('token').subarray(0, -9)],
  ])('is decode_error: %s', async (encoding, bytes) => {
    const { exchange } = await askEncoded(encoding, whole(bytes));
    expect(exchange.ending).toMatchObject({ kind: 'failed', errorClass: 'decode_error' });
  });

  test('because the connection was cut is the fault of the cut', async () => {
    const { exchange } = await askEncoded('gzip', async (connection, seen) => {
      const gzip = zlib.gzipSync('token', { flush: zlib.constants.Z_SYNC_FLUSH });
      await connection.write(gzip.subarray(0, -8));
      await seen('token');
      connection.reset();
    });
    expect(exchange.ending).toMatchObject({ kind: 'failed', errorClass: 'connection_reset' });
    expect(exchange.reply?.text).toBe('token');
  });

  test('with more layers than anybody honest would send is decode_error', async () => {
    const { exchange } = await askEncoded(Array(200).fill('gzip').join(', '), whole(zlib.gzipSync('token')));
    expect(exchange.ending).toMatchObject({ kind: 'failed', errorClass: 'decode_error' });
  });
});

test.each([
  ['gzip', zlib.gzipSync],
  [
    'br',
    (bytes: Uint8Array) => zlib.brotliCompressSync(bytes, { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 1 } }),
  ],
  ['zstd', zlib.zstdCompressSync],
])('a %s bomb is oversize_reply, and no more of it than the limit is unpacked', async (encoding, compress) => {
  const bomb = compress(Buffer.alloc(3 * MAX_BODY_BYTES));
  const { exchange } = await askEncoded(encoding, whole(bomb));
  expect(exchange.ending).toEqual({ kind: 'limit', limit: 'oversize_reply' });
  expect(exchange.reply?.text.length).toBe(MAX_BODY_BYTES);
});
