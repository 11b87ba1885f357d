import { nonce } from '../domain/ids.ts';
import type { ProbeSettings } from '../domain/settings.ts';
import type { PlannedProbe } from '../domain/types.ts';
import { isLoopback, isSafeToCall } from '../lib/loopback.ts';
import type { Question } from './types.ts';
import { wordingOf } from './wording.ts';

/** A question for one target, and what may be told about it. */
export interface Ask {
  readonly question: Question;
  /** `provider`: its own path on the router; `unified`: the one endpoint with `model:provider`. */
  readonly route: 'provider' | 'unified';
  /** Names under which an honest reply may call the model: as asked for, on the Hub, on the provider's side. */
  readonly modelNames: readonly string[];
  /** The headers as JSON text, credentials masked. */
  readonly headersSanitized: string;
}

type Asked = Pick<PlannedProbe, 'cycle' | 'target' | 'kind'>;

const MASKED_HEADERS: Readonly<Record<string, string>> = {
  Authorization: 'Bearer [MASKED]',
  'X-HF-Bill-To': '[MASKED]',
};

/** What a provider's route asks for besides; as `@huggingface/inference` sends it. */
const EXTRA_HEADERS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'zai-org': { 'x-source-channel': 'hugging_face', 'accept-language': 'en-US,en' },
};

/**
 * The request of one probe (spec.md, "The request") to its target. The token is in it only where the URL is the router's or this machine's.
 *
 * @throws where settings have no token, or they or the catalogue name no URL that may be called; all is checked when it is read, so that is a bug of ours
 */
export function askTarget(planned: Asked, settings: ProbeSettings, trackerVersion: string): Ask {
  const { target } = planned;
  const ownUrl = settings.mapping.get(target.provider);
  const template = ownUrl ?? settings.mapping.get('*');
  if (template === undefined) throw new Error('the mapping has neither this provider nor "*"');
  const url = new URL(template.replaceAll('{providerId}', () => pathOf(target.providerModelId)));
  if (!isSafeToCall(url) || url.username !== '' || url.password !== '') throw new Error('a URL that may not be called');

  const route = ownUrl === undefined ? 'unified' : 'provider';
  const model = route === 'provider' ? target.providerModelId : `${target.modelId}:${target.provider}`;
  const headers = {
    ...(mayHaveToken(url, settings) ? credentials(settings) : {}),
    'Content-Type': 'application/json',
    Accept: settings.mode === 'stream' ? 'text/event-stream' : 'application/json',
    'User-Agent': `inference-providers-metrics-tracker/${trackerVersion}`,
    ...(route === 'provider' ? EXTRA_HEADERS[target.provider] : {}),
  };
  return {
    question: {
      url: url.href,
      headers,
      body: bodyOf(model, planned, settings),
      mode: settings.mode,
      limits: settings.limits,
    },
    route,
    modelNames: [...new Set([model, target.modelId, target.providerModelId])],
    headersSanitized: JSON.stringify({ ...headers, ...pick(MASKED_HEADERS, Object.keys(headers)) }),
  };
}

function bodyOf(model: string, { cycle, target, kind }: Asked, settings: ProbeSettings): string {
  const { fields } = wordingOf(kind, settings, nonce(cycle.cycleId, target.modelId, target.provider));
  const base = { ...fields, model };
  return JSON.stringify(
    settings.mode === 'stream'
      ? { ...base, stream: true, stream_options: { include_usage: true } }
      : { ...base, stream: false },
  );
}

function mayHaveToken(url: URL, { routerEndpoint }: ProbeSettings): boolean {
  return url.origin === new URL(routerEndpoint).origin || isLoopback(url);
}

function credentials({ token, billTo }: ProbeSettings): Record<string, string> {
  if (token === null) throw new Error('there is no token to ask with');
  return { Authorization: `Bearer ${token}`, ...(billTo === null ? {} : { 'X-HF-Bill-To': billTo }) };
}

/** A model's id as a part of a path; it cannot climb out of the route. */
function pathOf(providerModelId: string): string {
  const segments = providerModelId.split('/');
  if (segments.some((segment) => segment === '.' || segment === '..')) throw new Error('a model id that is no path');
  return segments.map(encodeURIComponent).join('/');
}

function pick(from: Readonly<Record<string, string>>, keys: readonly string[]): Record<string, string> {
  return Object.fromEntries(Object.entries(from).filter(([key]) => keys.includes(key)));
}
