import { type Fetch, getJson } from '../lib/http.ts';
import { type HubModel, isModelId, parseApiModel } from './hub-models.ts';

const CONCURRENCY = 4;

export type Lookup =
  | { readonly kind: 'found'; readonly model: HubModel }
  /** There is no such model for us. */
  | { readonly kind: 'unknown'; readonly message: string }
  /** The Hub did not say: nothing follows from it. */
  | { readonly kind: 'unanswered'; readonly message: string };

/**
 * Asks the Hub for models one by one, a few at a time. If a few in a row get no answer, the rest are not asked.
 *
 * @returns one for each id
 * @throws `signal.reason` once aborted
 */
export async function lookUp(
  modelIds: readonly string[],
  io: { readonly hubEndpoint: string; readonly fetch: Fetch },
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Lookup>> {
  const lookups = new Map<string, Lookup>();
  let answering = true;
  for (let at = 0; at < modelIds.length; at += CONCURRENCY) {
    const some = modelIds.slice(at, at + CONCURRENCY);
    const found: readonly Lookup[] = answering
      ? await Promise.all(some.map((modelId) => lookUpOne(modelId, io, signal)))
      : some.map(() => ({ kind: 'unanswered', message: 'not asked: the Hub does not answer' }));
    some.forEach((modelId, i) => void lookups.set(modelId, found[i]!));
    answering = found.some(({ kind }) => kind !== 'unanswered');
  }
  return lookups;
}

async function lookUpOne(
  modelId: string,
  { hubEndpoint, fetch }: { readonly hubEndpoint: string; readonly fetch: Fetch },
  signal: AbortSignal,
): Promise<Lookup> {
  if (!isModelId(modelId)) return { kind: 'unknown', message: 'not of the form org/name' };
  const url = `${hubEndpoint}/api/models/${modelId}?expand[]=inferenceProviderMapping`;
  const answer = await getJson(url, { fetch }, signal);
  if (answer.ok) {
    const parsed = parseApiModel(answer.value);
    if (parsed.ok) return { kind: 'found', model: parsed.model };
    return { kind: 'unanswered', message: 'the answer is no model' };
  }
  const { status, message } = answer;
  const mayPass = status === null || status < 300 || status === 429 || status >= 500;
  return { kind: mayPass ? 'unanswered' : 'unknown', message };
}
