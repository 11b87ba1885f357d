import { describe, expect, test } from 'bun:test';
import { LOOK, LOOK_ROUTES } from '../../../src/web/look.ts';
import { PAGE_ROUTES } from '../../../src/web/routes/pages.ts';
import { aRecord } from '../../support/builders.ts';
import { HOSTILE_MARKUP, HOSTILE_TEXTS } from '../../support/hostile-texts.ts';
import { aModelVerdict, anEndpointVerdict, anIncident, aRecommendation } from '../../support/verdict-builders.ts';
import { EXAMPLES, openWeb } from '../rig.ts';
import { readPage } from './read-page.ts';

const PAGES = PAGE_ROUTES.map(({ id }) => [id, EXAMPLES[id]!] as const);
const POLICY =
  "default-src 'none'; style-src 'self'; script-src 'self'; font-src 'self'; connect-src 'self'; form-action 'self'; " +
  "img-src 'self' data:; base-uri 'none'; frame-ancestors 'none'";

const HOSTILE: readonly string[] = [...HOSTILE_TEXTS, ...HOSTILE_MARKUP];

/** The text wherever somebody else may put one. Names by which pages are asked for stay. */
function hostileWorld(text: string): Parameters<typeof openWeb>[0] {
  const usual = anEndpointVerdict();
  const hostile = (provider: string, modelId: string) =>
    anEndpointVerdict({
      provider,
      modelId,
      providerModelId: text,
      location: text,
      flags: usual.flags.map((flag) => ({ ...flag, says: text })),
    });
  const recommendations = [aRecommendation({ provider: null, reasons: [text] })];
  return {
    models: [
      aModelVerdict({ modelId: text, recommendations, endpoints: [hostile(text, text), hostile('swiftcloud', text)] }),
      aModelVerdict({
        recommendations: [aRecommendation({ reasons: [text], asGood: [text], avoid: [{ provider: text, why: text }] })],
        endpoints: [text, 'swiftcloud', 'cobalt'].map((provider) => hostile(provider, 'acme/Thinker-7B')),
      }),
    ],
    incidents: [
      anIncident({
        ...{ says: text, cause: text, location: text, modelId: text, provider: text, figures: { [text]: 1 } },
        endpoints: [
          { modelId: text, provider: text },
          { modelId: text, provider: 'swiftcloud' },
        ],
        acknowledged: { atMs: 0, reason: text },
        evidence: ['a1'],
      }),
    ],
    records: [
      aRecord({
        ...{ attemptId: 'a1', outcome: 'target_error', errorClass: 'http_5xx', errorMessage: text, modelId: text },
        ...{ requestUrl: text, requestBody: text, requestHeadersSanitized: JSON.stringify({ [text]: text }) },
        ...{ responseHeadersSanitized: JSON.stringify([text]), responseBodyRaw: JSON.stringify({ [text]: text }) },
        ...{ answerText: text, finishReason: text, servedBy: text, responseModel: text, systemFingerprint: text },
        ...{ requestId: text, location: text, conformance: [text], probeId: 'p1', errorPhase: 'close' },
      }),
      aRecord({ attemptId: 'a3', modelId: text, probeId: 'p1', attempt: 2 }),
      aRecord({ attemptId: 'a4', modelId: text, providerName: text, answerText: text }),
      aRecord({
        ...{ attemptId: 'a2', cycleTimestampIso: '2026-08-01T11:30:00.000Z', providerName: 'swiftcloud' },
        ...{ outcome: 'target_error', errorClass: 'http_5xx', errorMessage: text },
      }),
    ],
  };
}

const OURS = new Set([
  ...'html head meta title link script body a header div svg path span b nav search form input kbd button circle main'.split(
    ' ',
  ),
  ...'h1 h2 h3 p dl dt dd datalist small section table caption thead tbody tr th td ul ol li time br footer g code'.split(
    ' ',
  ),
  ...'figure details summary label select option abbr rect line text tspan img pre optgroup'.split(' '),
]);

/** Elements and attributes that no page of ours has: what would run, load or dress up. */
function foreign(elements: Awaited<ReturnType<typeof readPage>>['elements']): readonly string[] {
  const scripts = elements.filter(({ tag }) => tag === 'script');
  const wrong = elements.flatMap(({ tag, attributes }) => [
    ...(OURS.has(tag) || (tag === 'img' && attributes.src?.startsWith('/badge/')) ? [] : [tag]),
    ...Object.keys(attributes).filter((name) => name.startsWith('on') || name === 'style' || name === 'srcdoc'),
    ...(/^\s*(javascript|data|vbscript):/i.test(attributes.href ?? '') ? [attributes.href!] : []),
  ]);
  return scripts.length === 1 && scripts[0]!.attributes.src === LOOK.script ? wrong : [...wrong, 'script'];
}

describe.each(PAGES)('%s', (_, path) => {
  test('has one heading of the first rank, a title, a language, a way past the header and one main part', async () => {
    const response = await openWeb().ask(path);
    const { elements, html } = await readPage(response);
    const count = (tag: string) => elements.filter((element) => element.tag === tag).length;

    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(html).toStartWith('<!doctype html><html lang="en">');
    expect([count('h1'), count('main'), count('title'), count('header'), count('footer')]).toEqual([1, 1, 1, 1, 1]);
    expect(elements.find(({ tag }) => tag === 'a')!.attributes).toMatchObject({ class: 'skip', href: '#main' });
    expect(elements.filter(({ attributes }) => attributes['aria-current'] === 'page').length).toBeLessThanOrEqual(1);
  });

  test('loads only what comes from where it came from, and nothing in it can run', async () => {
    const response = await openWeb().ask(path);
    const { elements } = await readPage(response);
    const loaded = elements.flatMap(({ tag, attributes }) =>
      tag === 'a' ? [] : [attributes.src, attributes.href, attributes.action].filter((each) => each !== undefined),
    );

    expect(response.headers.get('content-security-policy')).toBe(POLICY);
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    expect(loaded.filter((each) => !/^\/(?!\/)/.test(each))).toEqual([]);
    expect(foreign(elements)).toEqual([]);
  });

  test('has heads for the rows and columns of every table', async () => {
    const { elements } = await readPage(await openWeb().ask(path));

    expect(elements.filter(({ tag, attributes }) => tag === 'th' && !attributes.scope)).toEqual([]);
  });

  test('links only to what is there', async () => {
    const web = openWeb({ records: [aRecord({ attemptId: 'a1' }), aRecord({ attemptId: 'a2' })] });
    const { links } = await readPage(await web.ask(path));
    const missing: string[] = [];
    for (const link of new Set(links)) {
      const isHere = link.startsWith('/');
      if (isHere && (await web.ask(link, {}, `192.0.2.${links.indexOf(link)}`)).status !== 200) missing.push(link);
    }

    expect(missing).toEqual([]);
  });

  test.each(HOSTILE.map((text, at) => [at, text] as const))('shows hostile text %i as text', async (_, text) => {
    const response = await openWeb(hostileWorld(text)).ask(path);
    const { elements, html } = await readPage(response);

    expect(response.status).toBe(200);
    expect(foreign(elements)).toEqual([]);
    expect(html.match(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu)?.filter((character) => character !== '\n') ?? []).toEqual(
      [],
    );
  });

  test('is complete with under 60 KB on the first visit', async () => {
    const web = openWeb();
    const gzip = { headers: { 'accept-encoding': 'gzip' } };
    let bytes = 0;
    for (const each of [path, ...Object.values(LOOK)])
      bytes += (await (await web.ask(each, gzip)).arrayBuffer()).byteLength;

    expect(bytes).toBeLessThan(60_000);
  });
});

test('what pages look like is kept for a year under a name that changes with it', async () => {
  for (const { path } of LOOK_ROUTES) {
    expect(path).toMatch(/^\/look\/\w+\.[0-9a-f]{12}\.(css|js|woff2|svg)$/);
    expect((await openWeb().ask(path)).headers.get('cache-control')).toBe('public, max-age=31536000');
  }
});

test('the script has under 6 KB', async () => {
  expect((await (await openWeb().ask(LOOK.script)).arrayBuffer()).byteLength).toBeLessThan(6000);
});

test('what goes wrong is a page for people, and says what to do', async () => {
  const fails = () => {
    throw new Error('cannot open /srv/keeper');
  };
  const broken = await readPage(await openWeb({ parts: { health: fails } }).ask('/'));
  const nowhere = await openWeb().ask('/nowhere');

  expect(broken.h1).toBe('We could not make this page.');
  expect(broken.text).toContain('Everything else holds');
  expect(broken.html).not.toContain('keeper');
  expect([nowhere.status, nowhere.headers.get('content-security-policy')]).toEqual([404, POLICY]);
  expect((await readPage(nowhere)).links).toContain('/');
});

test('parameters that links collect on their way are let pass', async () => {
  expect((await openWeb().ask('/?utm_source=mail&fbclid=1')).status).toBe(200);
});
