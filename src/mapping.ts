import type { ProviderMapping } from './domain/settings.ts';
import { parseFlatJson } from './lib/flat-json.ts';
import { isLoopback, isSafeToCall } from './lib/loopback.ts';
import { visible } from './lib/visible.ts';

/** What the URLs of the shipped file begin with; they move with `HF_ROUTER_ENDPOINT`. */
export const DEFAULT_ROUTER = 'https://router.huggingface.co';
const UNIFIED_PATH = '/v1/chat/completions';
const PROVIDER_NAME = /^[a-z0-9][a-z0-9._-]*$/i;

export interface ParsedMapping {
  readonly mapping: ProviderMapping;
  /** Each names the line it is about. */
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
}

/**
 * Reads the text of a mapping file: one JSON object, provider name → chat URL, `{providerId}` to be filled in, `*` for every
 * provider without a line of its own. Without `*` that is the router's unified endpoint, and a warning says so.
 *
 * The result holds URLs of the router and of this machine alone: the token goes nowhere else.
 *
 * @param routerEndpoint origin of the router; URLs of the default router are rebased onto it
 */
export function parseMapping(text: string, routerEndpoint: string): ParsedMapping {
  const { entries, problem: syntaxProblem } = parseFlatJson(text);
  const problems: string[] = [];
  const mapping = new Map<string, string>();
  for (const { line, name, value } of entries) {
    const problem = problemOf(name, value, routerEndpoint) ?? (mapping.has(name) ? 'is given twice' : null);
    if (problem === null) mapping.set(name, rebased(value!, routerEndpoint));
    else problems.push(`line ${line}: "${visible(name)}" ${problem}`);
  }
  if (syntaxProblem !== null) problems.push(syntaxProblem);
  const warnings: string[] = [];
  if (problems.length === 0 && !mapping.has('*')) {
    const unified = routerEndpoint + UNIFIED_PATH;
    mapping.set('*', unified);
    warnings.push(`has no "*": providers it does not name are asked at ${unified}`);
  }
  return { mapping, problems, warnings };
}

function problemOf(name: string, value: string | null, routerEndpoint: string): string | null {
  if (name !== '*' && !PROVIDER_NAME.test(name))
    return 'is no provider name: letters, digits, ".", "_" and "-", or "*"';
  if (value === null) return 'must be a URL in double quotes';
  const url = URL.parse(value.replaceAll('{providerId}', 'x'));
  if (url === null) return 'must be a URL, like https://router.huggingface.co/groq/openai/v1/chat/completions';
  if (!isSafeToCall(url)) return 'must be an https URL (http only to this machine)';
  if (url.username || url.password) return 'must hold no user name or password';
  if (url.hash) return 'must have no "#" part';
  if (/[{}\s]/.test(value.replaceAll('{providerId}', '')))
    return 'may hold {providerId} and no other placeholder or space';
  if (value.split('{providerId}', 1)[0]!.split('/').length < 4) return 'may hold {providerId} only after the host';
  if (![DEFAULT_ROUTER, routerEndpoint].includes(url.origin) && !isLoopback(url)) {
    return `points at ${url.host}: HF_TOKEN goes to the router (${new URL(routerEndpoint).host}) alone, so no other host can be asked`;
  }
  return null;
}

function rebased(url: string, routerEndpoint: string): string {
  return new URL(url.replaceAll('{providerId}', 'x')).origin === DEFAULT_ROUTER
    ? routerEndpoint + url.replace(/^https:\/\/[^/?]+/i, '')
    : url;
}
