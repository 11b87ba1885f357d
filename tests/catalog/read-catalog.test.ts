import { expect, test } from 'bun:test';
import { createLeftOutLog } from '../../src/catalog/left-out.ts';
import { readCatalog } from '../../src/catalog/read-catalog.ts';
import type { CatalogSettings } from '../../src/domain/settings.ts';
import type { Catalog, Target } from '../../src/domain/types.ts';
import { aTarget } from '../support/builders.ts';
import { recordingLog } from '../support/log.ts';
import { SetClock } from '../support/set-clock.ts';
import {
  answering,
  apiModel,
  catalogSettings,
  HUB,
  jsonModel,
  jsonProvider,
  live,
  ROUTER_MODELS,
} from './hub-double.ts';

const LIST = `${HUB}/api/models?`;
const WEBSITE_LIST = `${HUB}/models-json`;
const NO_PRICES = { data: [] };
const LEFT_OUT = 'catalogue: entries that cannot be asked were left out';

async function reading(
  answers: Readonly<Record<string, unknown>>,
  { settings = {}, remembered = [] }: { settings?: Partial<CatalogSettings>; remembered?: readonly Target[] } = {},
) {
  const hub = answering({ [ROUTER_MODELS]: NO_PRICES, ...answers });
  const log = recordingLog();
  const io = { fetch: hub.fetch, clock: new SetClock(), log, sayLeftOut: createLeftOutLog(log) };
  const result = await readCatalog(catalogSettings(settings), io, remembered, new AbortController().signal);
  return { ...hub, lines: log.lines, result, catalog: result.kind === 'fresh' ? result.catalog : null };
}

const pairs = (catalog: Catalog | null) => catalog?.targets.map(({ modelId, provider }) => `${modelId}:${provider}`);
const messages = (lines: readonly { message: string }[]) => lines.map(({ message }) => message).join('\n');

test('targets are the live chat providers of what trends, with prices and claims of the router', async () => {
  const { catalog } = await reading({
    [LIST]: [apiModel('acme/one', { fast: live('one-fast'), slow: live('one-slow') })],
    [ROUTER_MODELS]: {
      data: [
        {
          id: 'acme/one',
          providers: [
            {
              provider: 'fast',
              status: 'error',
              context_length: 4096,
              pricing: { input: 1.69, output: 3.38 },
              supports_tools: true,
              supports_structured_output: false,
              first_token_latency_ms: 1490,
              throughput: 24.69,
            },
          ],
        },
      ],
    },
  });

  expect(catalog).toEqual({
    fetchedAtMs: Date.parse('2026-08-01T00:00:00Z'),
    source: 'api',
    targets: [
      {
        modelId: 'acme/one',
        provider: 'fast',
        providerModelId: 'one-fast',
        priceInputUsdPerMtok: 1.69,
        priceOutputUsdPerMtok: 3.38,
        claimedTtftMs: 1490,
        claimedTps: 24.69,
        contextLength: 4096,
        supportsTools: true,
        supportsStructuredOutput: false,
        trendingRank: 1,
      },
      {
        modelId: 'acme/one',
        provider: 'slow',
        providerModelId: 'one-slow',
        priceInputUsdPerMtok: null,
        priceOutputUsdPerMtok: null,
        claimedTtftMs: null,
        claimedTps: null,
        contextLength: null,
        supportsTools: null,
        supportsStructuredOutput: null,
        trendingRank: 1,
      },
    ],
    delisted: [],
  });
});

test('the documented query is asked, and no token is sent', async () => {
  const { urls, inits } = await reading({ [LIST]: [apiModel('acme/one'), apiModel('acme/two')] });

  const query = new URL(urls.find((url) => url.startsWith(LIST))!).searchParams;
  expect(Object.fromEntries(query)).toEqual({
    inference_provider: 'all',
    pipeline_tag: 'text-generation',
    sort: 'trendingScore',
    limit: '20',
    'expand[]': 'inferenceProviderMapping',
  });
  expect(inits.every(({ headers }) => !new Headers(headers).has('authorization'))).toBe(true);
});

test('a model without live chat providers is replaced by the next that trends, and keeps its place in the ranking', async () => {
  const { catalog } = await reading({
    [LIST]: [
      apiModel('acme/one'),
      apiModel('acme/staged', { fast: live('x', { status: 'staging' }) }),
      apiModel('acme/base', { fast: live('x', { task: 'text-generation' }) }),
      apiModel('acme/two'),
      apiModel('acme/three'),
    ],
  });

  expect(catalog?.targets.map(({ modelId, trendingRank }) => [modelId, trendingRank])).toEqual([
    ['acme/one', 1],
    ['acme/two', 4],
  ]);
});

test('pages are followed until enough models are found', async () => {
  const link = { link: `<${LIST}cursor=a%3D>; rel="next"` };
  const { catalog, urls } = await reading({
    [LIST]: Response.json([apiModel('acme/one')], { headers: link }),
    [`${LIST}cursor=a`]: Response.json([apiModel('acme/one'), apiModel('acme/two')], { headers: link }),
  });

  expect(pairs(catalog)).toEqual(['acme/one:fast', 'acme/two:fast']);
  expect(catalog?.targets.map(({ trendingRank }) => trendingRank)).toEqual([1, 2]);
  expect(urls.filter((url) => url.startsWith(HUB))).toHaveLength(2);
});

test('a next page at another origin is not followed', async () => {
  const link = { link: '<https://elsewhere.example/api/models?cursor=a>; rel="next"' };
  const { catalog, urls, lines } = await reading({ [LIST]: Response.json([apiModel('acme/one')], { headers: link }) });

  expect(pairs(catalog)).toEqual(['acme/one:fast']);
  expect(urls.filter((url) => url.startsWith('https://elsewhere'))).toEqual([]);
  expect(lines).toContainEqual(expect.objectContaining({ level: 'warn', fields: { served: 1, modelsToFetch: 2 } }));
});

test('pages without end are not followed without end', async () => {
  let page = 0;
  const fetch = async () =>
    Response.json([apiModel(`acme/m${page}`, {})], { headers: { link: `<${LIST}cursor=${++page}>; rel="next"` } });
  const io = { fetch, clock: new SetClock(), log: recordingLog(), sayLeftOut() {} };

  const result = await readCatalog(catalogSettings(), io, [], new AbortController().signal);

  expect(result.kind).toBe('failed');
  expect(page).toBeLessThan(30);
});

test('the website list steps in when the documented one fails', async () => {
  const { catalog, lines } = await reading({
    [LIST]: 503,
    [WEBSITE_LIST]: { models: [jsonModel('acme/one', [jsonProvider({ provider: undefined, name: 'old' })])] },
  });

  expect(catalog?.source).toBe('models-json');
  expect(pairs(catalog)).toEqual(['acme/one:old']);
  expect(lines).toContainEqual({
    level: 'warn',
    fields: { reason: '/api/models: HTTP 503', instead: 'models-json' },
    message: 'catalogue: the trending list came from the fallback',
  });
});

test('the website list steps in when the documented one yields nothing', async () => {
  const { catalog } = await reading({ [LIST]: [], [WEBSITE_LIST]: { models: [jsonModel('acme/one')] } });

  expect(catalog?.source).toBe('models-json');
});

test('pages of the website list are numbered', async () => {
  const { catalog, urls } = await reading({
    [LIST]: 500,
    [WEBSITE_LIST]: { models: [jsonModel('acme/one')] },
    [`${WEBSITE_LIST}?inference_provider=all&pipeline_tag=text-generation&sort=trending&withCount=true&p=1`]: {
      models: [jsonModel('acme/two')],
    },
  });

  expect(pairs(catalog)).toEqual(['acme/one:fast', 'acme/two:fast']);
  expect(urls.filter((url) => url.startsWith(WEBSITE_LIST))).toHaveLength(2);
});

test('when neither list has a target the reading failed, and says why for each', async () => {
  const { result } = await reading({ [LIST]: { error: 'no' }, [WEBSITE_LIST]: { models: [] } });

  expect(result).toEqual({
    kind: 'failed',
    reasons: ['/api/models: not a list of models', '/models-json: no model with a live chat provider'],
  });
});

test('without the router prices are unknown, and the reading is good', async () => {
  const { catalog, lines } = await reading({ [LIST]: [apiModel('acme/one')], [ROUTER_MODELS]: 502 });

  expect(catalog?.targets[0]?.priceInputUsdPerMtok).toBeNull();
  expect(lines).toContainEqual(expect.objectContaining({ level: 'warn', fields: { reason: 'HTTP 502' } }));
});

test('a provider that refuses a Hugging Face token is left out and said once', async () => {
  const mapping = { openai: live('gpt'), fast: live('x') };
  const { catalog, lines } = await reading({ [LIST]: [apiModel('acme/one', mapping), apiModel('acme/two', mapping)] });

  expect(pairs(catalog)).toEqual(['acme/one:fast', 'acme/two:fast']);
  expect(lines.filter(({ level }) => level === 'info')).toEqual([
    {
      level: 'info',
      fields: { provider_refuses_hf_token: 2, examples: ['openai'] },
      message: LEFT_OUT,
    },
  ]);
});

test('what cannot be read is counted and logged, never as it was received', async () => {
  const hostile = `\u001b[2J${'x'.repeat(500)}`;
  const { catalog, lines } = await reading({
    [LIST]: [
      null,
      { id: hostile },
      apiModel('acme/one', {
        [hostile]: live('x'),
        fast: live('x'),
        odd: { status: 'live' },
        'far-off': live('../../up'),
      }),
    ],
  });

  expect(catalog?.targets.map(({ provider, trendingRank }) => [provider, trendingRank])).toEqual([['fast', 3]]);
  expect(lines.filter(({ message }) => message === LEFT_OUT)).toEqual([
    {
      level: 'warn',
      fields: {
        model_unreadable: 1,
        model_id_invalid: 1,
        provider_name_invalid: 1,
        provider_unreadable: 1,
        provider_model_id_invalid: 1,
        examples: expect.arrayContaining(['null', 'odd', '../../up']),
      },
      message: LEFT_OUT,
    },
  ]);
  expect(JSON.stringify(lines)).not.toContain('\\u001b');
  expect(JSON.stringify(lines)).not.toContain('x'.repeat(100));
});

test('models asked for by name come after what trends, without a rank, each once', async () => {
  const { catalog, urls } = await reading(
    { [LIST]: [apiModel('acme/one'), apiModel('acme/two')], [`${HUB}/api/models/acme/named?`]: apiModel('acme/named') },
    { settings: { models: ['acme/named', 'acme/one', 'acme/named'] } },
  );

  expect(catalog?.targets.map(({ modelId, trendingRank }) => [modelId, trendingRank])).toEqual([
    ['acme/one', 1],
    ['acme/two', 2],
    ['acme/named', null],
  ]);
  expect(urls).toContain(`${HUB}/api/models/acme/named?expand[]=inferenceProviderMapping`);
  expect(urls.filter((url) => url.startsWith(`${HUB}/api/models/`))).toHaveLength(1);
});

test('a model asked for by name that trends below the limit has its rank', async () => {
  const { catalog } = await reading(
    { [LIST]: [apiModel('acme/one'), apiModel('acme/two'), apiModel('acme/three')] },
    { settings: { modelsToFetch: 1, models: ['acme/three'] } },
  );

  expect(catalog?.targets.map(({ modelId, trendingRank }) => [modelId, trendingRank])).toEqual([
    ['acme/one', 1],
    ['acme/three', 3],
  ]);
});

test('with no trending models wanted only those asked for by name are looked up', async () => {
  const { catalog, urls } = await reading(
    { [`${HUB}/api/models/acme/named?`]: apiModel('acme/named') },
    { settings: { modelsToFetch: 0, models: ['acme/named'] } },
  );

  expect(pairs(catalog)).toEqual(['acme/named:fast']);
  expect(urls.filter((url) => url.startsWith(LIST))).toEqual([]);
});

test('a model asked for by name that the Hub does not know is a warning', async () => {
  const { catalog, lines, urls } = await reading(
    { [LIST]: [apiModel('acme/one')], [`${HUB}/api/models/acme/gone?`]: 401 },
    { settings: { modelsToFetch: 1, models: ['acme/gone', 'no-model-id'] } },
  );

  expect(pairs(catalog)).toEqual(['acme/one:fast']);
  expect(
    lines.filter(({ message }) => message === 'MODELS: the Hub knows no such model').map(({ fields }) => fields),
  ).toEqual([
    { model: 'acme/gone', reason: 'HTTP 401' },
    { model: 'no-model-id', reason: 'not of the form org/name' },
  ]);
  expect(urls.some((url) => url.includes('no-model-id'))).toBe(false);
});

test('a model asked for by name without live chat providers is a warning', async () => {
  const { lines } = await reading(
    { [LIST]: [apiModel('acme/one')], [`${HUB}/api/models/acme/idle?`]: { id: 'acme/idle' } },
    { settings: { modelsToFetch: 1, models: ['acme/idle'] } },
  );

  expect(messages(lines)).toContain('MODELS: no live chat provider');
});

test('a model asked for by name about which the Hub gives no answer keeps the providers it was last seen with', async () => {
  const { catalog } = await reading(
    { [LIST]: [apiModel('acme/one')], [`${HUB}/api/models/acme/named?`]: 503 },
    {
      settings: { modelsToFetch: 1, models: ['acme/named'] },
      remembered: [aTarget({ modelId: 'acme/named', provider: 'steady', priceInputUsdPerMtok: 9, trendingRank: 7 })],
    },
  );

  expect(pairs(catalog)).toEqual(['acme/one:fast', 'acme/named:steady']);
  expect(catalog?.targets[1]).toMatchObject({ priceInputUsdPerMtok: null, trendingRank: null });
  expect(catalog?.delisted).toEqual([]);
});

test('a target of a model in the list is delisted when its provider is not live there', async () => {
  const gone = aTarget({ modelId: 'acme/two', provider: 'gone' });
  const staged = aTarget({ modelId: 'acme/two', provider: 'staged' });
  const { catalog } = await reading(
    {
      [LIST]: [
        apiModel('acme/one'),
        apiModel('acme/two', { fast: live('x'), staged: live('x', { status: 'staging' }) }),
      ],
    },
    { settings: { modelsToFetch: 1 }, remembered: [aTarget({ modelId: 'acme/two', provider: 'fast' }), gone, staged] },
  );

  expect(catalog?.delisted).toEqual([gone, staged]);
});

test('a model that left the list is looked up: only providers that left it are delisted', async () => {
  const stillThere = aTarget({ modelId: 'acme/former', provider: 'fast' });
  const gone = aTarget({ modelId: 'acme/former', provider: 'gone' });
  const { catalog } = await reading(
    { [LIST]: [apiModel('acme/one')], [`${HUB}/api/models/acme/former?`]: apiModel('acme/former') },
    { settings: { modelsToFetch: 1 }, remembered: [stillThere, gone] },
  );

  expect(catalog?.delisted).toEqual([gone]);
  expect(pairs(catalog)).toEqual(['acme/one:fast']);
});

test('nothing is delisted on a look-up without an answer, or of a model the Hub no longer has', async () => {
  const { catalog } = await reading(
    { [LIST]: [apiModel('acme/one')], [`${HUB}/api/models/acme/a?`]: 429, [`${HUB}/api/models/acme/b?`]: 404 },
    { settings: { modelsToFetch: 1 }, remembered: [aTarget({ modelId: 'acme/a' }), aTarget({ modelId: 'acme/b' })] },
  );

  expect(catalog?.delisted).toEqual([]);
});

test('look-ups of former models are bounded', async () => {
  const remembered = Array.from({ length: 200 }, (_, i) => aTarget({ modelId: `acme/m${i}`, provider: 'gone' }));
  const former = Object.fromEntries(
    remembered.map(({ modelId }) => [`${HUB}/api/models/${modelId}?`, apiModel(modelId)]),
  );
  const { catalog } = await reading({ [LIST]: [apiModel('acme/one')], ...former }, { remembered });

  expect(catalog?.delisted).toHaveLength(30);
});

test('a Hub that does not answer look-ups is not asked on and on', async () => {
  const remembered = Array.from({ length: 30 }, (_, i) => aTarget({ modelId: `acme/m${i}` }));
  const { urls } = await reading({ [LIST]: [apiModel('acme/one')], [`${HUB}/api/models/`]: 503 }, { remembered });

  expect(urls.filter((url) => url.startsWith(`${HUB}/api/models/`))).toHaveLength(4);
});

test('an aborted reading rejects with the reason', async () => {
  const stop = new AbortController();
  const fetch = (_url: string, { signal }: RequestInit) =>
    new Promise<Response>((_resolve, reject) => signal!.addEventListener('abort', () => reject(signal!.reason)));
  const io = { fetch, clock: new SetClock(), log: recordingLog(), sayLeftOut() {} };

  const result = readCatalog(catalogSettings(), io, [], stop.signal);
  stop.abort(new Error('shutting down'));

  await expect(result).rejects.toThrow('shutting down');
});
