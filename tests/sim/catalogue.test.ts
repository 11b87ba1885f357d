import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { listModels } from '@huggingface/hub';
import { startWorld, type World } from '../../src/sim/world.ts';
import { jsonOf } from './ask.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld({ seed: 1, pace: 0.01 });
});
afterAll(() => world[Symbol.asyncDispose]());

const DOCUMENTED = 'inference_provider=all&pipeline_tag=text-generation&sort=trendingScore';

const get = async (path: string, origin = world.hubUrl) => {
  const response = await fetch(`${origin}${path}`);
  return { status: response.status, link: response.headers.get('link'), body: await jsonOf(response) };
};

describe('the documented list of models', () => {
  test('comes most trending first, a page at a time', async () => {
    const first = await get(`/api/models?${DOCUMENTED}&limit=4&expand[]=trendingScore`);
    const next = /<(.+)>; rel="next"/.exec(first.link!)![1]!;
    const second = await get(next.slice(world.hubUrl.length));

    const scores = [...first.body, ...second.body].map((model) => model.trendingScore);
    expect(scores).toHaveLength(8);
    expect(scores).toEqual(scores.toSorted((a, b) => b - a));
  });

  test('has no further page after the last model', async () => {
    const { body, link } = await get(`/api/models?${DOCUMENTED}&limit=500`);
    expect(body.length).toBeGreaterThan(30);
    expect(link).toBeNull();
  });

  test('gives what is asked for by expand and nothing else', async () => {
    const { body } = await get(`/api/models?${DOCUMENTED}&limit=1&expand[]=likes`);
    expect(Object.keys(body[0]).sort()).toEqual(['_id', 'id', 'likes']);
  });

  test('has the mapping as an object for some models and as a list for others', async () => {
    const { body } = await get(`/api/models?${DOCUMENTED}&limit=20&expand[]=inferenceProviderMapping`);
    const shapes = body.map((model: { inferenceProviderMapping: unknown }) =>
      Array.isArray(model.inferenceProviderMapping),
    );
    expect(new Set(shapes)).toEqual(new Set([true, false]));
  });

  test('leaves models of another pipeline out', async () => {
    const { body } = await get(`/api/models?${DOCUMENTED}&limit=500`);
    expect(body.map((model: { id: string }) => model.id)).not.toContain('glasswing/Mothlight-VL-27B');
  });

  test('refuses the sort key of the website', async () => {
    const { status } = await get('/api/models?sort=trending');
    expect(status).toBe(400);
  });

  test('is what the official client reads', async () => {
    const models = listModels({
      search: { task: 'text-generation', inferenceProviders: ['all'] },
      sort: 'trendingScore',
      limit: 3,
      additionalFields: ['inferenceProviderMapping'],
      hubUrl: world.hubUrl,
    });
    const [first] = await Array.fromAsync(models);
    expect(first!.name).toBe('aurora-labs/Aurora-70B-Instruct');
    expect(first!.inferenceProviderMapping!.map((entry) => entry.status)).toContain('live');
  });

  test('holds models that nobody serves, entries that are broken and a provider that takes no Hugging Face token', async () => {
    const { body } = await get(`/api/models?${DOCUMENTED}&limit=500&expand[]=inferenceProviderMapping`);
    const text = JSON.stringify(body);
    expect(text).toContain('"openai"');
    expect(text).toContain('../escape');
    expect(text).toContain('not a model id');
    expect(world.targets.map((target) => target.modelId)).not.toContain('tidepool/Undertow-123B-Preview');
    expect(world.targets.map((target) => target.provider)).not.toContain('openai');
  });
});

test('one model tells who serves it', async () => {
  const { provider, providerModelId, modelId } = world.targets[0]!;
  const { body } = await get(`/api/models/${modelId}?expand[]=inferenceProviderMapping`);
  expect(body.inferenceProviderMapping[provider]).toMatchObject({ status: 'live', providerId: providerModelId });
});

test('a model that does not exist is a 404', async () => {
  expect((await get('/api/models/no-such/Model')).status).toBe(404);
});

test("the website's list comes in an envelope, thirty a page, with either name for the provider", async () => {
  const { body } = await get(`/models-json?${DOCUMENTED.replace('trendingScore', 'trending')}&withCount=true`);
  const { body: second } = await get(`/models-json?${DOCUMENTED}&p=1`);

  expect(body).toMatchObject({ numItemsPerPage: 30, pageIndex: 0 });
  expect(body.models).toHaveLength(30);
  expect(second.models).toHaveLength(body.numTotalItems - 30);
  const names = body.models.flatMap((model: { availableInferenceProviders: object[] }) =>
    model.availableInferenceProviders.map((entry) => ('name' in entry ? 'name' : 'provider')),
  );
  expect(new Set(names)).toEqual(new Set(['name', 'provider']));
});

test("the router's list has prices and claims, where they are known", async () => {
  const { body } = await get('/v1/models', world.routerUrl);
  const { id, providers } = body.data[0];
  const { body: one } = await get(`/v1/models/${id}`, world.routerUrl);

  expect(body.data.length).toBeGreaterThanOrEqual(8);
  expect(one).toEqual(body.data[0]);
  expect(providers[0].status).toBe('live');
  const entries = body.data.flatMap(
    (model: { providers: { provider: string; pricing?: unknown }[] }) => model.providers,
  );
  const unpriced = entries.filter((entry: { pricing?: unknown }) => entry.pricing === undefined);
  expect(new Set(unpriced.map((entry: { provider: string }) => entry.provider))).toEqual(new Set(['gale']));
});

test('the same seed gives the same catalogue, another seed another one', async () => {
  await using again = await startWorld({ seed: 1 });
  await using other = await startWorld({ seed: 2 });
  const listOf = async ({ routerUrl }: World) => (await fetch(`${routerUrl}/v1/models`)).text();
  expect(await listOf(again)).toBe(await listOf(world));
  expect(await listOf(other)).not.toBe(await listOf(world));
});

test('eight models and more are served, by ten providers', () => {
  expect(new Set(world.targets.map((target) => target.modelId)).size).toBeGreaterThanOrEqual(8);
  expect(new Set(world.targets.map((target) => target.provider)).size).toBe(10);
});

describe('a catalogue told to fail', () => {
  test('answers with a status, once', async () => {
    world.hubScript('models', { kind: 'status', status: 500 });
    expect((await get('/api/models')).status).toBe(500);
    expect((await get('/api/models')).status).toBe(200);
  });

  test('answers with whatever body it is given', async () => {
    world.hubScript('router-models', { kind: 'body', body: '[]' });
    expect((await get('/v1/models', world.routerUrl)).body).toEqual([]);
  });
});
