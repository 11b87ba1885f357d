import { describe, expect, test } from 'bun:test';
import type { Comparison } from '../../../src/domain/verdict.ts';
import { aComparison, aModelVerdict, anEndpointVerdict } from '../../support/verdict-builders.ts';
import { openWeb } from '../rig.ts';
import { readPage } from './read-page.ts';

const MODEL = 'acme/Thinker-7B';
const PATH = `/compare?t=${MODEL}/swiftcloud&t=${MODEL}/cobalt`;
const EVEN = { ratio: { pairs: 48, ratio: 1, low: 0.98, high: 1.02 }, better: null } as const;

/** Of each metric what is given; of all others nobody is better. */
function comparing(given: { readonly [Metric in Comparison['metric']]?: Partial<Comparison> }) {
  const web = openWeb({
    models: [
      aModelVerdict(),
      aModelVerdict({
        modelId: 'acme/Mini',
        endpoints: [anEndpointVerdict({ modelId: 'acme/Mini', provider: 'slate' })],
      }),
    ],
  });
  web.knowledge.compare = (a, b, metric) => aComparison({ a, b, metric, ...(given[metric] ?? EVEN) });
  return async (path = PATH) => readPage(await web.ask(path));
}

describe('a comparison', () => {
  test.each<[string, Partial<Comparison>, string]>([
    ['sooner', {}, 'swiftcloud starts 31 ms sooner than cobalt (24–38).'],
    [
      'later',
      { better: 'b', difference: { median: -31, low: -38, high: -24 } },
      'swiftcloud starts 31 ms later than cobalt (24–38).',
    ],
    [
      'in two units',
      { difference: { median: 1100, low: 980, high: 1200 } },
      'swiftcloud starts 1.1 s sooner than cobalt (980 ms–1.2 s).',
    ],
    [
      'beyond noise by the ratio alone',
      { difference: { median: 31, low: -1, high: 63 } },
      'swiftcloud starts 12% sooner than cobalt (10–15%).',
    ],
    ['within noise', EVEN, 'No difference in first token we can tell from noise (n = 48).'],
    [
      'too little',
      { n: 2, ratio: null, difference: null, better: null },
      'Too little to compare swiftcloud with cobalt (n = 2).',
    ],
  ])('says first what is between them: %s', async (_, comparison, sentence) => {
    expect((await comparing({ ttftMs: comparison })()).h1).toBe(sentence);
  });

  test('says of the rest what can be told, and what cannot', async () => {
    const price = { ratio: null, difference: { median: 0.2, low: 0.2, high: 0.2 }, better: 'a' } as const;
    const answers = { ratio: null, difference: { median: 0.012, low: 0.004, high: 0.021 }, better: 'b' } as const;
    const { text } = await comparing({ priceUsdPerMtok: price, availability: answers })();

    expect(text).toContain(
      'swiftcloud also costs $0.20 less per million tokens and answers 1.2 points less often (0.40–2.1).',
    );
    expect(text).toContain('No difference we can tell in time per token and whole reply.');
  });

  test('has every metric in one table, with who is better and on how many pairs', async () => {
    const { text } = await comparing({})();
    expect(text).toContain('First token 218 ms 218 ms cannot tell 48');
    expect(text).toContain('Correct answers 100% 92.44–100% 100% 92.44–100% cannot tell –');
    const few = { n: 1, ratio: null, difference: null, better: null };
    expect((await comparing({ costUsd: few })()).text).toContain('too few pairs 1');
  });

  test('leaves out an interval that reads as its middle', async () => {
    const difference = { median: 1700, low: 1690, high: 1712 };
    expect((await comparing({ ttftMs: { difference } })()).h1).toBe('swiftcloud starts 1.7 s sooner than cobalt.');
  });

  test('calls nobody better for being brief', async () => {
    const { text } = await comparing({ completionTokens: { difference: { median: 12, low: 9, high: 15 } } })();
    expect(text).toContain('neither swiftcloud writes 12 tokens fewer (9.0–15)');
  });

  test('shows both over time, the first blue and the other grey, and both ribbons', async () => {
    const { html, elements } = await comparing({ ttftMs: {} })();
    expect(html).toContain('class="line other"');
    expect(html).toContain('First token since 25 Jul. swiftcloud starts 31 ms sooner than cobalt (24–38).');
    expect(elements.filter(({ attributes }) => attributes.class === 'ribbon')).toHaveLength(2);
  });

  test('of several compares the first with each of the others', async () => {
    const models = [
      aModelVerdict({
        endpoints: ['swiftcloud', 'cobalt', 'slate'].map((provider) => anEndpointVerdict({ provider })),
      }),
    ];
    const web = openWeb({ models });
    const { text } = await readPage(await web.ask(`${PATH}&t=${MODEL}/slate`));
    expect(text).toContain('swiftcloud starts 31 ms sooner than slate (24–38).');
    expect(text).toContain('swiftcloud and slate');
    expect(web.knowledge.asked).not.toContain('compare cobalt with slate by ttftMs');
  });

  test('of other models says that they are, and leaves out what is not alike', async () => {
    const { text } = await comparing({ ttftMs: {} })(`/compare?t=${MODEL}/swiftcloud&t=acme/Mini/slate`);
    expect(text).toContain('swiftcloud on Thinker-7B starts 31 ms sooner than slate on Mini (24–38).');
    expect(text).toContain('These are not the same model');
    expect(text).not.toContain('Cost of a reply');
    expect(text).not.toContain('Correct answers');
  });

  test('keeps window and metric in its links and its form', async () => {
    const { links, html } = await comparing({})(`${PATH}&since=24h&metric=tpot_ms`);
    expect(links).toContain(`${PATH}&since=30d&metric=tpot_ms`);
    expect(html).toContain('<input type="hidden" name="since" value="24h"/>');
    expect(html).toContain(`<option value="${MODEL}/cobalt" selected="">`);
  });

  test('with one or none says whom one may choose', async () => {
    const one = await comparing({})(`/compare?t=${MODEL}/cobalt&t=`);
    expect(one.h1).toBe('cobalt on Thinker-7B, or whom?');
    expect(one.links).toContain(`/compare?t=${MODEL}/cobalt&t=${MODEL}/swiftcloud`);
    expect((await comparing({})('/compare')).h1).toBe('Which two?');
    expect((await comparing({})(`/compare?t=${MODEL}/cobalt&t=${MODEL}/cobalt`)).h1).toBe(one.h1);
  });

  test('with somebody nobody knows says so', async () => {
    const response = await openWeb().ask(`${PATH}&t=${MODEL}/nobody`);
    expect(response.status).toBe(404);
    expect((await readPage(response)).h1).toBe('We know no nobody on acme/Thinker-7B.');
  });

  test('refuses what is no target, more than five, and any other parameter twice', async () => {
    const six = Array.from({ length: 6 }, (_, at) => `t=${MODEL}/p${at}`).join('&');
    for (const query of ['t=cobalt', 't=a/b/c/d', six, `t=${MODEL}/cobalt&since=24h&since=7d`]) {
      expect((await openWeb().ask(`/compare?${query}`)).status).toBe(400);
    }
  });

  test('is one link away from a model and from an endpoint', async () => {
    const from = async (path: string) => (await readPage(await openWeb().ask(path))).links;
    expect(await from(`/models/${MODEL}`)).toContain(`/compare?t=${MODEL}/swiftcloud&t=${MODEL}/cobalt`);
    expect(await from(`/models/${MODEL}/cobalt`)).toContain(`/compare?t=${MODEL}/cobalt`);
  });
});
