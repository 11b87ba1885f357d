import { describe, expect, test } from 'bun:test';
import { HOSTILE_TEXTS } from '../support/hostile-texts.ts';
import { aModelVerdict, anEndpointVerdict, aRecommendation } from '../support/verdict-builders.ts';
import { readPage } from './pages/read-page.ts';
import { openWeb } from './rig.ts';

const PATH = '/card/acme/Thinker-7B.png';

/** Of a PNG, from its header. */
const sizeOf = (png: Buffer) => [png.readUInt32BE(16), png.readUInt32BE(20)];

async function card(world: Parameters<typeof openWeb>[0] = {}) {
  const response = await openWeb(world).ask(PATH);
  return { response, png: Buffer.from(await response.arrayBuffer()) };
}

describe('the picture of a model for those who link to it', () => {
  test('is a PNG of 1200 × 630', async () => {
    const { response, png } = await card();
    expect(response.headers.get('content-type')).toBe('image/png');
    expect(png.subarray(1, 4).toString()).toBe('PNG');
    expect(sizeOf(png)).toEqual([1200, 630]);
  });

  test('has words in it, whatever fonts the machine has', async () => {
    const named = await card();
    const other = await card({
      models: [aModelVerdict({ recommendations: [aRecommendation({ provider: 'cobalt', goal: 'balanced' })] })],
    });
    expect(named.png.length).toBeGreaterThan(10_000);
    expect(named.png.equals(other.png)).toBe(false);
  });

  test('without anybody to use is made all the same', async () => {
    const { response, png } = await card({ models: [aModelVerdict({ recommendations: [], endpoints: [] })] });
    expect([response.status, ...sizeOf(png)]).toEqual([200, 1200, 630]);
  });

  test('of a model nobody knows is not there', async () => {
    expect((await openWeb().ask('/card/acme/Nobody-1B.png')).status).toBe(404);
  });

  test('holds whatever others call themselves', async () => {
    const endpoints = HOSTILE_TEXTS.slice(0, 6).map((provider) => anEndpointVerdict({ provider }));
    const [first] = endpoints;
    const recommendations = [aRecommendation({ goal: 'balanced', provider: first!.provider })];
    expect((await card({ models: [aModelVerdict({ endpoints, recommendations })] })).response.status).toBe(200);
  });

  test('is named in the head of the page of the model, with where else the page is', async () => {
    const { elements } = await readPage(await openWeb().ask('/models/acme/Thinker-7B?since=7d'));
    const heads = elements.filter(({ tag }) => tag === 'meta' || tag === 'link').map(({ attributes }) => attributes);

    expect(heads).toContainEqual({ property: 'og:image', content: PATH });
    expect(heads).toContainEqual({ name: 'twitter:card', content: 'summary_large_image' });
    expect(heads).toContainEqual({ rel: 'canonical', href: '/models/acme/Thinker-7B' });
    expect(heads).toContainEqual({
      rel: 'alternate',
      type: 'application/json',
      href: '/api/v1/models/acme/Thinker-7B',
    });
    expect(heads).toContainEqual({
      rel: 'alternate',
      type: 'application/atom+xml',
      href: '/incidents/acme/Thinker-7B.atom',
    });
  });
});
