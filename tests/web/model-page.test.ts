import { describe, expect, test } from 'bun:test';
import type { Recommendation } from '../../src/domain/verdict.ts';
import {
  aModelVerdict,
  anEndpointVerdict,
  aRate,
  aRecommendation,
  aSilentEndpoint,
} from '../support/verdict-builders.ts';
import { openWeb } from './rig.ts';

const PATH = '/models/acme/Thinker-7B';

type World = Parameters<typeof openWeb>[0];

async function pageOf(path = PATH, world: World = {}) {
  const web = openWeb(world);
  const response = await web.ask(path);
  const html = await response.text();
  return { ...web, response, html, text: textOf(html) };
}

/** As a reader without pictures meets it. */
const textOf = (html: string) =>
  html
    .replace(/<(svg|script|style)\b[\s\S]*?<\/\1>/g, ' ')
    .replace(/<[^>]+>/g, ' ')
    .replace(/&#39;/g, "'")
    .replace(/\s+/g, ' ');

const modelWith = (recommendation: Partial<Recommendation>, overrides: Parameters<typeof aModelVerdict>[0] = {}) =>
  aModelVerdict({ recommendations: [aRecommendation(recommendation)], ...overrides });

describe('the page of a model', () => {
  test('says first whom to use and why, with the id to copy', async () => {
    const { html, text } = await pageOf();
    expect(text).toContain('Best balance right now Use swiftcloud It starts in 218 ms , writes 250 tok/s');
    expect(text).toContain('It starts soonest.');
    expect(text).toContain('Within noise of it: cobalt');
    expect(html).toContain('data-text="acme/Thinker-7B:swiftcloud"');
    expect(html.indexOf('Use <a')).toBeLessThan(html.indexOf('<table'));
    expect(html.match(/<h1/g)).toHaveLength(1);
  });

  test('says whom to avoid, and why', async () => {
    const { text } = await pageOf();
    expect(text).toContain('Avoid for now halcyon It is down.');
  });

  test('names others to avoid without their reasons', async () => {
    const avoid = ['drift', 'ember', 'gale'].map((provider) => ({ provider, why: `${provider} fails.` }));
    const { text } = await pageOf(PATH, { models: [modelWith({ avoid })] });
    expect(text).toContain('Avoid for now drift drift fails. Also ember , gale');
  });

  test.each([
    [['strong'], '1 provider showed something that another model, or another set-up, would explain.'],
    [['weak', 'strong'], 'would explain. Weak signs at 1 provider. 1 It is so.'],
    [['weak', 'weak'], 'No strong sign that it is not. Weak signs at 2 providers'],
    [[], 'Nothing we saw says otherwise.'],
  ] as const)('signs that are %p: %s', async (weights, sentence) => {
    const [flag] = anEndpointVerdict().flags;
    const providers = weights.map((weight, at) => ({
      provider: String(at),
      flags: [{ ...flag!, says: 'It is so.', weight }],
    }));
    const endpoints = [...providers.map(anEndpointVerdict), anEndpointVerdict({ provider: 'cobalt', flags: [] })];
    const { text } = await pageOf(PATH, { models: [aModelVerdict({ endpoints })] });
    expect(text).toContain(sentence);
  });

  test('keeps what was asked in every address', async () => {
    const { html } = await pageOf(`${PATH}?goal=cheapest&tools=true&since=7d`);
    const links = [...html.matchAll(/href="(\/models\/acme\/Thinker-7B\?[^"]*)"/g)].map(([, href]) =>
      href!.replaceAll('&amp;', '&'),
    );
    expect(links).toContain(`${PATH}?tools=true&since=7d`);
    expect(links).toContain(`${PATH}?goal=cheapest&since=7d`);
    expect(links).toContain(`${PATH}?goal=cheapest&tools=true&since=30d`);
    expect(links).toContain(`${PATH}?goal=cheapest&tools=true&since=7d&sort=price`);
    expect(html).toContain('<input type="hidden" name="goal" value="cheapest"/>');
  });

  test('asks for what is needed, and over the window that is asked for', async () => {
    const { knowledge } = await pageOf(`${PATH}?goal=cheapest&tools=true&context_length=131072&since=7d`);
    expect(knowledge.asked).toContain('model acme/Thinker-7B over 168 h');
    expect(knowledge.asked).toContain(
      'recommend acme/Thinker-7B for cheapest under {"tools":true,"structuredOutput":false,"contextLength":131072}',
    );
  });

  test('takes an empty context of its form as any', async () => {
    const { response, knowledge } = await pageOf(`${PATH}?context_length=`);
    expect(response.status).toBe(200);
    expect(knowledge.asked.some((question) => question.startsWith('recommend'))).toBe(false);
  });

  test('has a shared place for those who cannot be told apart, and none for whoever is not recommended', async () => {
    const { html } = await pageOf();
    const ranks = [...html.matchAll(/<td class="rank">([^<]*)<\/td>/g)].map(([, rank]) => rank);
    expect(ranks).toEqual(['1–2', '–']);
  });

  test('sorts by a column, the unknown last', async () => {
    const models = [
      aModelVerdict({
        endpoints: [
          aSilentEndpoint({ provider: 'drift' }),
          anEndpointVerdict({ provider: 'cobalt', ttftMs: { ...anEndpointVerdict().ttftMs, p50: 900 } }),
          anEndpointVerdict(),
        ],
      }),
    ];
    const { html } = await pageOf(`${PATH}?sort=first_token`, { models });
    const table = html.slice(html.indexOf('<tbody>'));
    const order = ['swiftcloud', 'cobalt', 'drift'].map((provider) => table.indexOf(`/${provider}">`));
    expect(order).toEqual(order.toSorted((a, b) => a - b));
    expect(html).toMatch(/<th scope="col" aria-sort="ascending"><a [^>]*>First token/);
  });

  test('says with words and a sign whether features work', async () => {
    const { html } = await pageOf();
    expect(html).toContain('<span class="warning" aria-hidden="true">~</span><span class="vh">works sometimes</span>');
  });

  test('says of a change since when and how much, with its interval', async () => {
    const { text } = await pageOf();
    expect(text).toContain('Yes, since 31 Jul. The median first token of swiftcloud went up 43% (39–47%).');
  });

  test('says of no change what that rests on', async () => {
    const models = [aModelVerdict({ endpoints: [anEndpointVerdict({ changes: [] })] })];
    const { text } = await pageOf(PATH, { models });
    expect(text).toContain('No change we can tell from noise (n = 20).');
  });

  test('shows the history of whom the reader chose', async () => {
    const { html } = await pageOf(`${PATH}?provider=cobalt`);
    expect(html).toContain('First token of cobalt over 90 days.');
    expect(html).toContain('<option value="cobalt" selected="">');
  });

  test('tells what was seen that another model would explain, and how the router’s claims hold', async () => {
    const { text } = await pageOf();
    expect(text).toContain('It counts 9 more. strong, n = 48');
    expect(text).toContain('+30% (+20% to +40%, n = 48)');
    expect(text).toContain('in 30 of 48 rounds; usually it costs 13 ms a reply more than the best');
  });

  test('recommends nobody rather than somebody too little is known of, says so, and offers to ask for less', async () => {
    const reasons = ['No provider offers tools for this model. Closest: cobalt (without tools)'];
    const models = [modelWith({ provider: null, reasons, order: [], avoid: [] })];
    const web = openWeb({ models });
    web.knowledge.recommend = (_model, goal, { tools }) =>
      aRecommendation({ goal, provider: tools ? null : 'cobalt', reasons, order: [], avoid: [] });
    const html = await (await web.ask(`${PATH}?tools=true`)).text();
    expect(textOf(html)).toContain(`Nobody, for now ${reasons[0]}`);
    expect(html).toContain(`<a href="${PATH}">cobalt fits without tools</a>`);
  });

  test('shows n where it is too small for a figure, and never 0 for the unknown', async () => {
    const few = { n: 4, p10: null, p50: null, p90: null, p95: null, p99: null };
    const models = [
      modelWith(
        { provider: null, order: [] },
        { endpoints: [anEndpointVerdict({ ttftMs: few, decodeTps: few, correct: aRate(0, 0) })] },
      ),
    ];
    const { text } = await pageOf(PATH, { models });
    expect(text).toContain('– n = 4');
    expect(text).not.toMatch(/ 0(\.0)? (ms|tok)/);
  });

  test('keeps its recommendation when nothing was asked for two intervals, and says as of when', async () => {
    const { text } = await pageOf(PATH, { health: { intervalMs: 20_000 } });
    expect(text).toContain('Best balance as of 11:59 UTC Use swiftcloud');
  });

  test('of a model nobody knows is not found, and names the closest', async () => {
    const { response, html, text } = await pageOf('/models/acme/Thinker-8B');
    expect(response.status).toBe(404);
    expect(text).toContain('We know no model acme/Thinker-8B.');
    expect(html).toContain(`<a href="${PATH}">acme/Thinker-7B</a>`);
  });

  test('of a goal nobody knows says what there is', async () => {
    const { response, text } = await pageOf(`${PATH}?goal=best`);
    expect(response.status).toBe(400);
    expect(text).toContain('must be one of balanced');
  });

  test('has nothing in it that its policy forbids', async () => {
    const { html } = await pageOf();
    expect(html).not.toMatch(/ style=| on[a-z]+=|<style|javascript:/);
    expect(html).not.toContain('undefined');
    expect(html).not.toContain('NaN');
  });

  test('shows hostile names as what they are', async () => {
    const provider = '"><script>alert(1)</script>\u202e';
    const models = [
      modelWith(
        { provider, reasons: [provider], asGood: [provider], avoid: [{ provider, why: provider }] },
        { endpoints: [anEndpointVerdict({ provider, flags: [{ ...anEndpointVerdict().flags[0]!, says: provider }] })] },
      ),
    ];
    const { html } = await pageOf(PATH, { models });
    expect(html).not.toContain('<script>alert');
    expect(html).not.toContain('\u202e');
    expect(html).toContain('\\u202e');
  });
});
