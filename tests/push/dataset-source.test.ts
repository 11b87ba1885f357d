import { describe, expect, test } from 'bun:test';
import { sha256 } from '../../src/push/content-hash.ts';
import { hubSource } from '../../src/push/dataset-source.ts';
import type { Fetch } from '../../src/push/hub-fetch.ts';
import { readShard } from '../../src/push/read-shard.ts';
import { buildShard } from '../../src/push/shard.ts';
import { aRecord, TOKEN } from '../support/builders.ts';
import { SetClock } from '../support/set-clock.ts';

const SHARD = await buildShard([aRecord()]);
const PATH = 'data/w1/2026-08/20260803T120000Z-000001.parquet';
const never = new AbortController().signal;

/** A Hub that keeps large files elsewhere. @param elsewhere where it sends a download */
function hubThatRedirects({ elsewhere = 'https://cdn.example/x', bytes = SHARD } = {}) {
  const seen: { readonly origin: string; readonly authorized: boolean }[] = [];
  const fetch: Fetch = async (input, init = {}) => {
    const url = new URL(String(input));
    const headers = new Headers(init.headers);
    seen.push({ origin: url.origin, authorized: headers.has('authorization') });
    if (url.pathname.includes('/tree/')) {
      const lfs = { oid: sha256(SHARD), size: SHARD.length, pointerSize: 130 };
      return Response.json([
        { type: 'directory', path: 'data', oid: '0', size: 0 },
        { type: 'file', path: PATH, oid: '0', size: SHARD.length, lfs },
        { type: 'file', path: 'daily/w1/2026-08.parquet', oid: '0', size: 9 },
        { type: 'file', path: 'csv/w1/2026-08-03.csv', oid: '0', size: 9 },
      ]);
    }
    if (headers.has('range')) {
      return new Response('P', { status: 206, headers: { 'content-range': `bytes 0-0/${bytes.length}`, etag: '"e"' } });
    }
    if (url.origin === 'https://hub.example')
      return new Response(null, { status: 302, headers: { location: elsewhere } });
    return new Response(bytes);
  };
  const source = () =>
    hubSource({ repo: 'o/n', token: TOKEN, hubEndpoint: 'https://hub.example', clock: new SetClock(), fetch }, never);
  return { seen, source };
}

describe('a dataset on the Hub as a source', () => {
  test('lists shards with their hashes and the day files, and nothing else', async () => {
    const { shards, dayFiles } = await hubThatRedirects().source();
    expect(shards).toMatchObject([{ path: PATH, sha256: sha256(SHARD) }]);
    expect(dayFiles).toEqual(['csv/w1/2026-08-03.csv']);
  });

  test('follows a download to where the content lies, without the token', async () => {
    const hub = hubThatRedirects();
    const { shards } = await hub.source();
    const { file } = await shards[0]!.open();
    expect(await Array.fromAsync(readShard(file))).toEqual([[aRecord()]]);
    expect(
      hub.seen.filter(({ authorized }) => authorized).every(({ origin }) => origin === 'https://hub.example'),
    ).toBe(true);
    expect(hub.seen.at(-1)).toEqual({ origin: 'https://cdn.example', authorized: false });
  });

  test('refuses other bytes than were announced', async () => {
    const { shards } = await hubThatRedirects({ bytes: await buildShard([aRecord({ modelId: 'a/other' })]) }).source();
    await expect(shards[0]!.open()).rejects.toThrow('other bytes than the Hub announced');
  });

  test.each(['http://cdn.example/x', 'http://127.0.0.1:8080/x', 'https://hub.example/for/ever'])(
    'is not sent to %s',
    async (elsewhere) => {
      const { shards } = await hubThatRedirects({ elsewhere }).source();
      await expect(shards[0]!.open()).rejects.toThrow('redirects to where a download may not go');
    },
  );
});
