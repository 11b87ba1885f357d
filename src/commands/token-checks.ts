import type { PushSettings } from '../domain/settings.ts';
import { type Fetch, getJson } from '../lib/http.ts';
import { SYSTEM_CLOCK } from '../parts.ts';
import type { Log } from '../ports.ts';
import { createHub } from '../push/hub.ts';
import { HubFailure } from '../push/hub-failure.ts';
import { type Check, fail, ok, warn } from './check.ts';
import { type TokenOwner, whoami } from './whoami.ts';

const TOKEN_PAGE = 'https://huggingface.co/settings/tokens';
const MAY_ASK = 'inference.serverless.write';
const MAY_WRITE = 'repo.write';

interface Ask {
  readonly fetch: Fetch;
  readonly signal: AbortSignal;
}

/**
 * Is the token known, and may it call Inference Providers? It is shown to the Hub, which issued it: the one place besides the
 * router and this machine that ever sees it, and only when a person runs the doctor.
 */
export async function checkInferenceToken(hubEndpoint: string, token: string, { fetch, signal }: Ask): Promise<Check> {
  const name = 'HF_TOKEN';
  const answer = await whoami(hubEndpoint, token, fetch, signal);
  if (!('owner' in answer)) return unknownToken(name, answer);
  const { owner } = answer;
  if (owner.permissions && !owner.permissions.some(({ permission }) => permission === MAY_ASK)) {
    const mend = `give it the permission "Make calls to Inference Providers" at ${TOKEN_PAGE}`;
    return fail(name, `belongs to ${owner.name} and may not call Inference Providers`, mend);
  }
  return ok(name, `belongs to ${owner.name}${roleWords(owner)}`);
}

/** Is the token known, and may it write to the dataset? A dataset that is missing is created: so the right to do it is known, not guessed. */
export async function checkPush(settings: PushSettings, ask: Ask): Promise<readonly Check[]> {
  const name = 'HF_HUB_TOKEN';
  const { hubEndpoint, token, repo } = settings;
  const answer = await whoami(hubEndpoint, token, ask.fetch, ask.signal);
  if (!('owner' in answer)) return [unknownToken(name, answer)];
  const { owner } = answer;
  const right = checkWriteRight(owner, repo);
  return [
    ok(name, `belongs to ${owner.name}${roleWords(owner)}`),
    right,
    await checkDataset(settings, right.state !== 'fail', ask),
  ];
}

function checkWriteRight(owner: TokenOwner, repo: string): Check {
  const name = 'write right';
  const [namespace = ''] = repo.split('/');
  const mend = `give HF_HUB_TOKEN write access to ${repo} at ${TOKEN_PAGE}, or make a token of type "write"`;
  if (owner.role === 'read') return fail(name, 'HF_HUB_TOKEN may only read', mend);
  if (owner.permissions) {
    const writable = owner.permissions.filter(({ permission }) => permission === MAY_WRITE).map(({ on }) => on);
    if (writable.length === 0) return fail(name, 'HF_HUB_TOKEN may write to no repository', mend);
    const covers = (on: string | null) => on === null || [namespace, repo, `datasets/${repo}`].includes(on);
    if (!writable.some(covers)) return warn(name, `HF_HUB_TOKEN may write elsewhere, ${repo} is not named`, mend);
  }
  if (owner.name !== namespace && !owner.organisations.includes(namespace)) {
    const join = `use a token of ${namespace} or of one of its members, or change HF_DATASET_REPO_ID`;
    return warn(name, `${owner.name} is not ${namespace}, nor one of its members as far as the token shows`, join);
  }
  if (owner.role === null) return warn(name, 'the Hub does not say what HF_HUB_TOKEN may do', mend);
  return ok(name, `HF_HUB_TOKEN may write to ${repo}`);
}

async function checkDataset(settings: PushSettings, mayWrite: boolean, { fetch, signal }: Ask): Promise<Check> {
  const { hubEndpoint, token, repo, isPublic } = settings;
  const headers = { authorization: `Bearer ${token}` };
  const answer = await getJson(`${hubEndpoint}/api/datasets/${repo}`, { fetch, headers }, signal);
  if (answer.ok) {
    const { private: hidden } = Object(answer.value) as { private?: unknown };
    if (typeof hidden !== 'boolean') return ok('dataset', `${repo} is there`);
    if (!hidden || !isPublic) return ok('dataset', `${repo} is there, ${hidden ? 'private' : 'public'}`);
    const mend = `make it public at ${hubEndpoint}/datasets/${repo}/settings; the setting only says how we create one`;
    return warn('dataset', `${repo} is there and private, though HF_DATASET_PUBLIC is on`, mend);
  }
  if (answer.status !== 404 && answer.status !== 401) {
    return warn('dataset', `${repo} cannot be looked at: ${answer.message}`, 'try again later');
  }
  if (!mayWrite)
    return warn('dataset', `${repo} is not there, or hidden from this token`, 'mend the write right first');
  return await createDataset(settings, signal);
}

/** As the first push would. */
async function createDataset(settings: PushSettings, signal: AbortSignal): Promise<Check> {
  const { repo, isPublic } = settings;
  try {
    await createHub({ ...settings, clock: SYSTEM_CLOCK, log: SILENT }).hashes(['README.md'], signal);
    return ok('dataset', `${repo} was not there; it was created now, ${isPublic ? 'public' : 'private'}`);
  } catch (error) {
    if (!(error instanceof HubFailure)) throw error;
    const mend = 'create it by hand at https://huggingface.co/new-dataset, or give HF_HUB_TOKEN the right to';
    return fail('dataset', error.message, mend);
  }
}

const SILENT: Log = { debug() {}, info() {}, warn() {}, error() {} };

function unknownToken(name: string, { status, message }: { status: number | null; message: string }): Check {
  return status === 401 || status === 403
    ? fail(name, 'the Hub does not know it: it is wrong, expired or revoked', `make a new one at ${TOKEN_PAGE}`)
    : warn(name, `cannot be checked: ${message}`, 'mend the way to the Hub first, then run the doctor again');
}

const roleWords = ({ role }: TokenOwner) =>
  role === null ? '' : ` (${role === 'fineGrained' ? 'fine-grained' : role})`;
