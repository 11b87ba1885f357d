import type { BrowserContextOptions } from 'playwright-core';
import { type Place, sharedBrowser } from './shared.ts';
import { type Visit, visit } from './visit.ts';

/** Side by side: a page waits for the browser most of the time. */
const AT_A_TIME = 3;

/** For `page.evaluate`: everything that is folded away. */
export const UNFOLD = `for (const folded of document.querySelectorAll('details')) folded.open = true`;

/** The size of a window where none is asked for. */
const USUAL = { width: 1280, height: 720 };

/** Looks at each place, in a few pages that go from one to the next. @returns what is wrong, with its address */
export async function onEach(
  places: readonly Place[],
  options: BrowserContextOptions,
  look: (visit: Visit, place: Place) => Promise<readonly string[]>,
): Promise<readonly string[]> {
  const context = await (await sharedBrowser()).newContext({ reducedMotion: 'reduce', ...options });
  const waiting = [...places];
  const wrong: string[] = [];
  async function work() {
    const opened = await visit(context);
    for (let place = waiting.shift(); place !== undefined; place = waiting.shift()) {
      await opened.page.setViewportSize(options.viewport ?? USUAL); // whatever the look before made of it
      await opened.go(place);
      wrong.push(...(await look(opened, place)).map((what) => `${place.address}: ${what}`));
    }
  }
  try {
    await Promise.all(Array.from({ length: Math.min(AT_A_TIME, places.length) }, work));
  } finally {
    await context.close();
  }
  return wrong;
}
