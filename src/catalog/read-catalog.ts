import type { CatalogSettings } from '../domain/settings.ts';
import type { Catalog, Target } from '../domain/types.ts';
import { type Fetch, getJson } from '../lib/http.ts';
import type { Clock, Log } from '../ports.ts';
import { delistedOf, targetsOf } from './assemble.ts';
import { NO_ROUTER_CLAIMS, parseRouterModels, type RouterClaims } from './claims.ts';
import { harmless, type SayLeftOut } from './left-out.ts';
import { type Lookup, lookUp } from './lookups.ts';
import { readTrending, type TrendingList } from './trending.ts';

/** Models that left the list are looked up to learn whether their providers went too: at most this many a reading. */
const MOST_FORMER_MODELS = 30;

export type CatalogReading =
  | { readonly kind: 'fresh'; readonly catalog: Catalog }
  /** One line for each way that was tried. */
  | { readonly kind: 'failed'; readonly reasons: readonly string[] };

export interface CatalogIo {
  readonly fetch: Fetch;
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly log: Log;
  readonly sayLeftOut: SayLeftOut;
}

/**
 * Asks the Hub what trends and who serves it live, and the router for prices and claims. Sends no token.
 *
 * @param remembered targets seen live within seven days; those no longer live come back as delisted
 * @throws `signal.reason` once aborted
 */
export async function readCatalog(
  settings: CatalogSettings,
  io: CatalogIo,
  remembered: readonly Target[],
  signal: AbortSignal,
): Promise<CatalogReading> {
  const { clock, fetch, log, sayLeftOut } = io;
  const [tried, claims] = await Promise.all([
    readLists(settings, io, signal),
    readClaims(settings.routerEndpoint, io, signal),
  ]);
  const leftOut = tried.flatMap((list) => list.leftOut);
  const list = tried.find(({ problem }) => problem === null);
  if (list === undefined) {
    sayLeftOut(leftOut);
    return { kind: 'failed', reasons: tried.flatMap(({ problem }) => problem ?? []) };
  }
  sayHowListed(tried, list, settings.modelsToFetch, log);

  const listed = new Set(list.models.map(({ model }) => model.modelId));
  const named = new Set(settings.models).difference(listed);
  const former = new Set(remembered.map(({ modelId }) => modelId)).difference(listed).difference(named);
  const toLookUp = [...named, ...[...former].slice(0, MOST_FORMER_MODELS)];
  const lookups = await lookUp(toLookUp, { fetch, hubEndpoint: settings.hubEndpoint }, signal);
  sayLeftOut([...leftOut, ...[...lookups.values()].flatMap(leftOutOf)]);

  const findings = { trending: list.models, lookups, claims, remembered };
  const targets = targetsOf(settings, findings);
  for (const modelId of new Set(settings.models)) sayHowFound(modelId, lookups.get(modelId), targets, log);
  if (targets.length === 0) return { kind: 'failed', reasons: ['none of MODELS has a live chat provider'] };
  return {
    kind: 'fresh',
    catalog: { fetchedAtMs: clock.nowMs(), source: list.source, targets, delisted: delistedOf(findings) },
  };
}

/** The lists read, in order, up to the first good one. */
async function readLists(
  { hubEndpoint, modelsToFetch }: CatalogSettings,
  { fetch }: CatalogIo,
  signal: AbortSignal,
): Promise<readonly TrendingList[]> {
  if (modelsToFetch === 0) return [{ source: 'api', models: [], leftOut: [], problem: null }];
  const primary = await readTrending('api', modelsToFetch, { hubEndpoint, fetch }, signal);
  if (primary.problem === null) return [primary];
  return [primary, await readTrending('models-json', modelsToFetch, { hubEndpoint, fetch }, signal)];
}

async function readClaims(
  routerEndpoint: string,
  { fetch, log }: CatalogIo,
  signal: AbortSignal,
): Promise<RouterClaims> {
  const answer = await getJson(`${routerEndpoint}/v1/models`, { fetch }, signal);
  const claims = answer.ok ? parseRouterModels(answer.value) : null;
  if (claims === null) {
    const reason = answer.ok ? 'not a list of models' : answer.message;
    log.warn({ reason }, "catalogue: the router's /v1/models cannot be read; prices and claims are unknown");
    return NO_ROUTER_CLAIMS;
  }
  if (claims.unreadable > 0)
    log.warn({ count: claims.unreadable }, "catalogue: entries of the router's /v1/models cannot be read");
  return claims;
}

function sayHowListed(tried: readonly TrendingList[], list: TrendingList, modelsToFetch: number, log: Log): void {
  for (const { problem } of tried) {
    if (problem !== null)
      log.warn({ reason: problem, instead: list.source }, 'catalogue: the trending list came from the fallback');
  }
  const served = list.models.filter(({ model }) => model.live.length > 0).length;
  if (served < modelsToFetch)
    log.warn({ served, modelsToFetch }, 'catalogue: fewer models with live chat providers than asked for');
}

function sayHowFound(modelId: string, lookup: Lookup | undefined, targets: readonly Target[], log: Log): void {
  const model = harmless(modelId);
  if (lookup?.kind === 'unknown') log.warn({ model, reason: lookup.message }, 'MODELS: the Hub knows no such model');
  else if (lookup?.kind === 'unanswered') {
    log.warn(
      { model, reason: lookup.message },
      'MODELS: could not be looked up; its providers last seen live are asked',
    );
  } else if (!targets.some((target) => target.modelId === modelId))
    log.warn({ model }, 'MODELS: no live chat provider');
}

const leftOutOf = (lookup: Lookup) => (lookup.kind === 'found' ? lookup.model.leftOut : []);
