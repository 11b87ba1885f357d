import { PAGE_ROUTES } from '../../src/web/routes/pages.ts';
import { openBrowser } from './chromium.ts';
import { openFirstRun, openHostile, openLived } from './tracker.ts';
import { type Reached, walk } from './walk.ts';

/** An address of a tracker. */
export interface Place {
  readonly url: string;
  /** Path and query. */
  readonly address: string;
}

const open = new AsyncDisposableStack();

/** Opened by whoever asks first, for all. */
function once<Opened>(start: () => Promise<Opened>): () => Promise<Opened> {
  let opened: Promise<Opened> | null = null;
  return () => {
    opened ??= start();
    return opened;
  };
}

export const sharedBrowser = once(async () => open.adopt(await openBrowser(), (browser) => browser.close()));
export const lived = once(async () => open.use(await openLived()));
export const firstRun = once(async () => open.use(await openFirstRun()));
/** By what everybody else said of themselves: markup that would do harm, or plain words. */
export const hostile = once(async () => open.use(await openHostile((text) => text)));
export const harmless = once(async () => open.use(await openHostile((_, at) => `plain text ${at}`)));

/** What the pages of the lived tracker link to. */
export const reached = once<Reached>(async () => walk((await lived()).url));

/** The first address of each page that was reached there. */
export async function eachPage(): Promise<readonly Place[]> {
  const [{ url }, { byRoute }] = [await lived(), await reached()];
  return PAGE_ROUTES.flatMap(({ id }) => byRoute.get(id)?.slice(0, 1) ?? []).map((address) => ({ url, address }));
}

/** Ends all of them. */
export const closeAll = () => open.disposeAsync();
