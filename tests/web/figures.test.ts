import { describe, expect, test } from 'bun:test';
import { THEMES } from '../../src/web/charts/standalone.tsx';
import { PAGE_ROUTES } from '../../src/web/routes/pages.ts';
import { aRecord } from '../support/builders.ts';
import { HOSTILE_TEXTS } from '../support/hostile-texts.ts';
import { aModelVerdict, anEndpointVerdict } from '../support/verdict-builders.ts';
import { readPage } from './pages/read-page.ts';
import { EXAMPLES, FIGURES, openWeb } from './rig.ts';

const WITH_FIGURES = PAGE_ROUTES.filter(({ exports }) => exports.length > 0);
/** Every address of a figure that pages link to. */
async function figuresLinked(): Promise<readonly string[]> {
  const found = new Set<string>();
  for (const { id } of WITH_FIGURES) {
    const { links } = await readPage(await openWeb().ask(EXAMPLES[id]!));
    for (const link of links) if (link.startsWith('/figures/')) found.add(link);
  }
  return [...found];
}

describe('figures by themselves', () => {
  test('every page that shows charts or tables has some', () => {
    expect(WITH_FIGURES.map(({ id }) => id).toSorted()).toEqual(Object.keys(FIGURES).toSorted());
  });

  test('each that a page links to is there, as CSV, JSON and SVG, under the parameters of its page', async () => {
    const links = await figuresLinked();
    const endings = links.map((link) => link.match(/\.(csv|json|svg)/)![1]);
    const missing: string[] = [];
    for (const [at, link] of links.entries())
      if ((await openWeb().ask(link, {}, `192.0.2.${at}`)).status !== 200) missing.push(link);

    expect(missing).toEqual([]);
    expect(Object.groupBy(endings, (ending) => ending!).csv!.length).toBeGreaterThan(15);
    expect(links).toContain('/figures/models/acme/Thinker-7B/providers.csv?goal=cheapest&since=7d');
    expect(links).toContain('/figures/models/acme/Thinker-7B/swiftcloud/history.svg?since=90d&metric=e2e_ms');
  });

  test.each(THEMES)(
    'a picture for a %s page needs nothing else: a name, a size, and colours that are plain',
    async (theme) => {
      for (const id of Object.keys(FIGURES)) {
        const path = EXAMPLES[`${id}_svg`]!;
        const response = await openWeb().ask(`${path}${path.includes('?') ? '&' : '?'}theme=${theme}`);
        const svg = await response.text();
        expect(response.headers.get('content-type')).toBe('image/svg+xml; charset=utf-8');
        expect(svg).toMatch(
          /^<svg xmlns="http:\/\/www.w3.org\/2000\/svg" width="\d+" height="\d+" viewBox="0 0 \d+ \d+"/,
        );
        expect(svg).toContain('<title id="name">');
        expect(svg.match(/var\(|light-dark|color-mix|url\(|@import|<script|\shref="https?:/g)).toBeNull();
        expect(svg).toContain(theme === 'light' ? '#f7f8f6' : '#0e1114');
      }
    },
  );

  test('data is unrounded, and unknown is empty in CSV and null in JSON', async () => {
    const web = openWeb({
      models: [
        aModelVerdict({
          endpoints: [
            anEndpointVerdict({ ttftMs: { n: 4, p10: null, p50: 218.123456, p90: null, p95: null, p99: null } }),
          ],
        }),
      ],
    });
    const { rows } = await web.json('/figures/models/acme/Thinker-7B/providers.json');
    const [head, row] = (await (await web.ask('/figures/models/acme/Thinker-7B/providers.csv')).text()).split('\n');

    expect(rows[0]).toMatchObject({ provider: 'swiftcloud', ttft_ms_n: 4, ttft_ms_p50: 218.123456, ttft_ms_p90: null });
    expect(head).toStartWith('provider,rank_from,rank_to,state,ttft_ms_n,ttft_ms_p10,ttft_ms_p50,ttft_ms_p90,');
    expect(row).toContain(',healthy,4,,218.123456,,');
  });

  test.each(['=cmd()', '+1+1', '-1+1', '@SUM(A1)'])('a spreadsheet does not calculate %s', async (formula) => {
    const models = [aModelVerdict({ modelId: formula })];
    const csv = await (await openWeb({ models }).ask('/figures/models/models.csv')).text();
    const { rows } = await openWeb({ models }).json('/figures/models/models.json');

    expect(csv).toContain(`\n'${formula},`);
    expect(rows[0].model_id).toBe(formula);
  });

  test.each(HOSTILE_TEXTS.map((text, at) => [at, text] as const))(
    'a picture shows hostile text %i as text',
    async (_, text) => {
      const endpoints = [anEndpointVerdict({ provider: text })];
      const svg = await (
        await openWeb({ models: [aModelVerdict({ modelId: text, endpoints })] }).ask('/figures/now/board.svg')
      ).text();

      expect(
        svg.replace(/<style>.*?<\/style>/s, '').match(/<(?!\/?(svg|title|rect|text|g|line|path|circle)\b)/g),
      ).toBeNull();
      expect(svg.match(/[\p{Cc}\p{Cf}\p{Cs}]/gu)?.filter((each) => each !== '\n') ?? []).toEqual([]);
    },
  );

  test('a comparison has each difference as it was reckoned, and who is better beyond noise', async () => {
    const { rows } = await openWeb().json(EXAMPLES.compare_page_json!);

    expect(rows[0]).toMatchObject({
      ...{ a_provider: 'swiftcloud', b_provider: 'cobalt', metric: 'ttft_ms', n: 48 },
      ...{ difference_median: 31, difference_low: 24, difference_high: 38, better: 'a' },
    });
  });

  test('what makes us doubt a model, and what the router says and picks, can be taken along', async () => {
    const web = openWeb();
    const [signs, provider, picks, claims] = await Promise.all(
      [
        '/figures/models/acme/Thinker-7B/signs.json',
        '/figures/providers/swiftcloud/signs.json',
        '/figures/models/acme/Thinker-7B/picks.json',
        '/figures/models/acme/Thinker-7B/claims.json',
      ].map((path) => web.json(path)),
    );

    expect(signs.rows[0]).toMatchObject({ provider: 'cobalt', weight: 'strong', says: 'It counts 9 more.' });
    expect(provider.rows[0]).toEqual({ ...signs.rows[0], provider: 'swiftcloud' });
    expect(picks.rows[0]).toMatchObject({ policy: 'fastest' });
    expect(claims.rows[0]).toMatchObject({ provider: 'cobalt', claim: 'ttft' });
    const { links } = await readPage(await web.ask('/models/acme/Thinker-7B'));
    for (const name of ['signs', 'picks', 'claims'])
      expect(links).toContain(`/figures/models/acme/Thinker-7B/${name}.csv`);
    expect((await readPage(await web.ask('/providers/swiftcloud'))).links).toContain(
      '/figures/providers/swiftcloud/signs.csv',
    );
  });

  test('of an attempt there is every chunk, though the page has only the first in a table', async () => {
    const chunkAtMs = Array.from({ length: 400 }, (_, at) => 100 + at * 2.5);
    const record = aRecord({ attemptId: 'a1', sentMs: 100, chunks: 400, chunkAtMs, closedMs: 1200 });
    const web = openWeb({ records: [record] });
    const csv = await (await web.ask('/figures/attempts/a1/chunks.csv')).text();

    expect((await readPage(await web.ask('/attempts/a1'))).text).toContain('Show the first 250 as table');
    expect(csv.split('\n').slice(0, 3)).toEqual(['chunk,at_ms,gap_ms,is_after_pause', '1,0,,false', '2,2.5,2.5,false']);
    expect(csv.trimEnd().split('\n')).toHaveLength(401);
  });

  test('where there are several places, what a page links to is of the place that it shows', async () => {
    const web = openWeb();
    Object.assign(web.knowledge, { places: ['eu', 'us'], here: 'eu' });
    const linked = async (path: string) =>
      (await readPage(await web.ask(path))).links.filter((link) => link.startsWith('/figures/'));

    expect(await linked('/providers?location=us')).toContain('/figures/providers/providers.csv?location=us');
    expect(await linked('/providers?sort=attempts')).toContain(
      '/figures/providers/providers.csv?sort=attempts&location=eu',
    );
    expect((await web.ask('/figures/providers/providers.csv?location=us')).status).toBe(200);
    expect((await web.ask('/figures/providers/providers.csv?location=mars')).status).toBe(400);
  });

  test('what is known of nobody is no figure, rather than an empty one', async () => {
    const response = await openWeb().ask('/figures/models/acme/Nobodys-1B/trend.csv');

    expect([response.status, response.headers.get('content-type')]).toEqual([404, 'application/problem+json']);
  });

  test('a figure is whole: where a part of what it is made of cannot be read it is refused, and that is not kept', async () => {
    const web = openWeb();
    const { reliability } = web.knowledge;
    web.knowledge.reliability = () => Promise.reject(new Error('no keeper'));
    const failed = await web.ask('/figures/providers/reliability.csv');
    web.knowledge.reliability = reliability;

    expect([failed.status, failed.headers.get('cache-control')]).toEqual([503, 'no-store']);
    expect(await failed.text()).not.toContain('keeper');
    expect((await web.ask('/figures/providers/reliability.csv')).status).toBe(200);
  });

  test('a figure that no page has is refused with the names of those there are', async () => {
    const response = await openWeb().ask('/figures/now/nonsense.csv');
    expect([response.status, ((await response.json()) as { readonly detail: string }).detail]).toEqual([
      400,
      'figure must be one of board, reliability, moves',
    ]);
  });
});
