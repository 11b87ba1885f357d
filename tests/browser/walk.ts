import { ROUTES } from '../../src/web/routes/all.ts';

/** What can be reached from a page: links, and forms as they are. */
export interface Reached {
  /** By the id of the route, in the order in which they were met. Of one route only addresses that differ in the names of what they ask. */
  readonly byRoute: ReadonlyMap<string, readonly string[]>;
  /** Addresses that did not answer with 200, or are of no route. */
  readonly broken: readonly string[];
}

/** Of those that ask nothing; one of those that do. */
const MOST_OF_ONE_KIND = 2;
const PATTERNS = ROUTES.filter(({ method }) => method === 'get').map(({ id, path }) => ({
  id,
  pattern: new RegExp(`^${path.replaceAll('.', '\\.').replace(/\{\w+\}/g, '[^/]+')}$`),
}));

/** Walks every kind of address that the first page of each route links to, from `/` on. */
export async function walk(url: string, from: readonly string[] = ['/']): Promise<Reached> {
  const seen = new Map<string, number>();
  const byRoute = new Map<string, string[]>();
  const broken: string[] = [];
  const waiting = [...from];
  for (let address = waiting.shift(); address !== undefined; address = waiting.shift()) {
    const { pathname, searchParams } = new URL(address, url);
    const route = PATTERNS.find(({ pattern }) => pattern.test(pathname));
    const kind = `${route?.id ?? pathname} ${[...new Set(searchParams.keys())].sort().join(' ')}`;
    const times = seen.get(kind) ?? 0;
    if (times >= (searchParams.size === 0 ? MOST_OF_ONE_KIND : 1)) continue;
    if (byRoute.get(route?.id ?? '')?.includes(address)) continue;
    seen.set(kind, times + 1);
    const response = await fetch(`${url}${address}`);
    if (route === undefined || response.status !== 200) broken.push(address);
    if (route !== undefined) byRoute.set(route.id, [...(byRoute.get(route.id) ?? []), address]);
    const isFirst = route !== undefined && byRoute.get(route.id)!.length === 1;
    if (isFirst && response.headers.get('content-type')?.startsWith('text/html'))
      waiting.push(...(await addressesIn(response, address)));
    else await response.body?.cancel();
  }
  return { byRoute, broken };
}

async function addressesIn(response: Response, at: string): Promise<readonly string[]> {
  const found = new Set<string>();
  const base = new URL(at, 'http://here');
  const add = (address: string | null) => {
    if (address === null || address.startsWith('#')) return;
    const { origin, pathname, search } = new URL(address.replaceAll('&amp;', '&'), base);
    if (origin === base.origin) found.add(`${pathname}${search}`);
  };
  const rewriter = new HTMLRewriter()
    .on('a[href], link[href]', { element: (element) => add(element.getAttribute('href')) })
    .on('img[src], script[src]', { element: (element) => add(element.getAttribute('src')) })
    .on('form[action]', { element: (element) => add(element.getAttribute('action')) });
  await rewriter.transform(response).text();
  return [...found];
}
