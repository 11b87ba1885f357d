import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import type { Browser } from 'playwright-core';
import { aModelVerdict, anEndpointVerdict } from '../support/verdict-builders.ts';
import { IS_SKIPPED, openBrowser, saySkipped } from './chromium.ts';
import { isLive, openPage, serveWeb, shows } from './live-rig.ts';

const MODEL = '/models/acme/Thinker-7B';
const usual = anEndpointVerdict();
const first = (p50: number) => ({ ...usual.ttftMs, p50 });
const worldWith = (swiftcloud: number, cobalt: number) => [
  aModelVerdict({
    endpoints: [
      anEndpointVerdict({ provider: 'cobalt', ttftMs: first(cobalt) }),
      anEndpointVerdict({ ttftMs: first(swiftcloud) }),
    ],
  }),
];

saySkipped('how a page lives while it is read');

describe.skipIf(IS_SKIPPED)('a page while it is read', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await openBrowser();
  });
  afterAll(() => browser?.close());

  test('shows new figures in place: focus, selection, scroll and what is unfolded stay', async () => {
    await using served = serveWeb({ models: worldWith(218, 400) });
    await using opened = await openPage(browser, `${served.url}${MODEL}?sort=first_token`);
    const { page, errors } = opened;
    await isLive(page);
    await page.evaluate(`
      document.querySelector('main details').open = true;
      document.querySelector('.leaderboard tbody a').focus();
      scrollTo(0, 300);
      getSelection().selectAllChildren(document.querySelector('h1'));
      window.row = document.querySelector('.leaderboard tbody tr');
    `);
    const before = await page.evaluate('scrollY');

    await served.learn(worldWith(231, 400));
    await shows(page, '231 ms');

    expect(
      await page.evaluate(`[
        document.querySelector('main details').open,
        document.activeElement.textContent,
        getSelection().toString(),
        window.row === document.querySelector('.leaderboard tbody tr'),
        document.querySelector('.new-order').hidden,
      ]`),
    ).toEqual([true, 'swiftcloud', 'Thinker-7B', true, true]);
    expect(await page.evaluate('scrollY')).toBe(before);
    expect(errors).toEqual([]);
  });

  test('never moves rows by itself: a new order waits behind a button', async () => {
    await using served = serveWeb({ models: worldWith(218, 400) });
    await using opened = await openPage(browser, `${served.url}${MODEL}?sort=first_token`);
    const { page, errors } = opened;
    await isLive(page);
    const rows = () => page.locator('.leaderboard tbody th a').allTextContents();
    expect(await rows()).toEqual(['swiftcloud', 'cobalt']);

    await served.learn(worldWith(500, 400));
    await page.getByRole('button', { name: 'Order changed' }).waitFor();

    expect(await rows()).toEqual(['swiftcloud', 'cobalt']);
    expect(await page.locator('.leaderboard tbody tr').first().textContent()).toContain('500 ms');

    await page.getByRole('button', { name: 'Order changed' }).click();

    expect(await rows()).toEqual(['cobalt', 'swiftcloud']);
    expect(await page.getByRole('button', { name: 'Order changed' }).isVisible()).toBe(false);
    expect(errors).toEqual([]);
  });

  test('switches to another view in place, under an address of its own, and back', async () => {
    await using served = serveWeb();
    await using opened = await openPage(browser, `${served.url}${MODEL}`);
    const { page, errors } = opened;
    await page.evaluate('window.isSamePage = true');

    const cheapest = page.locator('.segments a', { hasText: 'heapest' }).first();
    await cheapest.focus();
    await page.keyboard.press('Enter');
    await page.waitForURL('**/*goal=cheapest*');

    expect(await cheapest.getAttribute('aria-current')).toBe('true');
    expect(await page.evaluate('document.activeElement.textContent')).toMatch(/heapest/);

    await page.selectOption('select[name=context_length]', '32768');
    await page.locator('.asked form button[type=submit]').click();
    await page.waitForURL('**/*context_length=32768*');
    expect(page.url()).toContain('goal=cheapest');

    await page.goBack();
    await page.goBack();
    await page.locator('.segments a:not([aria-current])', { hasText: 'heapest' }).waitFor();

    expect(await page.evaluate('[window.isSamePage, location.search]')).toEqual([true, '']);
    expect(errors).toEqual([]);
  });

  test('lays out another view of a long board a few times, however many figures it has', async () => {
    const models = Array.from({ length: 60 }, (_, at) =>
      aModelVerdict({
        modelId: `acme/Thinker-${at}`,
        endpoints: [anEndpointVerdict({ modelId: `acme/Thinker-${at}`, ttftMs: first(200 + at) })],
      }),
    );
    await using served = serveWeb({ models });
    await using opened = await openPage(browser, served.url);
    const { page } = opened;
    const performance = await page.context().newCDPSession(page);
    await performance.send('Performance.enable');
    const layouts = async () => {
      const { metrics } = await performance.send('Performance.getMetrics');
      return metrics.find(({ name }) => name === 'LayoutCount')!.value;
    };
    const before = await layouts();

    await page.locator('.segments a', { hasText: 'First token' }).dispatchEvent('click');
    await page.locator('.board', { hasText: '259 ms' }).waitFor();

    expect((await layouts()) - before).toBeLessThan(models.length / 2);
  });

  test('puts a table in order in place, by the links in its head: focus and scroll stay', async () => {
    await using served = serveWeb({ models: worldWith(218, 400) });
    await using opened = await openPage(browser, `${served.url}${MODEL}`);
    const { page, errors } = opened;
    await page.evaluate(`scrollTo(0, 200); window.table = document.querySelector('.leaderboard')`);
    const before = await page.evaluate('scrollY');
    const names = () => page.locator('.leaderboard tbody th a').allTextContents();

    await page.locator('.leaderboard thead a', { hasText: 'Provider' }).click();
    await page.locator('.leaderboard th[aria-sort=ascending]', { hasText: 'Provider' }).waitFor();
    expect(await names()).toEqual(['cobalt', 'swiftcloud']);
    await page.locator('.leaderboard thead a', { hasText: 'First token' }).click();
    await page.locator('.leaderboard th[aria-sort=ascending]', { hasText: 'First token' }).waitFor();

    expect(await names()).toEqual(['swiftcloud', 'cobalt']);
    expect(
      await page.evaluate(`[
        window.table === document.querySelector('.leaderboard'),
        document.activeElement.textContent,
        scrollY,
        location.search,
      ]`),
    ).toEqual([true, 'First token', before, '?sort=first_token']);
    expect(errors).toEqual([]);
  });

  test.each([390, 320])('a comparison at %i px has everything in sight: no table of it scrolls', async (width) => {
    await using served = serveWeb();
    const sides = ['swiftcloud', 'cobalt'].map((provider) => `t=acme/Thinker-7B/${provider}`);
    const viewport = { width, height: 900 };
    await using opened = await openPage(browser, `${served.url}/compare?${sides.join('&')}`, { viewport });

    expect(
      await opened.page.evaluate(
        `Array.from(document.querySelectorAll('.panel'), (panel) => panel.scrollWidth - panel.clientWidth)`,
      ),
    ).toEqual([0, 0]);
  });

  test('keeps what is there, marked as busy, until the other view has come', async () => {
    await using served = serveWeb();
    await using opened = await openPage(browser, `${served.url}${MODEL}`);
    const { page } = opened;
    const { promise: mayCome, resolve: letCome } = Promise.withResolvers<void>();
    await page.route('**/*goal=*', async (route) => {
      await mayCome;
      await route.continue();
    });

    await page.locator('.segments a:not([aria-current])').first().click();
    await page.locator('main[aria-busy=true]').waitFor();
    expect(await page.locator('h1').textContent()).toBe('Thinker-7B');
    letCome();

    await page.locator('main:not([aria-busy])').waitFor();
    expect(page.url()).toContain('goal=');
  });

  test('marks nothing as busy for a view that was overtaken by the next', async () => {
    await using served = serveWeb();
    await using opened = await openPage(browser, `${served.url}${MODEL}`);
    const { page } = opened;
    await page.clock.install();
    const { promise: mayCome, resolve: letCome } = Promise.withResolvers<void>();
    await page.route('**/*goal=fastest_start*', async (route) => {
      await mayCome;
      await route.abort();
    });

    await page.locator('.segments a[href*="goal=fastest_start"]').dispatchEvent('click');
    await page.locator('.segments a[href*="goal=cheapest"]').dispatchEvent('click');
    await page.waitForURL('**/*goal=cheapest*');
    await page.clock.runFor(1000);

    expect(await page.locator('main').getAttribute('aria-busy')).toBeNull();
    letCome();
  });

  test('goes there as ever where switching in place fails', async () => {
    await using served = serveWeb();
    await using opened = await openPage(browser, `${served.url}${MODEL}`);
    const { page } = opened;
    await page.evaluate('window.isSamePage = true');
    await page.evaluate('window.fetch = () => Promise.reject(new Error())');

    await page.locator('.segments a:not([aria-current])').first().click();
    await page.waitForURL('**/*goal=*');

    expect(await page.evaluate('window.isSamePage')).toBeUndefined();
  });

  test('says when the stream is cut, goes on counting, and mends itself', async () => {
    await using served = serveWeb({ models: worldWith(218, 400) });
    await using opened = await openPage(browser, `${served.url}${MODEL}`);
    const { page } = opened;
    await isLive(page);
    expect(await page.locator('.pulse').textContent()).toMatch(/Last probe \d+ (s|min) ago/);

    await served.stop();
    await page.waitForSelector('.pulse[data-is=lost]');
    served.startAgain();
    await served.learn(worldWith(231, 400));
    await isLive(page);

    await shows(page, '231 ms');
  });

  test('fills in by itself after the first round', async () => {
    await using served = serveWeb({ models: [] });
    await using opened = await openPage(browser, served.url);
    const { page, errors } = opened;
    await page.getByText('No probes yet', { exact: true }).waitFor();

    await served.learn(worldWith(218, 400));
    await page.locator('.board').waitFor();
    await isLive(page);

    expect(await page.locator('.pulse').textContent()).toMatch(/^Last probe \d+ (s|min) ago$/);
    expect(errors).toEqual([]);
  });

  test('a tab that nobody sees listens to nothing, and catches up', async () => {
    await using served = serveWeb({ models: worldWith(218, 400) });
    await using opened = await openPage(browser, `${served.url}${MODEL}`);
    const { page } = opened;
    await isLive(page);
    const turn = (isHidden: boolean) =>
      page.evaluate(`
        Object.defineProperty(document, 'hidden', { configurable: true, value: ${isHidden} });
        document.dispatchEvent(new Event('visibilitychange'));
      `);
    await turn(true);
    await served.learn(worldWith(231, 400));
    expect(await page.locator('main').textContent()).not.toContain('231 ms');

    await turn(false);

    await shows(page, '231 ms');
  });

  test('a ribbon is one stop: arrows walk its days, and each is said', async () => {
    await using served = serveWeb();
    await using opened = await openPage(browser, `${served.url}/providers/swiftcloud`);
    const { page, errors } = opened;
    const ribbon = page.getByRole('slider').first();

    await ribbon.focus();
    await page.keyboard.press('ArrowLeft');
    expect(await ribbon.getAttribute('aria-valuetext')).toBe('31 Jul: 47 of 48 answered');
    expect(await page.locator('.day').textContent()).toBe('31 Jul: 47 of 48 answered');
    await page.keyboard.press('Home');
    expect(await ribbon.getAttribute('aria-valuetext')).toBe('04 May: 47 of 48 answered');
    await page.keyboard.press('End');
    await page.keyboard.press('ArrowRight');
    expect(await ribbon.getAttribute('aria-valuetext')).toBe('01 Aug: 47 of 48 answered');

    await page.keyboard.press('Tab');
    expect(await page.locator('.day').count()).toBe(0);
    expect(errors).toEqual([]);
  });

  test('lights a provider wherever it stands', async () => {
    await using served = serveWeb();
    await using opened = await openPage(browser, served.url);
    const { page } = opened;

    await page.locator('.board thead a', { hasText: 'cobalt' }).hover();

    expect(await page.locator('.lit').count()).toBeGreaterThan(1);
    expect(
      await page.evaluate(`[...document.querySelectorAll('.lit')].every((each) => each.outerHTML.includes('cobalt'))`),
    ).toBe(true);
    await page.locator('h1').hover();
    expect(await page.locator('.lit').count()).toBe(0);
  });

  test('/ opens the search, which suggests models and providers; Escape leaves it', async () => {
    await using served = serveWeb();
    await using opened = await openPage(browser, served.url);
    const { page, errors } = opened;

    await page.keyboard.press('/');
    await page.locator('datalist option[value=swiftcloud]').waitFor({ state: 'attached' });

    const suggested = (await page.evaluate(
      `[...document.querySelectorAll('datalist option')].map(({ value }) => value)`,
    )) as string[];
    expect(suggested).toContain('acme/Thinker-7B');
    expect(suggested).toContain('swiftcloud');
    await page.keyboard.press('Escape');
    expect(await page.evaluate('document.activeElement === document.body')).toBe(true);
    expect(errors).toEqual([]);
  });

  test('nothing moves for readers who want it so', async () => {
    await using served = serveWeb();
    await using still = await openPage(browser, served.url, { reducedMotion: 'reduce' });
    await isLive(still.page);

    expect(await still.page.evaluate(`getComputedStyle(document.querySelector('.sign')).animationName`)).toBe('none');
  });
});
