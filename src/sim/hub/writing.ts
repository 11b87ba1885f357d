import { type Answer, json } from '../http/answer.ts';
import { badRequest, fieldsOf, notFound, type RepoCall } from './call.ts';
import { isFilePath, isLargeFile } from './names.ts';
import { type Change, type Repo, sha256Of } from './repo.ts';

const LFS_TYPE = { 'content-type': 'application/vnd.git-lfs+json' };
const SHA256 = /^[0-9a-f]{64}$/;

/** `POST …/preupload/{rev}`: which files are large. */
export function preupload({ request, repo }: RepoCall): Answer {
  const { files } = fieldsOf(request);
  if (!Array.isArray(files)) return badRequest('"files" must be a list');
  const answers = files.map((file) => {
    const { path, size, sample } = Object(file);
    if (typeof path !== 'string' || !isFilePath(path) || !Number.isSafeInteger(size)) return null;
    const binary = typeof sample === 'string' && Buffer.from(sample, 'base64').includes(0);
    return { path, uploadMode: binary || isLargeFile(path, size) ? 'lfs' : 'regular', shouldIgnore: false };
  });
  if (answers.includes(null)) return badRequest('a file needs a valid path and size');
  return json({ files: answers, commitOid: repo.commits()[0]!.id });
}

/** `POST …/info/lfs/objects/batch`: where to bring what is not there yet. */
export function lfsBatch({ request, repo, files, hubUrl }: RepoCall): Answer {
  const { operation, objects } = fieldsOf(request);
  if (operation !== 'upload' || !Array.isArray(objects)) return badRequest('only uploads are taken');
  const known = new Set([...files.values()].map((file) => file.sha256));
  const answers = objects.map((object) => {
    const { oid, size } = Object(object);
    if (typeof oid !== 'string' || !SHA256.test(oid) || !Number.isSafeInteger(size) || size < 0) {
      return { oid, size, error: { code: 422, message: 'invalid object' } };
    }
    if (known.has(oid) || repo.uploads.get(oid)) return { oid, size };
    repo.uploads.announce(oid, size);
    return { oid, size, actions: { upload: { href: `${hubUrl}/lfs/${repo.id}/${oid}`, header: {} } } };
  });
  return json({ transfer: 'basic', objects: answers }, 200, LFS_TYPE);
}

/** `PUT /lfs/{repo}/{sha256}`: nothing is taken that was not announced, or is not what its name says. */
export function lfsUpload({ request, repo, path: oid }: RepoCall): Answer {
  const size = repo.uploads.expected(oid);
  if (size === null) return json({ error: 'No such upload was announced' }, 403);
  if (request.body.length !== size) return badRequest(`expected ${size} bytes, received ${request.body.length}`);
  if (sha256Of(request.body) !== oid) return badRequest('the bytes have another sha256');
  repo.uploads.put(oid, request.body);
  return json({}, 200, { etag: `"${oid}"` });
}

/** `POST …/commit/{rev}`: one JSON object a line, the header first. All of it or nothing. */
export async function commit({ request, repo, hubUrl }: RepoCall): Promise<Answer> {
  const lines = linesOf(request.body.toString('utf8'));
  const header = Object(lines?.[0]?.value);
  if (lines?.[0]?.key !== 'header') return badRequest('the first line must be a header');
  if (typeof header.summary !== 'string' || header.summary === '') return badRequest('a commit needs a summary');
  const head = repo.commits()[0]!;
  if (header.parentCommit !== undefined && header.parentCommit !== head.id) {
    return json({ error: 'A commit has happened since. Please refresh and try again.' }, 412);
  }
  const changes = await Promise.all(lines.slice(1).map(({ key, value }) => changeOf(repo, key, Object(value))));
  const refusal = changes.find((change) => 'status' in change);
  if (refusal && 'status' in refusal) return refusal;
  const accepted = changes.filter((change): change is Change => 'path' in change);
  const clash = clashOf(repo, accepted);
  if (clash !== null) return badRequest(`"${clash}" would be both a file and a folder`);
  const { id } = await repo.commit(header.summary, String(header.description ?? ''), accepted);
  for (const { value } of lines.slice(1)) repo.uploads.forget(String(Object(value).oid));
  return json({
    success: true,
    commitOid: id,
    commitUrl: `${hubUrl}/datasets/${repo.id}/commit/${id}`,
    hookOutput: '',
  });
}

function linesOf(body: string): readonly { readonly key?: unknown; readonly value?: unknown }[] | null {
  try {
    return body
      .split('\n')
      .filter((line) => line.trim() !== '')
      .map((line) => Object(JSON.parse(line)));
  } catch {
    return null;
  }
}

async function changeOf(repo: Repo, key: unknown, value: Readonly<Record<string, unknown>>): Promise<Change | Answer> {
  const { path, content, encoding, oid, size } = value;
  if (typeof path !== 'string' || !isFilePath(path)) return badRequest('a path that leads out of the repository');
  switch (key) {
    case 'file': {
      if (typeof content !== 'string') return badRequest(`"${path}" has no content`);
      const bytes = Buffer.from(content, encoding === 'base64' ? 'base64' : 'utf8');
      return isLargeFile(path, bytes.length) ? badRequest(`"${path}" must be uploaded through LFS`) : { path, bytes };
    }
    case 'lfsFile': {
      const bytes = repo.uploads.get(String(oid)) ?? (await storedBytes(repo, String(oid)));
      if (bytes === null || bytes.length !== size)
        return badRequest(`LFS pointer of "${path}" points to a file that does not exist`);
      return { path, bytes };
    }
    case 'deletedFile':
      return repo.files().has(path) ? { path, bytes: null } : notFound('EntryNotFound', `"${path}" does not exist`);
    default:
      return badRequest(`unknown operation ${JSON.stringify(key)}`);
  }
}

async function storedBytes(repo: Repo, sha256: string): Promise<Buffer | null> {
  const same = [...repo.files().values()].find((file) => file.sha256 === sha256);
  return same ? repo.read(same) : null;
}

/** A path that would be a file and a folder at once, or null. */
function clashOf(repo: Repo, changes: readonly Change[]): string | null {
  const paths = new Set(repo.files().keys());
  for (const { path, bytes } of changes) bytes === null ? paths.delete(path) : paths.add(path);
  const folders = new Set([...paths].flatMap((path) => foldersOf(path)));
  return [...paths].find((path) => folders.has(path)) ?? null;
}

/** `a/b/c` → `a`, `a/b` */
export function foldersOf(path: string): readonly string[] {
  const segments = path.split('/');
  return segments.slice(1).map((_, at) => segments.slice(0, at + 1).join('/'));
}
