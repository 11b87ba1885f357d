import { createHash } from 'node:crypto';
import { createReadStream, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { downloadFile, HubApiError, listFiles } from '@huggingface/hub';
import { Glob } from 'bun';
import { type AsyncBuffer, asyncBufferFromFile } from 'hyparquet';
import { z } from 'zod';
import { isLoopback, isSafeToCall } from '../lib/loopback.ts';
import { createRedactor } from '../lib/redact.ts';
import type { Clock } from '../ports.ts';
import { isContent, sha256 } from './content-hash.ts';
import { HubFailure } from './hub-failure.ts';
import { type Fetch, hubFetch } from './hub-fetch.ts';
import { ShardError } from './read-shard.ts';

/** A Parquet file of attempts somewhere. */
export interface ShardFile {
  /** From the root of the dataset, or as given. */
  readonly path: string;
  /** Null: nobody tells before it is read. */
  readonly sha256: string | null;
  /** Its bytes as they are needed. @throws ShardError when they are not what was announced; HubFailure */
  open(): Promise<{ readonly file: AsyncBuffer; readonly sha256: string }>;
}

export interface DatasetSource {
  /** Sorted by path. */
  readonly shards: readonly ShardFile[];
  /** Paths of the day files beside them; null: this source cannot tell. */
  readonly dayFiles: readonly string[] | null;
}

const IS_SHARD = /^(?!(.*\/)?daily\/).*\.parquet$/;
const IS_DAY_FILE = /^csv\/[^/]+\/\d{4}-\d\d-\d\d\.csv$/;

/** A shard, or a folder with a copy of a dataset or of a part of it. @throws what the disk says */
export function localSource(path: string): DatasetSource {
  const isFolder = statSync(path).isDirectory();
  const inside = isFolder ? [...new Glob('**/*.{parquet,csv}').scanSync(path)].sort() : [basename(path)];
  const shards = inside.filter((name) => !isFolder || IS_SHARD.test(name));
  const dayFiles = inside.filter((name) => IS_DAY_FILE.test(name));
  return {
    shards: shards.map((name) => localShard(name, isFolder ? join(path, name) : path)),
    dayFiles: dayFiles.length > 0 ? dayFiles : null,
  };
}

const localShard = (name: string, path: string): ShardFile => ({
  path: name,
  sha256: null,
  async open() {
    const hash = createHash('sha256');
    for await (const bytes of createReadStream(path)) hash.update(bytes);
    return { file: await asyncBufferFromFile(path), sha256: hash.digest('hex') };
  },
});

interface HubPlace {
  /** `owner/name`. */
  readonly repo: string;
  /** Null: the dataset is public. */
  readonly token: string | null;
  readonly hubEndpoint: string;
  readonly clock: Clock;
  readonly fetch?: Fetch;
}

const File = z.object({
  type: z.literal('file'),
  path: z.string(),
  oid: z.string(),
  lfs: z.object({ oid: z.string().regex(/^[0-9a-f]{64}$/) }).nullish(),
});

/** A dataset on the Hub, listed now and read shard by shard. @throws HubFailure */
export async function hubSource(place: HubPlace, signal: AbortSignal): Promise<DatasetSource> {
  const files = await ask(place, signal, async (access) => {
    const found = await Array.fromAsync(listFiles({ ...access, recursive: true }));
    return found.flatMap((entry) => File.safeParse(entry).data ?? []).sort((a, b) => (a.path < b.path ? -1 : 1));
  });
  return {
    shards: files
      .filter(({ path }) => IS_SHARD.test(path))
      .map(({ path, oid, lfs }) => ({
        path,
        sha256: lfs?.oid ?? null,
        async open() {
          const bytes = await download(path, place, signal);
          const hash = lfs
            ? { algorithm: 'sha256' as const, hex: lfs.oid }
            : { algorithm: 'git-blob' as const, hex: oid };
          if (!isContent(bytes, hash)) throw new ShardError('it arrived with other bytes than the Hub announced');
          return { file: bytes.buffer, sha256: sha256(bytes) };
        },
      })),
    dayFiles: files.map(({ path }) => path).filter((path) => IS_DAY_FILE.test(path)),
  };
}

async function download(path: string, place: HubPlace, signal: AbortSignal): Promise<Uint8Array<ArrayBuffer>> {
  // Without Xet a download is one GET that our time-out covers.
  const bytes = await ask(place, signal, async (access) => {
    const blob = await downloadFile({ ...access, path, xet: false });
    return blob && new Uint8Array(await blob.arrayBuffer());
  });
  if (bytes === null) throw new ShardError('the Hub lists it and does not have it');
  return bytes;
}

async function ask<T>(
  { repo, token, hubEndpoint, clock, fetch = globalThis.fetch }: HubPlace,
  signal: AbortSignal,
  use: (
    access: object & Pick<Parameters<typeof downloadFile>[0], 'repo' | 'hubUrl' | 'fetch' | 'accessToken'>,
  ) => Promise<T>,
): Promise<T> {
  const redact = createRedactor(token === null ? [] : [token]);
  const asking = hubFetch({ fetch: followRedirects(fetch, hubEndpoint), clock, redact, repo }, signal);
  try {
    return await use({
      repo: { type: 'dataset', name: repo },
      hubUrl: hubEndpoint,
      fetch: asking as typeof globalThis.fetch,
      ...(token !== null && { accessToken: token }),
    });
  } catch (error) {
    if (error instanceof HubFailure) throw error;
    const said = error instanceof HubApiError ? error.message : String(error);
    throw new HubFailure('unavailable', redact(`an answer of the Hub could not be understood: ${said}`));
  }
}

const MOST_REDIRECTS = 5;

/** The content of large files lies elsewhere. The token stays with the Hub, whoever sends us where. */
function followRedirects(fetch: Fetch, hubEndpoint: string): Fetch {
  return async (input, init = {}) => {
    let url = new URL(input instanceof Request ? input.url : input);
    for (let hops = 0; ; hops++) {
      const headers = new Headers(init.headers);
      if (url.origin !== hubEndpoint) headers.delete('authorization');
      const response = await fetch(url, { ...init, headers, redirect: 'manual' });
      const location = response.headers.get('location');
      if (response.status < 300 || response.status > 399 || location === null) return response;
      await response.body?.cancel();
      url = new URL(location, url);
      const inside = isLoopback(url) && !isLoopback(new URL(hubEndpoint));
      if (hops === MOST_REDIRECTS || inside || !isSafeToCall(url)) {
        throw new HubFailure('rejected', 'the Hub redirects to where a download may not go');
      }
    }
  };
}
