import type { Browser, Page } from 'playwright-core';
import { createNews } from '../../src/web/news.ts';
import { startWeb } from '../../src/web/server.ts';
import { SetClock } from '../support/set-clock.ts';
import { NOW, openWeb } from '../web/rig.ts';

const GENEROUS = { reading: { burst: 1e6, perSecond: 1e6 }, administration: { burst: 1, perSecond: 1 } };

/** The pages over doubles at a port of their own, which can be ended and begun again. */
export function serveWeb(world: Parameters<typeof openWeb>[0] = {}) {
  const clock = new SetClock(NOW);
  const reserved = Bun.listen({ hostname: '127.0.0.1', port: 0, socket: { data() {} } });
  const { port } = reserved;
  reserved.stop(true);
  const { parts, knowledge } = openWeb({ ...world, parts: { ...world.parts, clock } });
  let running = start();
  return {
    url: `http://127.0.0.1:${port}`,
    knowledge,
    /** Something new is known, and told. */
    async learn(models: (typeof knowledge)['models']) {
      knowledge.learn(models);
      running.news.stored();
      await clock.advance(1000);
    },
    async stop() {
      running.news[Symbol.dispose]();
      await running.server[Symbol.asyncDispose]();
    },
    startAgain() {
      running = start();
    },
    [Symbol.asyncDispose]() {
      return this.stop();
    },
  };

  function start() {
    const news = createNews({ clock, redact: (text) => text });
    return { news, server: startWeb({ ...parts, news }, { port, host: '127.0.0.1' }, GENEROUS)! };
  }
}

/** A page that listens, and what went wrong on it. */
export async function openPage(browser: Browser, url: string, options: Parameters<Browser['newPage']>[0] = {}) {
  const page: Page = await browser.newPage(options);
  const errors: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text());
  });
  page.on('pageerror', (error) => errors.push(String(error)));
  await page.goto(url);
  return { page, errors, [Symbol.asyncDispose]: () => page.close() };
}

/** Once it hears the stream. */
export const isLive = (page: Page) => page.waitForSelector('.pulse[data-is=live]');

/** Once that can be read on it. */
export const shows = (page: Page, text: string) => page.locator('.leaderboard', { hasText: text }).waitFor();
