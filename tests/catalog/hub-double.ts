import type { CatalogSettings } from '../../src/domain/settings.ts';
import type { Fetch } from '../../src/lib/http.ts';

export const HUB = 'https://hub.example';
const ROUTER = 'https://router.example';
export const ROUTER_MODELS = `${ROUTER}/v1/models`;

export function catalogSettings(overrides: Partial<CatalogSettings> = {}): CatalogSettings {
  return { hubEndpoint: HUB, routerEndpoint: ROUTER, modelsToFetch: 2, models: [], ...overrides };
}

/** A provider's entry in the documented list. */
export function live(providerId: string, overrides: object = {}) {
  return { status: 'live', providerId, task: 'conversational', isModelAuthor: false, ...overrides };
}

export function apiModel(id: string, inferenceProviderMapping: unknown = { fast: live(`fast-${id}`) }) {
  return { _id: '64f0', id, inferenceProviderMapping };
}

/** A provider's entry in the website's list. */
export function jsonProvider(overrides: object = {}) {
  return {
    provider: 'fast',
    modelStatus: 'live',
    providerStatus: 'live',
    providerId: 'x',
    task: 'conversational',
    ...overrides,
  };
}

export function jsonModel(id: string, availableInferenceProviders: unknown = [jsonProvider()]) {
  return { id, author: 'acme', availableInferenceProviders };
}

type Answers = Readonly<Record<string, unknown>>;

/**
 * A Hub and a router that answer by URL: those of `answers` whose beginning it is, longest first; 404 to all else.
 * A number is a status, a `Response` itself, anything else JSON.
 */
export function answering(answers: Answers): {
  readonly fetch: Fetch;
  readonly urls: readonly string[];
  readonly inits: readonly RequestInit[];
} {
  const urls: string[] = [];
  const inits: RequestInit[] = [];
  const prefixes = Object.keys(answers).sort((a, b) => b.length - a.length);
  const fetch: Fetch = async (url, init) => {
    urls.push(url);
    inits.push(init);
    const prefix = prefixes.find((candidate) => url.startsWith(candidate));
    const answer = prefix === undefined ? 404 : answers[prefix];
    if (answer instanceof Response) return answer;
    return typeof answer === 'number' ? new Response('<html>', { status: answer }) : Response.json(answer);
  };
  return { fetch, urls, inits };
}
