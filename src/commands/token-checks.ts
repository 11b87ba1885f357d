import type { PushSettings } from '../domain/settings.ts';
import { type Fetch, getJson } from '../lib/http.ts';
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

/** Is the token known, and may it write to the dataset? Nothing is written to find out. */
export async function checkPush({ hubEndpoint, token, repo }: PushSettings, ask: Ask): Promise<readonly Check[]> {
  const name = 'HF_HUB_TOKEN';
  const answer = await whoami(hubEndpoint, token, ask.fetch, ask.signal);
  if (!('owner' in answer)) return [unknownToken(name, answer)];
  const { owner } = answer;
  const right = checkWriteRight(owner, repo);
  return [
    ok(name, `belongs to ${owner.name}${roleWords(owner)}`),
    right,
    await checkDataset(hubEndpoint, token, repo, ask),
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

async function checkDataset(hubEndpoint: string, token: string, repo: string, { fetch, signal }: Ask): Promise<Check> {
  const headers = { authorization: `Bearer ${token}` };
  const answer = await getJson(`${hubEndpoint}/api/datasets/${repo}`, { fetch, headers }, signal);
  if (answer.ok) return ok('dataset', `${repo} is there`);
  if (answer.status === 404 || answer.status === 401) {
    return ok('dataset', `${repo} is not there yet, or hidden from this token; the first push makes it, private`);
  }
  return warn('dataset', `${repo} cannot be looked at: ${answer.message}`, 'try again later');
}

function unknownToken(name: string, { status, message }: { status: number | null; message: string }): Check {
  return status === 401 || status === 403
    ? fail(name, 'the Hub does not know it: it is wrong, expired or revoked', `make a new one at ${TOKEN_PAGE}`)
    : warn(name, `cannot be checked: ${message}`, 'mend the way to the Hub first, then run the doctor again');
}

const roleWords = ({ role }: TokenOwner) =>
  role === null ? '' : ` (${role === 'fineGrained' ? 'fine-grained' : role})`;
