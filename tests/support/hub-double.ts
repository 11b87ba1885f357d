import { createHash, randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gitBlobId, sha256 } from '../../src/push/content-hash.ts';

type Step = 'paths-info' | 'raw' | 'create' | 'preupload' | 'batch' | 'upload' | 'commit';

/** What goes wrong at the next request of a step. */
export type Fault =
  /** Refused, nothing done. */
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string;
    }
  /** Done, and then this answer all the same. */
  | { readonly kind: 'answer-after'; readonly status: number; readonly body?: string }
  /** The connection is cut before or after it is done. */
  | { readonly kind: 'cut' | 'cut-after' }
  /** No answer ever comes. */
  | { readonly kind: 'silence' }
  /** The tree is listed as it was before the last commit. */
  | { readonly kind: 'stale' };

interface SeenRequest {
  readonly step: Step;
  readonly authorization: string | null;
  readonly body: string;
}

interface Commit {
  readonly title: string;
  readonly description: string;
  readonly paths: readonly string[];
}

/** The Hub's protocol as `@huggingface/hub` speaks it, over real HTTP, with faults on demand and everything in memory. */
export class HubDouble implements AsyncDisposable {
  readonly requests: SeenRequest[] = [];
  readonly commits: Commit[] = [];
  #exists: boolean;
  #files = new Map<string, Uint8Array>();
  #before = this.#files;
  #stored = new Map<string, Uint8Array>();
  #faults: { readonly step: Step; readonly fault: Fault }[] = [];
  #waiters: { readonly step: Step; resolve(): void }[] = [];
  #server = createServer((request, response) => void this.#serve(request, response));
  readonly #token: string;
  readonly #repo: string;

  private constructor(token: string, repo: string, exists: boolean) {
    this.#token = token;
    this.#repo = repo;
    this.#exists = exists;
  }

  static async start({ token, repo, exists = true }: { token: string; repo: string; exists?: boolean }) {
    const double = new HubDouble(token, repo, exists);
    await new Promise<void>((resolve) => double.#server.listen(0, '127.0.0.1', resolve));
    return double;
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get files(): ReadonlyMap<string, Uint8Array> {
    return this.#files;
  }

  /** One fault for each of the next requests of that step, in order. */
  fail(step: Step, ...faults: readonly Fault[]): void {
    for (const fault of faults) this.#faults.push({ step, fault });
  }

  /** Resolves when the next request of that step has arrived. */
  arrival(step: Step): Promise<void> {
    return new Promise((resolve) => this.#waiters.push({ step, resolve }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = Buffer.concat(await Array.fromAsync(request as AsyncIterable<Buffer>));
    const step = stepOf(request.url ?? '');
    this.requests.push({ step, authorization: request.headers.authorization ?? null, body: body.toString() });
    for (const waiter of this.#waiters.filter((other) => other.step === step)) waiter.resolve();

    const at = this.#faults.findIndex((planned) => planned.step === step);
    const fault = at < 0 ? null : this.#faults.splice(at, 1)[0]!.fault;
    if (fault?.kind === 'silence') return;
    if (fault?.kind === 'cut') return void request.socket.destroy();
    if (fault?.kind === 'answer') {
      response.writeHead(fault.status, { 'content-type': 'application/json', ...fault.headers }).end(fault.body);
      return;
    }
    const answer = this.#answer(step, request, body, fault?.kind === 'stale');
    if (fault?.kind === 'cut-after') return void request.socket.destroy();
    const status = fault?.kind === 'answer-after' ? fault.status : answer.status;
    const answered = Buffer.isBuffer(answer.json) ? answer.json : JSON.stringify(answer.json);
    const text = fault?.kind === 'answer-after' ? fault.body : answered;
    response.writeHead(status, { 'content-type': 'application/json' }).end(text);
  }

  #answer(
    step: Step,
    { headers, url }: IncomingMessage,
    body: Buffer,
    stale: boolean,
  ): { status: number; json: unknown } {
    const ok = (json: unknown) => ({ status: 200, json });
    if (step === 'upload') {
      this.#stored.set(new URL(url!, this.origin).pathname.split('/').at(-1)!, body);
      return ok({});
    }
    if (headers.authorization !== `Bearer ${this.#token}`)
      return { status: 401, json: { error: 'Invalid credentials' } };
    if (step === 'create') {
      if (this.#exists) return { status: 409, json: { error: 'You already created this dataset repo' } };
      this.#exists = true;
      return ok({ url: `${this.origin}/datasets/${this.#repo}`, name: this.#repo, id: 'x' });
    }
    if (!this.#exists || !decodeURIComponent(url!).includes(`/${this.#repo}`)) {
      return { status: 404, json: { error: 'Repository not found' } };
    }
    switch (step) {
      case 'raw': {
        const bytes = this.#files.get(decodeURIComponent(url!).split('/raw/main/')[1]!);
        return bytes ? ok(Buffer.from(bytes)) : { status: 404, json: { error: 'Entry not found' } };
      }
      case 'paths-info':
        return ok(this.#pathsInfo(JSON.parse(String(body)).paths, stale ? this.#before : this.#files));
      case 'preupload':
        return ok({
          files: JSON.parse(String(body)).files.map(({ path }: { path: string }) => ({ path, uploadMode: mode(path) })),
        });
      case 'batch':
        return ok(this.#lfsBatch(JSON.parse(String(body)).objects));
      case 'commit':
        return this.#commit(
          String(body)
            .split('\n')
            .map((line) => JSON.parse(line)),
        );
    }
  }

  #pathsInfo(paths: readonly string[], tree: ReadonlyMap<string, Uint8Array>): readonly object[] {
    return paths.flatMap((path) => {
      const bytes = tree.get(path);
      if (bytes === undefined) return [];
      const lfs = mode(path) === 'lfs' ? { oid: sha256(bytes), size: bytes.length, pointerSize: 130 } : undefined;
      return [
        {
          type: 'file',
          path,
          size: bytes.length,
          oid: gitBlobId(lfs ? Buffer.from(`pointer to ${lfs.oid}`) : bytes),
          lfs,
        },
      ];
    });
  }

  #lfsBatch(objects: readonly { oid: string; size: number }[]): object {
    const upload = (oid: string) => ({
      upload: { href: `${this.origin}/storage/${oid}?X-Amz-Signature=${randomBytes(8).toString('hex')}` },
    });
    return {
      transfer: 'basic',
      objects: objects.map(({ oid, size }) => ({ oid, size, ...(!this.#stored.has(oid) && { actions: upload(oid) }) })),
    };
  }

  #commit(lines: readonly { key: string; value: Record<string, string> }[]): { status: number; json: unknown } {
    const header = lines.find(({ key }) => key === 'header')!.value;
    const files = lines.flatMap(({ key, value }) => {
      if (key === 'file') return [[value.path!, Buffer.from(value.content!, 'base64')] as const];
      if (key === 'lfsFile') return [[value.path!, this.#stored.get(value.oid!)] as const];
      return [];
    });
    for (const [path, bytes] of files) {
      const named = lines.find(({ value }) => value.path === path)!.value;
      const intact = bytes !== undefined && (named.oid === undefined || sha256(bytes) === named.oid);
      if (!intact) return { status: 400, json: { error: `${path} was not uploaded` } };
    }
    this.#before = this.#files;
    this.#files = new Map([...this.#files, ...(files as readonly (readonly [string, Uint8Array])[])]);
    this.commits.push({
      title: header.summary!,
      description: header.description ?? '',
      paths: files.map(([path]) => path),
    });
    const oid = createHash('sha1').update(`${this.commits.length}`).digest('hex');
    return {
      status: 200,
      json: { success: true, commitOid: oid, commitUrl: `${this.origin}/commit/${oid}`, hookOutput: '' },
    };
  }
}

/** The Hub decides by path and size; here by path alone. */
const mode = (path: string) => (path.endsWith('.parquet') ? 'lfs' : 'regular');

function stepOf(url: string): Step {
  if (url.startsWith('/storage/')) return 'upload';
  if (url.endsWith('/info/lfs/objects/batch')) return 'batch';
  if (url === '/api/repos/create') return 'create';
  return (['paths-info', 'raw', 'preupload', 'commit'] as const).find((step) => url.includes(`/${step}/`))!;
}
