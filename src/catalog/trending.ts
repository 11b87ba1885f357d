import type { Catalog } from '../domain/types.ts';
import { type Fetch, getJson } from '../lib/http.ts';
import { type HubModel, type LeftOut, type ParsedModel, parseApiModel, parseJsonModel } from './hub-models.ts';

/** However few models have providers, no more pages are turned than this. */
const MOST_PAGES = 10;

/** A model at its place in the Hub's own order, from 1. */
export interface TrendingModel {
  readonly model: HubModel;
  readonly trendingRank: number;
}

export interface TrendingList {
  readonly source: Catalog['source'];
  readonly models: readonly TrendingModel[];
  readonly leftOut: readonly LeftOut[];
  /** Null when the list is good: read as far as it was needed, with at least one live chat provider in it. */
  readonly problem: string | null;
}

/**
 * Reads the Hub's list of trending text-generation models that have an inference provider, page by page, until `wanted` of them
 * have a live chat provider. The rank counts every model the Hub lists, also those without one and those that cannot be read.
 *
 * @throws `signal.reason` once aborted
 */
export async function readTrending(
  source: Catalog['source'],
  wanted: number,
  { hubEndpoint, fetch }: { readonly hubEndpoint: string; readonly fetch: Fetch },
  signal: AbortSignal,
): Promise<TrendingList> {
  const { path, query, itemsOf, parse, nextUrl } = SOURCES[source];
  const models = new Map<string, TrendingModel>();
  const leftOut: LeftOut[] = [];
  const ended = (problem: string | null): TrendingList => ({
    source,
    models: [...models.values()],
    leftOut,
    problem: problem && `${path}: ${problem}`,
  });
  let rank = 0;
  let served = 0;
  let url: string | null = `${hubEndpoint}${path}?${query(wanted)}`;
  for (let page = 0; page < MOST_PAGES && url !== null && served < wanted; page++) {
    const answer = await getJson(url, { fetch }, signal);
    if (!answer.ok) return ended(answer.message);
    const items = itemsOf(answer.value);
    if (items === null) return ended('not a list of models');

    const rankBefore = rank;
    for (const raw of items) {
      const parsed = parse(raw);
      if (parsed.ok && models.has(parsed.model.modelId)) continue; // the list moved while we turned the page
      rank++;
      if (parsed.ok) models.set(parsed.model.modelId, { model: parsed.model, trendingRank: rank });
      if (parsed.ok && parsed.model.live.length > 0) served++;
      leftOut.push(...(parsed.ok ? parsed.model.leftOut : [parsed.leftOut]));
    }
    if (rank === rankBefore) break;
    url = nextUrl(url, answer.headers);
  }
  return ended(served === 0 ? 'no model with a live chat provider' : null);
}

interface Source {
  readonly path: string;
  query(wanted: number): string;
  /** Null where the answer is no list of models. */
  itemsOf(answer: unknown): readonly unknown[] | null;
  parse(raw: unknown): ParsedModel;
  nextUrl(url: string, headers: Headers): string | null;
}

const SOURCES: Readonly<Record<Catalog['source'], Source>> = {
  /** Documented: hub-docs, `inference-providers/hub-api.md`. */
  api: {
    path: '/api/models',
    query: (wanted) =>
      'inference_provider=all&pipeline_tag=text-generation&sort=trendingScore' +
      `&limit=${Math.min(Math.max(2 * wanted, 20), 100)}&expand[]=inferenceProviderMapping`,
    itemsOf: listOrNull,
    parse: parseApiModel,
    nextUrl: (url, headers) => nextLink(headers.get('link') ?? '', url),
  },
  /** What the Hub's own pages ask: undocumented, pages of 30 numbered from 0. */
  'models-json': {
    path: '/models-json',
    query: () => 'inference_provider=all&pipeline_tag=text-generation&sort=trending&withCount=true',
    itemsOf: (answer) => listOrNull((answer as { models?: unknown } | null)?.models),
    parse: parseJsonModel,
    nextUrl: (url) => {
      const next = new URL(url);
      next.searchParams.set('p', String(Number(next.searchParams.get('p') ?? 0) + 1));
      return next.href;
    },
  },
};

function listOrNull(value: unknown): readonly unknown[] | null {
  return Array.isArray(value) ? value : null;
}

/** The `next` of a `Link` header (RFC 8288); null where there is none, or it leads to another origin. */
function nextLink(header: string, url: string): string | null {
  const target = /<([^<>]*)>[^,<>]*;\s*rel="?next\b/i.exec(header)?.[1];
  const next = target === undefined ? null : URL.parse(target, url);
  return next !== null && next.origin === new URL(url).origin ? next.href : null;
}
