import { type Answer, type Headers, json } from '../http/answer.ts';
import { badRequest, fieldsOf, notFound, type RepoCall } from './call.ts';
import { isFilePath } from './names.ts';
import { pointerTo, type StoredFile } from './repo.ts';
import { foldersOf } from './writing.ts';

const TREE_PAGE = 1_000;
const COMMITS_PAGE = 100;

/** `GET /api/datasets/{repo}` */
export function info({ repo, files, request }: RepoCall): Answer {
  const commits = repo.commits();
  const all = {
    author: repo.id.split('/')[0],
    sha: commits[0]!.id,
    lastModified: commits[0]!.date,
    createdAt: commits.at(-1)!.date,
    private: repo.isPrivate,
    gated: false,
    disabled: false,
    downloads: 0,
    likes: 0,
    tags: [],
    siblings: [...files.keys()].map((rfilename) => ({ rfilename })),
  };
  const wanted = [...request.query.getAll('expand[]'), ...request.query.getAll('expand')];
  const fields = Object.entries(all).filter(([name]) => wanted.length === 0 || wanted.includes(name));
  return json({ _id: commits.at(-1)!.id.slice(0, 24), id: repo.id, ...Object.fromEntries(fields) });
}

/** `GET …/commits/{rev}` */
export function commits({ repo, request, hubUrl }: RepoCall): Answer {
  const user = repo.id.split('/')[0];
  const listed = repo.commits().map((commit) => ({ ...commit, authors: [{ user, avatar: '' }] }));
  return paged(listed, request.query, `${hubUrl}${request.path}`, COMMITS_PAGE);
}

/** `GET …/tree/{rev}[/{folder}]` */
export function tree({ repo, files, path, request, hubUrl }: RepoCall): Answer {
  const inside = [...files.values()].filter((file) => path === '' || file.path.startsWith(`${path}/`));
  if (path !== '' && inside.length === 0) return notFound('EntryNotFound', `"${path}" does not exist on "main"`);
  const recursive = request.query.get('recursive') === 'true';
  const isHere = (entry: string) => {
    const rest = path === '' ? entry : entry.slice(path.length + 1);
    return entry.startsWith(path) && entry !== path && (recursive || !rest.includes('/'));
  };
  const folders = new Set(inside.flatMap((file) => foldersOf(file.path)));
  const entries = [
    ...[...folders].map((folder) => ({ type: 'directory', oid: repo.commits()[0]!.id, size: 0, path: folder })),
    ...inside.map((file) => entryOf(file, request.query.get('expand') === 'true')),
  ];
  const listed = entries.filter((entry) => isHere(entry.path)).toSorted((a, b) => (a.path < b.path ? -1 : 1));
  return paged(listed, request.query, `${hubUrl}${encodeURI(request.path)}`, TREE_PAGE);
}

/** `POST …/paths-info/{rev}`: those that exist. */
export function pathsInfo({ files, request }: RepoCall): Answer {
  const { paths, expand } = fieldsOf(request);
  if (!Array.isArray(paths)) return badRequest('"paths" must be a list');
  const found = paths.flatMap((path) => files.get(String(path)) ?? []);
  return json(found.map((file) => entryOf(file, expand === true)));
}

function entryOf({ path, size, oid, sha256, lfs, commit }: StoredFile, expand: boolean) {
  const lastCommit = { id: commit.id, title: commit.title, date: commit.date };
  return {
    type: 'file',
    oid,
    size,
    path,
    ...(lfs && { lfs: { oid: sha256, size, pointerSize: pointerTo(sha256, size).length } }),
    ...(expand && { lastCommit, securityFileStatus: { status: 'safe' } }),
  };
}

/** A page of a list, with a `Link` to the next. */
function paged(items: readonly unknown[], query: URLSearchParams, url: string, page: number): Answer {
  const limit = Number(query.get('limit') ?? page);
  const from = Number(query.get('cursor') ?? 0);
  if (!Number.isInteger(limit) || limit < 1 || !Number.isInteger(from) || from < 0)
    return badRequest('Invalid limit or cursor');
  const next = new URLSearchParams(query);
  next.set('cursor', String(from + limit));
  const headers: Headers = from + limit < items.length ? { link: `<${url}?${next}>; rel="next"` } : {};
  return json(items.slice(from, from + limit), 200, headers);
}

/** `GET`, `HEAD` `/datasets/{repo}/resolve|raw/{rev}/{path}`; `raw` gives the pointer of a large file. */
export async function file(call: RepoCall, raw: boolean): Promise<Answer> {
  const { repo, files, path, request } = call;
  const stored = isFilePath(path) ? files.get(path) : undefined;
  if (!stored) return notFound('EntryNotFound', 'Entry not found');
  const asPointer = raw && stored.lfs;
  const whole = asPointer ? Buffer.from(pointerTo(stored.sha256, stored.size)) : await repo.read(stored);
  const etag = `"${stored.lfs && !raw ? stored.sha256 : stored.oid}"`;
  const headers = {
    'content-type':
      /\.(csv|md|txt|json|jsonl)$/.test(path) || asPointer ? 'text/plain; charset=utf-8' : 'application/octet-stream',
    etag,
    'accept-ranges': 'bytes',
    'x-repo-commit': repo.commits()[0]!.id,
    ...(stored.lfs && { 'x-linked-etag': `"${stored.sha256}"`, 'x-linked-size': String(stored.size) }),
  };
  const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.get('range') ?? '');
  if (!range) return { status: 200, headers, body: whole };
  const from = Number(range[1]);
  const to = Math.min(range[2] ? Number(range[2]) : whole.length - 1, whole.length - 1);
  if (from > to && whole.length > 0)
    return { status: 416, headers: { ...headers, 'content-range': `bytes */${whole.length}` }, body: Buffer.alloc(0) };
  return {
    status: 206,
    headers: { ...headers, 'content-range': `bytes ${from}-${Math.max(to, 0)}/${whole.length}` },
    body: whole.subarray(from, to + 1),
  };
}
