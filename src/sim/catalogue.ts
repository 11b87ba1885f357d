import { type Answer, json } from './http/answer.ts';
import { isAskable, type Offer, type SimModel, type Universe } from './universe.ts';

const PAGE_ITEMS = 30;
const LIMIT_MAX = 1_000;

type Fields = Readonly<Record<string, unknown>>;

const SORTS: Readonly<Record<string, (model: SimModel) => number>> = {
  trendingScore: (model) => model.trendingScore,
  likes: (model) => model.likes,
  downloads: (model) => model.downloads,
  createdAt: (model) => Date.parse(model.createdAt),
};

/** `GET /api/models`: a list, paged by `Link`; with `expand` only what was asked for. */
export function listModels({ models }: Universe, query: URLSearchParams, hubUrl: string): Answer {
  const rankOf = SORTS[query.get('sort') ?? 'trendingScore'];
  if (!rankOf) return json({ error: `Invalid sort: ${query.get('sort')}` }, 400);
  const limit = Math.min(Number(query.get('limit') ?? PAGE_ITEMS), LIMIT_MAX);
  const from = Number(query.get('cursor') ?? 0);
  if (!Number.isInteger(limit) || limit < 1 || !Number.isInteger(from) || from < 0)
    return json({ error: 'Invalid limit or cursor' }, 400);
  const found = models.filter((model) => matches(model, query)).toSorted((a, b) => rankOf(b) - rankOf(a));
  const next = new URLSearchParams(query);
  next.set('cursor', String(from + limit));
  const headers = from + limit < found.length ? { link: `<${hubUrl}/api/models?${next}>; rel="next"` } : {};
  return json(
    found.slice(from, from + limit).map((model) => expanded(model, query)),
    200,
    headers,
  );
}

/** `GET /api/models/{id}` */
export function oneModel({ models }: Universe, id: string, query: URLSearchParams): Answer {
  const model = models.find((candidate) => candidate.id === id);
  if (!model) return json({ error: 'Repository not found' }, 404, { 'x-error-code': 'RepoNotFound' });
  return json(expanded(model, query));
}

function matches(model: SimModel, query: URLSearchParams): boolean {
  const tag = query.get('pipeline_tag');
  const providers = query.get('inference_provider')?.split(',');
  const served = (name: string) => model.offers.some((offer) => name === 'all' || offer.provider === name);
  const words = query.get('search')?.toLowerCase();
  return (
    (tag === null || model.pipelineTag === tag) &&
    (providers === undefined || providers.some(served)) &&
    (words === undefined || model.id.toLowerCase().includes(words))
  );
}

function expanded(model: SimModel, query: URLSearchParams): Fields {
  const wanted = [...query.getAll('expand[]'), ...query.getAll('expand')];
  const usual = {
    likes: model.likes,
    trendingScore: model.trendingScore,
    private: false,
    downloads: model.downloads,
    tags: [model.pipelineTag, 'conversational'],
    pipeline_tag: model.pipelineTag,
    library_name: 'transformers',
    createdAt: model.createdAt,
  };
  const more = {
    gated: false,
    lastModified: model.createdAt,
    inference: model.offers.some((offer) => isAskable(model, offer)) ? 'warm' : undefined,
    inferenceProviderMapping: mappingOf(model),
  };
  const fields: Fields = wanted.length === 0 ? usual : pick({ ...usual, ...more }, wanted);
  return { _id: model.internalId, id: model.id, ...fields };
}

const pick = (fields: Fields, wanted: readonly string[]): Fields =>
  Object.fromEntries(Object.entries(fields).filter(([name]) => wanted.includes(name)));

function mappingOf(model: SimModel): unknown {
  const entryOf = ({ status, providerId, task }: Offer) => ({ status, providerId, task, isModelAuthor: false });
  if (model.mappingShape === 'list') {
    const odd = model.oddEntries.map(([, entry]) => entry);
    return [...model.offers.map((offer) => ({ provider: offer.provider, ...entryOf(offer) })), ...odd];
  }
  return Object.fromEntries([...model.offers.map((offer) => [offer.provider, entryOf(offer)]), ...model.oddEntries]);
}

/** `GET /models-json`: the website's own list, thirty a page; half of the models still say `name` for `provider`. */
export function modelsJson({ models }: Universe, query: URLSearchParams): Answer {
  const page = Number(query.get('p') ?? 0);
  if (!Number.isInteger(page) || page < 0) return json({ error: 'Invalid page' }, 400);
  const found = models.filter((model) => matches(model, query)).toSorted((a, b) => b.trendingScore - a.trendingScore);
  return json({
    models: found.slice(page * PAGE_ITEMS, (page + 1) * PAGE_ITEMS).map(websiteItem),
    numItemsPerPage: PAGE_ITEMS,
    numTotalItems: query.get('withCount') === 'true' ? found.length : undefined,
    pageIndex: page,
  });
}

function websiteItem(model: SimModel): Fields {
  const author = model.id.split('/')[0];
  return {
    author,
    authorData: { _id: model.internalId, name: author, fullname: author, type: 'org', isHf: false, followerCount: 12 },
    downloads: model.downloads,
    gated: false,
    id: model.id,
    availableInferenceProviders: model.offers.map((offer) => ({
      [model.mappingShape === 'list' ? 'name' : 'provider']: offer.provider,
      modelStatus: offer.status,
      providerStatus: 'live',
      providerId: offer.providerId,
      task: offer.task,
      features: { structuredOutput: offer.supportsStructuredOutput, toolCalling: offer.supportsTools },
      isCheapestPricingOutput: false,
      isFastestThroughput: false,
      isModelAuthor: false,
      tokensPerSecond: offer.claimedTps ?? undefined,
      pricingOutput: offer.pricing?.output,
    })),
    isLikedByUser: false,
    lastModified: model.createdAt,
    likes: model.likes,
    pipeline_tag: model.pipelineTag,
    private: false,
    repoType: 'model',
    numParameters: model.billionParameters * 1e9,
  };
}

/** `GET {router}/v1/models`: prices and claims, in no order that means anything. */
export function routerModels({ models }: Universe): Answer {
  const listed = models.filter((model) => model.offers.some((offer) => isAskable(model, offer)));
  return json({ object: 'list', data: listed.toSorted((a, b) => (a.id < b.id ? -1 : 1)).map(routerModel) });
}

/** `GET {router}/v1/models/{id}` */
export function oneRouterModel({ models }: Universe, id: string): Answer {
  const model = models.find(
    (candidate) => candidate.id === id && candidate.offers.some((offer) => isAskable(candidate, offer)),
  );
  return model
    ? json(routerModel(model))
    : json({ error: { message: 'Model not found', code: 'model_not_found' } }, 404);
}

function routerModel(model: SimModel): Fields {
  return {
    id: model.id,
    object: 'model',
    created: Date.parse(model.createdAt) / 1_000,
    owned_by: model.id.split('/')[0],
    architecture: { input_modalities: ['text'], output_modalities: ['text'] },
    providers: model.offers
      .filter((offer) => offer.status !== 'staging' && offer.task === 'conversational')
      .map((offer) => ({
        provider: offer.provider,
        status: offer.status,
        context_length: offer.contextLength ?? undefined,
        pricing: offer.pricing ?? undefined,
        supports_tools: offer.supportsTools,
        supports_structured_output: offer.supportsStructuredOutput,
        first_token_latency_ms: offer.claimedTtftMs ?? undefined,
        throughput: offer.claimedTps ?? undefined,
        is_model_author: false,
      })),
  };
}
