import { describe, expect, test } from 'bun:test';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { IS_SKIPPED } from './chromium.ts';
import { onEach } from './on-each.ts';
import { eachPage, lived, reached, sharedBrowser } from './shared.ts';
import { visit } from './visit.ts';

/** Opens one address of the lived tracker, in a context of its own. */
async function open(address: string, options: BrowserContextOptions = {}) {
  const context = await (await sharedBrowser()).newContext({ reducedMotion: 'reduce', ...options });
  const { url } = await lived();
  const opened = await visit(context);
  const go = (there: string) => opened.go({ url, address: there });
  await go(address);
  return { ...opened, go, [Symbol.asyncDispose]: () => context.close() };
}

/** The address of the first page of a route. */
const addressOf = async (id: string) => (await reached()).byRoute.get(id)![0]!;

// biome-ignore lint/suspicious/noExplicitAny: answers have schemas of their own, which are tested apart
const ask = async (path: string): Promise<any> => (await fetch(`${(await lived()).url}${path}`)).json();

const NO_SCRIPT = { javaScriptEnabled: false };
/** Everything but buttons, which only a script can serve. */
const TEXT = `(() => {
  for (const button of document.querySelectorAll('main [data-does]')) button.remove();
  return document.querySelector('main').innerText.replace(/\\s+/g, ' ').trim();
})()`;

describe.skipIf(IS_SKIPPED)('without JavaScript', () => {
  test('every page says all that it says with it', async () => {
    const texts = new Map<string, string>();
    const places = await eachPage();
    await onEach(places, {}, async ({ page }, { address }) => {
      texts.set(address, (await page.evaluate(TEXT)) as string);
      return [];
    });
    const wrong = await onEach(places, NO_SCRIPT, async ({ page }, { address }) => {
      const text = await page.evaluate(TEXT);
      return text === texts.get(address) ? [] : [`${text}\nwith JavaScript: ${texts.get(address)}`];
    });
    expect([texts.size, wrong]).toEqual([places.length, []]);
  });

  const answers: Readonly<Record<string, () => Promise<readonly string[]>>> = {
    'what is going on?': async () => {
      const { incidents } = await ask('/api/v1/incidents?open=true');
      return ['now_page', 'answering', 'Use now', incidents.length > 0 ? 'Happening now' : 'Happened last'];
    },
    'which provider should I use now?': async () => {
      const { byRoute } = await reached();
      const model = byRoute.get('model_page')![0]!.slice('/models/'.length);
      const { provider } = await ask(`/api/v1/recommend?model=${model}&since=24h`);
      return ['model_page', provider === null ? 'Nobody' : `Use ${provider}`];
    },
    'is it down, or just me?': async () => {
      const [, , org, name, provider] = (await addressOf('endpoint_page')).split('/');
      const { says } = await ask(`/api/v1/checks?model=${org}/${name}&provider=${provider}`);
      return ['endpoint_page', 'Is it down, or just me?', says, 'Our own connection'];
    },
    'is this provider any good?': async () => {
      const provider = (await addressOf('provider_page')).split('/').at(-1)!;
      return ['provider_page', provider, 'models', 'Uptime'];
    },
    'what happened?': async () => {
      const incident = await ask(`/api/v1${await addressOf('incident_page')}`);
      return [
        'incident_page',
        incident.provider,
        'Started',
        'Whose fault',
        incident.says.split(' ').slice(0, 3).join(' '),
      ];
    },
  };
  test.each(Object.entries(answers))('visible words answer: %s', async (_, answer) => {
    const [id, ...words] = await answer();
    await using opened = await open(await addressOf(id!), { ...NO_SCRIPT, viewport: { width: 390, height: 844 } });
    const text = (await opened.page.evaluate('document.querySelector("main").innerText')) as string;

    expect(words.filter((word) => !text.replace(/\s+/g, ' ').includes(word))).toEqual([]);
  });

  test('the search, the filters and every choice work by forms and links', async () => {
    const model = await addressOf('model_page');
    const name = model.split('/').at(-1)!;
    await using opened = await open('/', NO_SCRIPT);
    const { page } = opened;

    await page.fill('input[type=search]', name);
    await page.press('input[type=search]', 'Enter');
    await page.waitForURL('**/search?q=*');
    await page.locator(`main a[href="${model}"]`).click();
    await page.waitForURL(`**${model}`);
    expect(await page.locator('h1').textContent()).toBe(name);

    await page.locator('.segments a:not([aria-current])').first().click();
    await page.waitForURL(/\?/);
    expect(await page.locator('.segments a[aria-current]').count()).toBeGreaterThan(0);

    await page.goto((await lived()).url);
    await page.locator('main a[href*="metric=price"]').click();
    await page.waitForURL('**/?metric=price');
    expect(await page.locator('.segments a[aria-current]', { hasText: 'Price' }).count()).toBe(1);
  });

  test('tables unfold', async () => {
    await using opened = await open(await addressOf('endpoint_page'), NO_SCRIPT);
    const folded = opened.page.locator('details.as-table').first();

    expect(await folded.locator('table').isVisible()).toBe(false);
    await folded.locator('summary').click();
    expect(await folded.locator('table').isVisible()).toBe(true);
  });
});

interface Stop {
  readonly what: string;
  readonly isOutlined: boolean;
  readonly isInView: boolean;
}

const FOCUSED = `(() => {
  const focused = document.activeElement;
  if (focused === document.body || focused === null) return null;
  const looks = [focused, ...focused.querySelectorAll('*')].map((each) => getComputedStyle(each));
  const { top, bottom } = focused.getBoundingClientRect();
  const header = document.querySelector('header');
  const coveredUntil = header.contains(focused) ? 0 : header.getBoundingClientRect().bottom;
  return {
    what: window.names[window.stops.indexOf(focused)],
    isOutlined: looks.some(({ outlineStyle, outlineWidth }) => outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2),
    isInView: focused.className === 'skip' || (bottom > coveredUntil && top < innerHeight),
  };
})()`;
/** All that can be reached by the Tab key, in the order of the page. */
const STOPS = `(() => {
  const all = 'a[href], button, input, select, textarea, summary, [tabindex="0"]';
  window.stops = [...document.querySelectorAll(all)].filter((each) => each.checkVisibility() && !each.disabled);
  window.names = window.stops.map((each, at) => at + ' ' + each.outerHTML.slice(0, 80));
  return window.names;
})()`;

/** Presses Tab from the top of a page until the browser itself is next. */
async function walkByKeyboard(page: Page) {
  const stops = (await page.evaluate(STOPS)) as readonly string[];
  const met: Stop[] = [];
  while (met.length <= stops.length) {
    await page.keyboard.press('Tab');
    const stop = (await page.evaluate(FOCUSED)) as Stop | null;
    if (stop === null) break;
    met.push(stop);
  }
  return { stops, met };
}

/** What has the focus moves by that key. */
async function scrolls(page: Page, key: string): Promise<boolean> {
  await page.evaluate(`window.scrolled = new Promise((resolve) =>
    document.activeElement.addEventListener('scroll', () => resolve(true), { once: true })); null`);
  await page.keyboard.press(key);
  return (await page.evaluate('window.scrolled')) as boolean;
}

describe.skipIf(IS_SKIPPED)('by keyboard', () => {
  test.each([
    ['now_page', 1440],
    ['model_page', 1440],
    ['model_page', 390],
    ['provider_page', 390],
    ['incident_page', 1440],
    ['compare_page', 1440],
  ] as const)(
    '%s at %i px: every stop in the order of the page, each with a visible outline, and out at the end',
    async (id, width) => {
      await using opened = await open(await addressOf(id), { viewport: { width, height: 900 } });

      const { stops, met } = await walkByKeyboard(opened.page);

      expect(met.map(({ what }) => what)).toEqual([...stops]);
      expect(met.filter(({ isOutlined }) => !isOutlined)).toEqual([]);
      expect(met.filter(({ isInView }) => !isInView)).toEqual([]);
    },
  );

  test('the first stop leads past the header, the next is in what the page says', async () => {
    await using opened = await open('/');
    const { page } = opened;

    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.className')).toBe('skip');
    expect(await page.locator('.skip').isVisible()).toBe(true);
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.closest("main") !== null')).toBe(true);
  });

  test('the board leads to an endpoint, a ribbon walks its days, a table unfolds and scrolls', async () => {
    await using opened = await open('/', { viewport: { width: 390, height: 844 } });
    const { page } = opened;

    await page.locator('.board-panel').focus();
    expect(await scrolls(page, 'ArrowRight')).toBe(true);
    await page.getByRole('slider').first().focus();
    await page.keyboard.press('Home');
    expect(await page.getByRole('slider').first().getAttribute('aria-valuetext')).toMatch(/^\d\d \w{3}: /);
    await page.locator('.board tbody .use ~ td a').first().focus();
    await page.keyboard.press('Enter');
    await page.waitForURL('**/models/*/*/*');

    const longest = `[...document.querySelectorAll('details.as-table')]
      .map((each) => each.querySelectorAll('tr').length).reduce((best, rows, at, all) => (rows > all[best] ? at : best), 0)`;
    const summary = page.locator('details.as-table summary').nth((await page.evaluate(longest)) as number);
    await summary.focus();
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.className')).toBe('table-scroll');
    expect(await scrolls(page, 'ArrowDown')).toBe(true);
  });
});

describe.skipIf(IS_SKIPPED)('as the reader has set it', () => {
  test.each(['light', 'dark'] as const)(
    'in forced colours (%s) states are told by glyph and word',
    async (colorScheme) => {
      const options = { forcedColors: 'active', colorScheme } as const;
      const wrong = await onEach(await eachPage(), options, async ({ page }) =>
        page.evaluate(`[...document.querySelectorAll('main .state')].filter((state) => state.checkVisibility()).flatMap((state) => {
        const glyph = state.querySelector('svg.glyph, [aria-hidden]');
        const { fill, stroke } = getComputedStyle(glyph?.querySelector('*') ?? glyph ?? state);
        const { color } = getComputedStyle(state);
        const isSeen = glyph?.matches('svg') ? [fill, stroke].includes(color) : glyph?.textContent.trim();
        const words = (state.closest('a, td, th, li, dd') ?? state).textContent.trim();
        return isSeen && glyph.getBoundingClientRect().width > 0 && words !== '' ? [] : [state.outerHTML.slice(0, 200)];
      })`),
      );
      expect(wrong).toEqual([]);
    },
  );

  test('with less motion nothing moves', async () => {
    const wrong = await onEach(await eachPage(), {}, async ({ page }) =>
      page.evaluate(`document.getAnimations().map((each) => each.animationName ?? each.transitionProperty)`),
    );
    expect(wrong).toEqual([]);
  });

  test('the theme follows the system until one is chosen, which stays', async () => {
    await using opened = await open('/', { colorScheme: 'dark' });
    const { page } = opened;
    const background = () => page.evaluate('getComputedStyle(document.documentElement).backgroundColor');
    const DARK = 'rgb(14, 17, 20)';
    const LIGHT = 'rgb(247, 248, 246)';
    expect(await background()).toBe(DARK);

    await page.getByRole('button', { name: 'Light or dark' }).click();
    expect(await background()).toBe(LIGHT);
    await opened.go('/providers');
    expect(await background()).toBe(LIGHT);
    await page.emulateMedia({ colorScheme: 'light' });
    await page.getByRole('button', { name: 'Light or dark' }).click();
    expect(await background()).toBe(DARK);
    expect(await opened.troubles()).toEqual([]);
  });
});
