import { beforeAll, describe, expect, test } from 'bun:test';
import axe from 'axe-core';
import type { Page } from 'playwright-core';
import { PAGE_ROUTES } from '../../src/web/routes/pages.ts';
import { IS_SKIPPED } from './chromium.ts';
import { onEach, UNFOLD } from './on-each.ts';
import { eachPage, firstRun, lived, type Place, reached } from './shared.ts';

const WIDTHS = [1440, 390, 320];
const THEMES = ['light', 'dark'] as const;

describe.skipIf(IS_SKIPPED)('every page, in a browser', () => {
  /** Before the first round. */
  let first: Place;
  /** One of each, and what is said where there is nothing. */
  let each: readonly Place[];
  beforeAll(async () => {
    const { url } = await lived();
    first = { url: (await firstRun()).url, address: '/' };
    const nothing = ['/search?q=nobody', '/nowhere'].map((address) => ({ url, address }));
    each = [...(await eachPage()), first, ...nothing];
  });

  test('is reached by links alone, and no link leads nowhere', async () => {
    const { byRoute, broken } = await reached();
    expect(PAGE_ROUTES.map(({ id }) => id).filter((id) => !byRoute.has(id))).toEqual([]);
    expect(broken).toEqual([]);
  });

  test.each(THEMES)(
    '%s: has no violation that axe knows at 1440 and 390 px, and unfolded at 320 px',
    async (colorScheme) => {
      const wrong = await onEach(each, { colorScheme }, async ({ page }) => {
        await page.evaluate(axe.source);
        const found: string[] = [];
        for (const width of WIDTHS) {
          await page.setViewportSize({ width, height: 900 });
          if (width === 320) await page.evaluate(UNFOLD);
          found.push(...(await violations(page)).map((violation) => `${width} px: ${violation}`));
        }
        return found;
      });
      expect(wrong).toEqual([]);
    },
  );

  test('with every choice it offers: nothing is said to the console, refused, or asked of another host, and nothing scrolls sideways', async () => {
    const { url } = await lived();
    const { byRoute } = await reached();
    const places = PAGE_ROUTES.flatMap(({ id }) => byRoute.get(id) ?? []).map((address) => ({ url, address }));
    const wrong = await onEach([...places, first], {}, async ({ page, troubles }) => {
      const found: string[] = [];
      for (const width of WIDTHS) {
        await page.setViewportSize({ width, height: 900 });
        if (width === 320) await page.evaluate(UNFOLD);
        const over = await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');
        if (over !== 0) found.push(`${width} px: ${over} px wider than the window`);
      }
      return [...found, ...(await troubles())];
    });
    expect(wrong).toEqual([]);
  });

  test('what is wrong would be found: a picture without words, a wide line, another host, a script in the page', async () => {
    const wrong = await onEach([first], { viewport: { width: 320, height: 900 } }, async ({ page, troubles }) => {
      await page.evaluate(axe.source);
      await page.evaluate(`document.querySelector('h1').insertAdjacentHTML('afterend',
        '<img src="http://127.0.0.1:9/none"><p class="wide-one">' + 'x'.repeat(400) + '</p><svg onload="alert(1)"></svg>')`);
      const over = await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');
      return [`${over} px`, ...(await violations(page)), ...(await troubles())];
    });
    const said = wrong.join('\n');
    expect(said).not.toContain(': 0 px');
    for (const part of ['image-alt', 'asked: http://127.0.0.1:9/none', 'refused: img-src', 'refused: script-src'])
      expect(said).toContain(part);
  });
});

interface Violation {
  readonly id: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
}

/** By rule: the first elements that break it, and why. */
async function violations(page: Page): Promise<readonly string[]> {
  const run = `axe.run({ resultTypes: ['violations'], preload: false }).then((done) => done.violations)`;
  const found = (await page.evaluate(run)) as readonly Violation[];
  return found.map(({ id, nodes }) =>
    [id, ...nodes.slice(0, 3).map(({ html, failureSummary }) => `${html.slice(0, 200)} ${failureSummary}`)].join('\n'),
  );
}
