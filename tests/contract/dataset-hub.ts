import { describe, expect, test } from 'bun:test';
import type { DatasetHub } from '../../src/ports.ts';
import { isContent } from '../../src/push/content-hash.ts';
import { HubFailure } from '../../src/push/hub-failure.ts';

/** An empty dataset, and a look at what it holds that does not go through the port. */
export interface OpenDataset extends AsyncDisposable {
  readonly hub: DatasetHub;
  contentOf(path: string): Promise<Uint8Array | null>;
}

const bytes = (text: string) => Buffer.from(text);
const never = new AbortController().signal;
const SHARD = { path: 'data/w/2026-08/b.parquet', bytes: new Uint8Array([80, 65, 82, 49, 0, 255, 13, 10]) };
const TEXT = { path: 'metrics.csv', bytes: bytes('a,b\r\n"ü, 👋",2\n') };

/** What every implementation of the port promises. */
export function describeDatasetHub(name: string, open: () => Promise<OpenDataset>): void {
  const commit = (hub: DatasetHub, ...files: { path: string; bytes: Uint8Array }[]) =>
    hub.commit({ title: 'Add something', description: 'for a test', files }, never);

  describe(`${name} as a dataset`, () => {
    test('knows nothing of a path that is not there', async () => {
      await using dataset = await open();
      expect(await dataset.hub.hashes([SHARD.path, TEXT.path], never)).toEqual(new Map());
    });

    test('holds every byte of a commit, of text and of Parquet', async () => {
      await using dataset = await open();
      await commit(dataset.hub, SHARD, TEXT);
      expect(Buffer.from((await dataset.contentOf(SHARD.path))!)).toEqual(Buffer.from(SHARD.bytes));
      expect(Buffer.from((await dataset.contentOf(TEXT.path))!)).toEqual(Buffer.from(TEXT.bytes));
    });

    test('tells for each path that is there whether these bytes are its content', async () => {
      await using dataset = await open();
      await commit(dataset.hub, SHARD, TEXT);
      const hashes = await dataset.hub.hashes([SHARD.path, 'absent.csv', TEXT.path], never);
      expect([...hashes.keys()].sort()).toEqual([SHARD.path, TEXT.path].sort());
      expect(isContent(SHARD.bytes, hashes.get(SHARD.path)!)).toBe(true);
      expect(isContent(TEXT.bytes, hashes.get(TEXT.path)!)).toBe(true);
      expect(isContent(bytes('other'), hashes.get(TEXT.path)!)).toBe(false);
      expect(isContent(bytes('other'), hashes.get(SHARD.path)!)).toBe(false);
    });

    test('gives a text back as it was committed, and fails for one that is not there', async () => {
      await using dataset = await open();
      const text = '\ufeff---\r\nlicense: mit\n---\n# Zahlen & 数字 👋\n';
      await commit(dataset.hub, { path: 'README.md', bytes: bytes(text) });
      expect(await dataset.hub.text('README.md', never)).toBe(text);
      expect(await dataset.hub.text('absent.md', never).catch((error) => error)).toMatchObject({ kind: 'not_found' });
    });

    test('renews a file and leaves the others as they were', async () => {
      await using dataset = await open();
      await commit(dataset.hub, SHARD, TEXT);
      await commit(dataset.hub, { path: TEXT.path, bytes: bytes('new') });
      expect(Buffer.from((await dataset.contentOf(TEXT.path))!)).toEqual(bytes('new'));
      expect(Buffer.from((await dataset.contentOf(SHARD.path))!)).toEqual(Buffer.from(SHARD.bytes));
    });

    test('takes the same bytes under the same name again', async () => {
      await using dataset = await open();
      await commit(dataset.hub, SHARD);
      await commit(dataset.hub, SHARD);
      expect(Buffer.from((await dataset.contentOf(SHARD.path))!)).toEqual(Buffer.from(SHARD.bytes));
    });

    test('says where each commit can be seen', async () => {
      await using dataset = await open();
      const first = await commit(dataset.hub, SHARD);
      const second = await commit(dataset.hub, TEXT);
      expect(URL.canParse(first.url)).toBe(true);
      expect(second.url).not.toBe(first.url);
    });

    test('makes no commit without files', async () => {
      await using dataset = await open();
      expect(await commit(dataset.hub).catch((error) => error)).toBeInstanceOf(RangeError);
    });

    test('does nothing once it was told to stop', async () => {
      await using dataset = await open();
      const stopped = AbortSignal.abort();
      const refused = dataset.hub.commit({ title: 't', description: '', files: [SHARD] }, stopped);
      expect(await refused.catch((error) => error)).toMatchObject({ kind: 'aborted' });
      expect(await dataset.hub.hashes([SHARD.path], stopped).catch((error) => error)).toBeInstanceOf(HubFailure);
      expect(await dataset.hub.text('README.md', stopped).catch((error) => error)).toMatchObject({ kind: 'aborted' });
      expect(await dataset.contentOf(SHARD.path)).toBeNull();
    });
  });
}
