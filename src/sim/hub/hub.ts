import { listModels, modelsJson, oneModel } from '../catalogue.ts';
import { type Answer, json, text } from '../http/answer.ts';
import type { HttpRequest } from '../http/request.ts';
import { type Ending, type Exchange, type Handler, reply } from '../http/server.ts';
import type { JournalKeeper } from '../journal.ts';
import { tokenOf } from '../token.ts';
import type { Universe } from '../universe.ts';
import { badRequest, fieldsOf, notFound, type RepoCall } from './call.ts';
import type { HubEndpoint } from './fault.ts';
import { isRepoId } from './names.ts';
import { commits, file, info, pathsInfo, tree } from './reading.ts';
import { createRepos } from './repos.ts';
import { commit, lfsBatch, lfsUpload, preupload } from './writing.ts';

export interface HubParts {
  readonly universe: Universe;
  /** Where repositories are written as `owner/name`; null: in memory. */
  readonly folder: string | null;
  /** A token that may read but not write; any other that looks like a token may do both. */
  readonly readToken: string;
  readonly keeper: JournalKeeper;
  /** Answers a request with whatever was asked to go wrong at this endpoint. */
  readonly answer: (
    exchange: Exchange,
    endpoint: HubEndpoint,
    act: (stale: boolean) => Answer | Promise<Answer>,
  ) => Promise<Ending>;
  readonly hubUrl: string;
}

interface RepoRoute {
  readonly endpoint: HubEndpoint;
  readonly methods: readonly string[];
  /** `repo`, `rev` and `path` are named groups. */
  readonly pattern: RegExp;
  readonly needs: 'read' | 'write' | 'nothing';
  readonly handle: (call: RepoCall) => Answer | Promise<Answer>;
}

interface Groups {
  readonly repo?: string;
  readonly rev?: string;
  readonly path?: string;
}

const REPO = '(?<repo>[^/]+/[^/]+)';
const route = (
  endpoint: HubEndpoint,
  methods: readonly string[],
  pattern: string,
  needs: RepoRoute['needs'],
  handle: RepoRoute['handle'],
): RepoRoute => ({ endpoint, methods, pattern: new RegExp(`^${pattern}$`, 's'), needs, handle });

const REPO_ROUTES: readonly RepoRoute[] = [
  route('info', ['GET', 'HEAD'], `/api/datasets/${REPO}(?:/revision/(?<rev>[^/]+))?`, 'read', info),
  route('preupload', ['POST'], `/api/datasets/${REPO}/preupload/(?<rev>[^/]+)`, 'write', preupload),
  route('commit', ['POST'], `/api/datasets/${REPO}/commit/(?<rev>[^/]+)`, 'write', commit),
  route('tree', ['GET'], `/api/datasets/${REPO}/tree/(?<rev>[^/]+)(?:/(?<path>.+?))?/?`, 'read', tree),
  route('paths-info', ['POST'], `/api/datasets/${REPO}/paths-info/(?<rev>[^/]+)`, 'read', pathsInfo),
  route('commits', ['GET'], `/api/datasets/${REPO}/commits/(?<rev>[^/]+)`, 'read', commits),
  route('lfs-batch', ['POST'], `/datasets/${REPO}\\.git/info/lfs/objects/batch`, 'write', lfsBatch),
  // like a signed URL, it carries no token: the batch that announced the upload did
  route('lfs-upload', ['PUT'], `/lfs/${REPO}/(?<path>[^/]+)`, 'nothing', lfsUpload),
  route('file', ['GET', 'HEAD'], `/datasets/${REPO}/resolve/(?<rev>[^/]+)/(?<path>.+)`, 'read', (call) =>
    file(call, false),
  ),
  route('file', ['GET', 'HEAD'], `/datasets/${REPO}/raw/(?<rev>[^/]+)/(?<path>.+)`, 'read', (call) => file(call, true)),
];

/** The Hub: the catalogue, and dataset repositories that can be written and read. */
export function createHub(parts: HubParts): Handler {
  const { universe, keeper, readToken, folder, hubUrl } = parts;
  const repos = createRepos(folder);
  /** Writes happen one after the other. */
  let lastWrite: Promise<unknown> = Promise.resolve();
  const inTurn = (write: () => Promise<Answer>): Promise<Answer> => {
    const turn = lastWrite.then(write, write);
    lastWrite = turn;
    return turn;
  };

  const roleOf = (request: HttpRequest): 'none' | 'read' | 'write' => {
    const token = tokenOf(request);
    if (token === null) return 'none';
    return token === readToken ? 'read' : 'write';
  };

  const create = async (request: HttpRequest): Promise<Answer> => {
    const { name, organization, type, visibility, private: asked } = fieldsOf(request);
    const id = `${organization ?? USER}/${name}`;
    if (type !== 'dataset') return badRequest('only datasets can be created here');
    if (!isRepoId(id)) return badRequest(`"${id}" is no valid repository id`);
    const url = `${hubUrl}/datasets/${id}`;
    const created = await repos.create(id, visibility === 'private' || asked === true);
    if (!created) return json({ error: 'You already created this dataset repo', url }, 409);
    return json({ url, name: id, id: created.commits()[0]!.id.slice(0, 24) });
  };

  const aboutRepo = async (found: RepoRoute, groups: Groups, request: HttpRequest, stale: boolean): Promise<Answer> => {
    const role = roleOf(request);
    if (found.needs === 'write' && role !== 'write') return refusal(role);
    const repo = await repos.find(groups.repo ?? '');
    if (!repo || (repo.isPrivate && found.needs === 'read' && role === 'none')) {
      return role === 'none'
        ? json({ error: 'Invalid username or password.' }, 401, { 'x-error-code': 'RepoNotFound' })
        : notFound('RepoNotFound', 'Repository not found');
    }
    const revision = groups.rev ?? 'main';
    if (!['main', 'HEAD', repo.commits()[0]!.id].includes(revision))
      return notFound('RevisionNotFound', `Invalid rev id: ${revision}`);
    const call = {
      request,
      repo,
      path: groups.path ?? '',
      files: stale ? repo.filesBefore() : repo.files(),
      hubUrl,
    };
    return found.endpoint === 'commit' ? inTurn(async () => found.handle(call)) : found.handle(call);
  };

  return async (exchange) => {
    const { request } = exchange;
    const { method, path, query } = request;
    const answer = (endpoint: HubEndpoint, act: (stale: boolean) => Answer | Promise<Answer>) => {
      keeper.note('hub', endpoint, request);
      return parts.answer(exchange, endpoint, act);
    };
    const reads = method === 'GET' || method === 'HEAD';
    if (reads && path === '/api/models') return answer('models', () => listModels(universe, query, hubUrl));
    if (reads && path === '/models-json') return answer('models-json', () => modelsJson(universe, query));
    if (reads && path.startsWith('/api/models/'))
      return answer('model', () => oneModel(universe, path.slice('/api/models/'.length), query));
    if (reads && path === '/api/whoami-v2') return answer('whoami', () => whoAmI(roleOf(request)));
    if (method === 'POST' && path === '/api/repos/create') {
      return answer('create', () =>
        roleOf(request) === 'write' ? inTurn(() => create(request)) : refusal(roleOf(request)),
      );
    }
    for (const found of REPO_ROUTES) {
      const groups = found.methods.includes(method) ? found.pattern.exec(path)?.groups : undefined;
      if (groups) return answer(found.endpoint, (stale) => aboutRepo(found, groups, request, stale));
    }
    keeper.note('hub', 'unknown', request);
    return reply(
      exchange,
      reads && path === '/'
        ? text('<!DOCTYPE html><title>Simulated Hub</title>', 'text/html')
        : json({ error: 'Not Found' }, 404),
    );
  };
}

const USER = 'simulated-lab';

const refusal = (role: 'none' | 'read' | 'write'): Answer =>
  role === 'none'
    ? json({ error: 'Invalid username or password.' }, 401)
    : json({ error: 'This token has no write access to this repository' }, 403);

function whoAmI(role: 'none' | 'read' | 'write'): Answer {
  if (role === 'none') return refusal(role);
  return json({
    type: 'user',
    id: '64d0c0ffee64d0c0ffee64d0',
    name: USER,
    fullname: 'Simulated Lab',
    email: null,
    emailVerified: true,
    canPay: false,
    periodEnd: null,
    isPro: false,
    avatarUrl: '',
    orgs: [],
    auth: {
      type: 'access_token',
      accessToken: { displayName: `simulated ${role}`, role, createdAt: '2026-01-01T00:00:00.000Z' },
    },
  });
}
