import type { ContentHash, DatasetHub, HubCommit } from '../../src/ports.ts';
import { gitBlobId, sha256 } from '../../src/push/content-hash.ts';
import { HubFailure } from '../../src/push/hub-failure.ts';

/** A dataset in memory. Like the Hub, it tells sha256 of Parquet and git's id of everything else. */
export class MemoryHub implements DatasetHub {
  readonly files = new Map<string, Uint8Array>();
  readonly commits: HubCommit[] = [];
  /** Paths of the texts that were asked for. */
  readonly texts: string[] = [];
  #failures: HubFailure[] = [];

  /** The next calls fail with these, one each, before they do anything. */
  failNext(...failures: readonly HubFailure[]): void {
    this.#failures.push(...failures);
  }

  async hashes(paths: readonly string[], signal: AbortSignal): Promise<ReadonlyMap<string, ContentHash>> {
    this.#mayFail(signal);
    return new Map(
      paths.flatMap((path) => {
        const bytes = this.files.get(path);
        return bytes ? [[path, hashOf(path, bytes)]] : [];
      }),
    );
  }

  async text(path: string, signal: AbortSignal): Promise<string> {
    this.#mayFail(signal);
    this.texts.push(path);
    const bytes = this.files.get(path);
    if (bytes === undefined) throw new HubFailure('not_found', `${path} is not there`);
    return Buffer.from(bytes).toString();
  }

  async commit(commit: HubCommit, signal: AbortSignal): Promise<{ readonly url: string }> {
    if (commit.files.length === 0) throw new RangeError('a commit needs a file');
    this.#mayFail(signal);
    this.commits.push(commit);
    for (const { path, bytes } of commit.files) this.files.set(path, bytes.slice());
    return { url: `https://hub.example/commit/${this.commits.length}` };
  }

  #mayFail(signal: AbortSignal): void {
    if (signal.aborted) throw new HubFailure('aborted', 'stopped');
    const failure = this.#failures.shift();
    if (failure) throw failure;
  }
}

function hashOf(path: string, bytes: Uint8Array): ContentHash {
  return path.endsWith('.parquet')
    ? { algorithm: 'sha256', hex: sha256(bytes) }
    : { algorithm: 'git-blob', hex: gitBlobId(bytes) };
}
