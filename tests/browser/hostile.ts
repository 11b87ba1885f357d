import { beforeAll, describe, expect, test } from 'bun:test';
import { LOOK_ROUTES } from '../../src/web/look.ts';
import { PAGE_ROUTES } from '../../src/web/routes/pages.ts';
import { HOSTILE_MARKUP } from '../support/hostile-texts.ts';
import { IS_SKIPPED } from './chromium.ts';
import { ASKED } from './hostile-past.ts';
import { onEach, UNFOLD } from './on-each.ts';
import { harmless, hostile } from './shared.ts';
import { type Reached, walk } from './walk.ts';

const IS_PAGE = new Set(PAGE_ROUTES.map(({ id }) => id));
const IS_LOOK = new Set(LOOK_ROUTES.map(({ id }) => id));
const MODEL = `/models/${ASKED.modelId}`;
/** Pages that are at the same address whatever the others say of themselves. */
const SAME = [
  '/',
  '/models',
  '/providers',
  '/incidents',
  '/search?q=Thinker',
  MODEL,
  `${MODEL}/swiftcloud`,
  '/providers/cobalt',
];

/** Elements with the names of their attributes, and how many there are of each. */
const SHAPE = `(() => {
  const shapes = [...document.querySelectorAll('*')].map(({ localName, attributes }) =>
    [localName, ...[...attributes].map(({ name }) => name).sort()].join(' '));
  return Object.fromEntries(Object.entries(Object.groupBy(shapes, (shape) => shape)).map(([shape, { length }]) => [shape, length]));
})()`;
const LEADS_ELSEWHERE = `[...document.querySelectorAll('[href], [src], [action], [formaction]')]
  .map((each) => new URL(each.href?.baseVal ?? each.href ?? each.src ?? each.action, location).href)
  .filter((address) => !address.startsWith(location.origin + '/'))`;

/** Where our own words lead: the licence of the data, and the source of a formula. */
const OUR_SOURCES = [
  'https://creativecommons.org/licenses/by/4.0/',
  'https://github.com/kubernetes-sigs/inference-perf/blob/main/docs/metrics.md',
];

describe.skipIf(IS_SKIPPED)('what others say of themselves', () => {
  let url: string;
  let walked: Reached;
  let attempts: readonly string[];
  beforeAll(async () => {
    ({ url } = await hostile());
    walked = await walk(url, ['/', ...SAME]);
    const asked = `${url}/api/v1/attempts?model=${ASKED.modelId}&provider=swiftcloud&since=7d`;
    const answer = (await (await fetch(asked)).json()) as {
      readonly attempts: readonly { readonly attempt_id: string }[];
    };
    attempts = answer.attempts.map(({ attempt_id }) => `/attempts/${attempt_id}`);
  });

  test('is on the pages: every text as a name, and each in an attempt of its own', async () => {
    expect(HOSTILE_MARKUP.length).toBeGreaterThanOrEqual(50);
    expect(attempts).toHaveLength(HOSTILE_MARKUP.length);
    const wrong = await onEach(
      [
        { url, address: '/' },
        { url, address: '/providers' },
      ],
      {},
      async ({ page }) => {
        const text = (await page.evaluate('document.querySelector("main").textContent')) as string;
        return HOSTILE_MARKUP.filter((each) => !text.includes(each.replace(/[\u202e\u2066\u2069]/g, '').slice(-20)));
      },
    );
    expect(wrong).toEqual([]);
  });

  test('runs nothing, loads nothing and leads nowhere on any page', async () => {
    const pages = [...walked.byRoute].flatMap(([id, addresses]) => (IS_PAGE.has(id) ? addresses.slice(0, 2) : []));
    const places = [...new Set([...pages, ...attempts])].map((address) => ({ url, address }));
    const wrong = await onEach(places, {}, async ({ page, troubles }) => {
      await page.evaluate(UNFOLD);
      const elsewhere = (await page.evaluate(LEADS_ELSEWHERE)) as readonly string[];
      return [...elsewhere.filter((address) => !OUR_SOURCES.includes(address)), ...(await troubles())];
    });
    expect(wrong).toEqual([]);
  });

  test('leaves every page with the elements that it has for harmless words', async () => {
    const addresses = [...SAME, ...attempts.slice(0, 2)];
    const { url: calm } = await harmless();
    const shapes = new Map<string, unknown>();
    await onEach(
      addresses.map((address) => ({ url: calm, address })),
      {},
      async ({ page }, { address }) => {
        shapes.set(address, await page.evaluate(SHAPE));
        return [];
      },
    );
    await onEach(
      addresses.map((address) => ({ url, address })),
      {},
      async ({ page }, { address }) => {
        expect([address, await page.evaluate(SHAPE)]).toEqual([address, shapes.get(address)]);
        return [];
      },
    );
  });

  test('runs nothing where pictures, feeds and data are opened by themselves', async () => {
    const documents = [...walked.byRoute]
      .flatMap(([id, addresses]) => (IS_PAGE.has(id) || IS_LOOK.has(id) ? [] : addresses.slice(0, 8)))
      .filter((address) => !/\.csv$/.test(address)); // a browser keeps those as files
    const responses = attempts.slice(0, 20).map((address) => `/api/v1${address}/response`);
    const places = [...documents, ...responses].map((address) => ({ url, address }));
    expect(documents.filter((address) => /\.(svg|atom)$/.test(address)).length).toBeGreaterThan(2);
    const wrong = await onEach(
      places,
      {},
      async ({ troubles }) => (await troubles()).filter((trouble) => /^(ran|asked|threw)/.test(trouble)), // the browser's own view of XML has styles, which are refused
    );
    expect(wrong).toEqual([]);
  });
});
