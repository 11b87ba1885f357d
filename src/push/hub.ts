import { commit, createRepo, HubApiError, pathsInfo } from '@huggingface/hub';
import { z } from 'zod';
import { createRedactor } from '../lib/redact.ts';
import { visible } from '../lib/visible.ts';
import type { Clock, ContentHash, DatasetHub, Log } from '../ports.ts';
import { HubFailure } from './hub-failure.ts';
import { type Fetch, hubFetch, stopped } from './hub-fetch.ts';
import { failureOf } from './refusal.ts';

interface HubOptions {
  /** Begins with `hf_`. */
  readonly token: string;
  /** `owner/name` of the dataset. */
  readonly repo: string;
  /** Origin of the Hub, no trailing slash. */
  readonly hubEndpoint: string;
  /** Visibility of the dataset if it has to be created; private unless said. */
  readonly isPublic?: boolean;
  readonly fetch?: Fetch;
  readonly clock: Clock;
  readonly log: Log;
}

const Oid = z.string().regex(/^[0-9a-f]{40}$/);
const Entries = z.array(
  z.object({
    path: z.string(),
    oid: Oid,
    lfs: z.object({ oid: z.string().regex(/^[0-9a-f]{64}$/) }).nullish(),
  }),
);

/** The dataset repository on a Hugging Face Hub, by its own client. Every failure of the Hub is thrown as a `HubFailure`. */
export function createHub(options: HubOptions): DatasetHub {
  const { token, repo, hubEndpoint, isPublic = false, fetch = globalThis.fetch, clock, log } = options;
  const redact = createRedactor([token]);
  const dataset = { repo: { type: 'dataset', name: repo } as const, accessToken: token, hubUrl: hubEndpoint };
  let seen = false;

  /** The client's answers are checked inside `use`, so that one that makes no sense is the Hub's failure and not ours. */
  async function call<T>(signal: AbortSignal, use: (fetch: typeof globalThis.fetch) => Promise<T>): Promise<T> {
    if (signal.aborted) throw stopped(); // the client itself would go on
    try {
      const result = await use(hubFetch({ fetch, clock, redact, repo }, signal) as typeof globalThis.fetch);
      seen = true;
      return result;
    } catch (error) {
      if (error instanceof HubFailure) throw error;
      if (error instanceof HubApiError) throw refusedInside(error);
      throw new HubFailure(
        'unavailable',
        `an answer of the Hub could not be understood: ${brief(redact(String(error)))}`,
      );
    }
  }

  /** A 200 whose body refuses one of the files (LFS batch). */
  function refusedInside({ statusCode, message }: HubApiError): HubFailure {
    const body = JSON.stringify({ message: redact(message) });
    return failureOf({ status: statusCode, headers: new Headers(), authorized: true, body }, repo, clock.nowMs());
  }

  const hashes = (paths: readonly string[], signal: AbortSignal) =>
    call(signal, async (fetch) => {
      const entries = Entries.parse(await pathsInfo({ ...dataset, fetch, paths: [...paths] }));
      return new Map(entries.map(({ path, oid, lfs }) => [path, contentHash(oid, lfs?.oid)]));
    });

  async function create(signal: AbortSignal): Promise<void> {
    const visibility = isPublic ? 'public' : 'private';
    await call(signal, (fetch) => createRepo({ ...dataset, fetch, visibility }));
    log.info({ dataset: repo, visibility }, 'the dataset was not there, and was created');
  }

  return {
    async hashes(paths, signal) {
      try {
        return await hashes(paths, signal);
      } catch (error) {
        // One that we have seen and that is gone was renamed or deleted: a person should know, not find a new one.
        if (seen || !isKind(error, 'not_found')) throw error;
      }
      try {
        await create(signal);
        return new Map();
      } catch (error) {
        if (isKind(error, 'forbidden')) throw mayNotCreate(repo);
        if (!isKind(error, 'conflict')) throw error;
        return await hashes(paths, signal); // it is there by now, or it was there and is hidden from us
      }
    },

    async text(path, signal) {
      // The client would ask twice, first for the size; `raw` answers at once, where `resolve` redirects.
      const url = `${hubEndpoint}/datasets/${repo}/raw/main/${path}`;
      return call(signal, async (fetch) => {
        const response = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
        return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(await response.arrayBuffer());
      });
    },

    async commit({ title, description, files }, signal) {
      if (files.length === 0) throw new RangeError('a commit needs a file: the Hub would take an empty one');
      // Plain blobs in memory: under Bun the client uploads nothing of a file URL.
      const operations = files.map(({ path, bytes }) => ({
        operation: 'addOrUpdate' as const,
        path,
        content: new Blob([bytes as Uint8Array<ArrayBuffer>]),
      }));
      return call(signal, async (fetch) => {
        // Without Xet an upload is one PUT that our time-out covers; with it, 128 MB are reserved per stream to find
        // duplicate chunks, of which compressed shards have none. No `abortSignal`: the client never takes its listeners
        // off, and each would hold the bytes of its commit for as long as we run; our fetch follows the signal anyway.
        const made = await commit({
          ...dataset,
          fetch,
          title,
          description,
          operations,
          useXet: false,
        });
        return { url: `${hubEndpoint}/datasets/${repo}/commit/${Oid.parse(made?.commit.oid)}` };
      });
    },
  };
}

function contentHash(oid: string, lfsOid: string | undefined): ContentHash {
  return lfsOid === undefined ? { algorithm: 'git-blob', hex: oid } : { algorithm: 'sha256', hex: lfsOid };
}

const isKind = (error: unknown, kind: HubFailure['kind']) => error instanceof HubFailure && error.kind === kind;

function mayNotCreate(repo: string): HubFailure {
  const [owner] = repo.split('/');
  const message = `the dataset ${repo} does not exist (or HF_HUB_TOKEN may not see it), and HF_HUB_TOKEN may not create datasets of ${owner}: create it by hand, or give the token that right`;
  return new HubFailure('forbidden', message);
}

const brief = (text: string) => visible(text.replaceAll(/\s+/g, ' ').slice(0, 300));
