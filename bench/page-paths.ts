import { PAGE_ROUTES } from '../src/web/routes/pages.ts';
import type { DashboardWorld } from './dashboard-world.ts';

/** Further questions to a page, beside the one without any. */
const QUERIES: Readonly<Record<string, readonly string[]>> = {
  '/': ['window=7d', 'metric=first_token'],
  '/models/{org}/{name}': ['since=30d'],
  '/models/{org}/{name}/{provider}': ['since=90d'],
};

/** Every page there is, with what it is asked. */
export const PAGES: readonly { readonly path: string; readonly query: string; readonly name: string }[] =
  PAGE_ROUTES.flatMap(({ path }) =>
    ['', ...(QUERIES[path] ?? [])].map((query) => ({ path, query, name: query === '' ? path : `${path}?${query}` })),
  );

/** The address of a page in a world; null: nothing in it could be meant. */
export async function addressIn({
  targets,
  parts,
}: DashboardWorld): Promise<(page: (typeof PAGES)[number]) => string | null> {
  const { modelId, provider } = targets[Math.floor(targets.length / 2)]!;
  const others = targets.filter((target) => target.modelId === modelId);
  const [org, name] = modelId.split('/');
  const [attempt] = await parts.store.attempts({ sinceMs: 0, untilMs: Number.MAX_SAFE_INTEGER, limit: 1 });
  const [incident] = await parts.store.incidents({ limit: 1 });
  const ids: Readonly<Record<string, string | undefined>> = {
    '/providers/': provider,
    '/incidents/': incident?.incidentId,
    '/attempts/': attempt?.attemptId,
  };
  const compared = others.slice(0, 2).map((each) => `t=${encodeURIComponent(`${modelId}/${each.provider}`)}`);
  return ({ path, query }) => {
    const values: Readonly<Record<string, string | undefined>> = { org, name, provider };
    let address = path;
    for (const [part, key] of path.matchAll(/\{(\w+)\}/g)) {
      const value = values[key!] ?? ids[path.slice(0, path.indexOf(part))];
      if (value === undefined) return null;
      address = address.replace(part, encodeURIComponent(value));
    }
    const asked = path === '/compare' ? compared.join('&') : query;
    return asked === '' ? address : `${address}?${asked}`;
  };
}
