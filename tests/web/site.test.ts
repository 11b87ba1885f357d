import { describe, expect, test } from 'bun:test';
import { ROUTES } from '../../src/web/routes/all.ts';
import { linkedWithin, pathWithin, siteOf } from '../../src/web/site.ts';
import { aRecord } from '../support/builders.ts';
import { EXAMPLES, openWeb } from './rig.ts';

const SITE = siteOf({ publicUrl: 'https://status.example/tracker' });

const openTracker = () =>
  openWeb({ records: [aRecord({ attemptId: 'a1' }), aRecord({ attemptId: 'a2' })], parts: { site: SITE } });

/** Attributes that begin with a slash and are no addresses. */
const NO_ADDRESSES = new Set(['aria-keyshortcuts']);

/** Every address in a document that begins with our root, in whatever attribute. */
function addressesIn(html: string): readonly string[] {
  const found = new Set<string>();
  new HTMLRewriter()
    .on('*', {
      element({ attributes }) {
        for (const [name, value] of attributes)
          if (value!.startsWith('/') && !NO_ADDRESSES.has(name)) found.add(value!.replaceAll('&amp;', '&'));
      },
    })
    .transform(html);
  return [...found];
}

describe('under a prefix', () => {
  test('whoever follows every link comes to every page, and never leaves the prefix', async () => {
    const web = openTracker();
    const waiting = Object.values(EXAMPLES).map((path) => `/tracker${path}`);
    const seen = new Set<string>();
    const outside: string[] = [];
    for (const address of waiting) {
      const path = address.split('?')[0]!; // a page with other parameters has the same kinds of links
      if (seen.has(path)) continue;
      seen.add(path);
      const response = await web.ask(address, {}, `192.0.2.${seen.size}`);
      if (!response.headers.get('content-type')?.startsWith('text/html')) continue;
      for (const each of addressesIn(await response.text())) {
        if (each.startsWith('/tracker/')) waiting.push(each);
        else outside.push(`${each} on ${path}`);
      }
    }

    expect(outside).toEqual([]);
    expect(seen.size).toBeGreaterThan(Object.keys(EXAMPLES).length);
  });

  test('a proxy may take the prefix off or leave it on', async () => {
    const web = openTracker();
    const texts = await Promise.all(['/tracker', '/tracker/', '/'].map(async (path) => (await web.ask(path)).text()));

    expect(new Set(texts).size).toBe(1);
    expect((await web.ask('/trackers')).status).toBe(404);
    expect((await web.ask('/tracker/tracker/models')).status).toBe(404);
  });

  test('what is not there is a page that leads back into it, and JSON under the API', async () => {
    const web = openTracker();
    const page = await (await web.ask('/tracker/nowhere')).text();

    expect(page).toContain('<a href="/tracker/">See what is going on now</a>');
    expect((await web.ask('/tracker/api/v1/nowhere')).headers.get('content-type')).toBe('application/problem+json');
  });

  test('what is for programs and pages of others has whole addresses', async () => {
    const web = openTracker();
    const feed = await (await web.ask('/tracker/incidents.atom')).text();
    const endpoint = await (await web.ask(EXAMPLES.endpoint_page!)).text();

    const model = await (await web.ask(EXAMPLES.model_page!)).text();

    for (const told of [
      '<link rel="canonical" href="https://status.example/tracker/models/acme/Thinker-7B"',
      '<meta property="og:url" content="https://status.example/tracker/models/acme/Thinker-7B"',
      '<meta property="og:image" content="https://status.example/tracker/card/acme/Thinker-7B.png"',
    ])
      expect(model).toContain(told);
    expect([...feed.matchAll(/href="([^"]*)"/g)].map(([, href]) => href)).toEqual([
      'https://status.example/tracker/incidents.atom',
      expect.stringContaining('https://status.example/tracker/api/v1/incidents/'),
    ]);
    expect((await web.json('/tracker/api/v1/openapi.json')).servers).toEqual([
      { url: 'https://status.example/tracker' },
    ]);
    expect(endpoint).toContain(
      '[![swiftcloud uptime](https://status.example/tracker/badge/acme/Thinker-7B/swiftcloud.svg)](https://status.example/tracker/models/acme/Thinker-7B/swiftcloud)',
    );
  });
});

describe('without one', () => {
  test('a page is the same whether its address is known or not, but for what it tells others of itself', async () => {
    const known = openWeb({ parts: { site: siteOf({ publicUrl: 'https://status.example' }) } });
    const unknown = openWeb();

    const shown = async (web: typeof known, path: string) =>
      (await (await web.ask(path)).text()).replace(/<(meta|link) [^>]*>/g, '');
    for (const path of ['/', EXAMPLES.models_page!, EXAMPLES.incident_page!])
      expect(await shown(known, path)).toBe(await shown(unknown, path));
    expect((await unknown.json('/api/v1/openapi.json')).servers).toEqual([{ url: '/' }]);
    expect(await (await unknown.ask('/incidents.atom')).text()).toContain('href="/incidents.atom"');
  });
});

describe('a document under an address', () => {
  test('has the prefix in each attribute that leads somewhere, and nowhere else', () => {
    const html =
      '<a href="/models?a=1&amp;b=2">/models</a><img src="/x.png"><form action="/find"><button formaction="/other"></form>' +
      '<svg><image href="/y"/></svg><a href="#main"></a><a href="//elsewhere.example/"></a><a href="https://elsewhere.example/"></a>' +
      '<p title="/models"></p>';

    expect(linkedWithin(SITE, html)).toBe(
      html.replace(/(href|src|action)="\/(?!\/)/g, '$1="/tracker/').replace('"/tracker/y"/>', '"/tracker/y" />'),
    );
  });

  test('tells others of itself by whole addresses', () => {
    const html = '<meta property="og:image" content="/og/a.png"><meta name="description" content="a/b">';

    expect(linkedWithin(SITE, html)).toContain('content="https://status.example/tracker/og/a.png"');
    expect(linkedWithin(siteOf({ publicUrl: 'https://status.example' }), html)).toContain(
      'https://status.example/og/a.png',
    );
    expect(linkedWithin(siteOf({}), html)).toBe(html);
    expect(linkedWithin(SITE, html)).toContain('content="a/b"');
  });

  test('says by a whole address where it is at home, so that it is one page however one came to it', () => {
    const html = '<link rel="canonical" href="/models"><link rel="alternate" href="/api/v1/models">';

    expect(linkedWithin(SITE, html)).toBe(
      '<link rel="canonical" href="https://status.example/tracker/models"><link rel="alternate" href="/tracker/api/v1/models">',
    );
    expect(linkedWithin(siteOf({}), html)).toBe(html);
  });

  test('a path loses the prefix once, and only a whole part of it', () => {
    expect(['/tracker', '/tracker/', '/tracker/a', '/tracker2/a', '/a'].map((path) => pathWithin(SITE, path))).toEqual([
      '/',
      '/',
      '/a',
      '/tracker2/a',
      '/a',
    ]);
    expect(pathWithin(siteOf({}), '/a')).toBe('/a');
  });
});

test('the script asks for nothing by an address that begins with our root', async () => {
  const script = ROUTES.find(({ id }) => id === 'script_js')!;
  const text = await (await openWeb().ask(script.path)).text();

  expect(text.match(/(['"`])\/[a-z]/g) ?? []).toEqual([]);
});

describe('frames', () => {
  const headersOf = async (embedIn: readonly string[], path: string) =>
    (await openWeb({ parts: { site: siteOf({ embedIn }) } }).ask(path)).headers;

  test.each(['/', '/api/v1/now', '/nowhere'])(
    '%s may be shown in pages of the hosts that settings name, and of no other',
    async (path) => {
      const headers = await headersOf(['huggingface.co'], path);

      expect(headers.get('content-security-policy')).toEndWith('; frame-ancestors https://huggingface.co');
      expect(headers.get('x-frame-options')).toBeNull();
    },
  );

  test('nobody may, unless settings say so', async () => {
    const headers = await headersOf([], '/');

    expect(headers.get('content-security-policy')).toEndWith("; frame-ancestors 'none'");
    expect(headers.get('x-frame-options')).toBe('DENY');
  });
});
