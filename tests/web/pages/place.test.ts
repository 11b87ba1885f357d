import { describe, expect, test } from 'bun:test';
import { fromPlace } from '../../../src/web/pages/place.ts';
import { PAGE_ROUTES } from '../../../src/web/routes/pages.ts';
import { aRecord } from '../../support/builders.ts';
import { EXAMPLES, openWeb } from '../rig.ts';
import { readPage } from './read-page.ts';

const PAGES = PAGE_ROUTES.map(({ id }) => [id, EXAMPLES[id]!] as const);
const PAGE_PATHS = PAGE_ROUTES.map(({ path }) => new RegExp(`^${path.replace(/\{\w+\}/g, '[^/]+')}$`));
const pathOf = (address: string) => address.replace(/[?#].*/, '');
/** Of ours; what begins with its question is the same page again. */
const isPage = (address: string) =>
  address.startsWith('?') || (PAGE_PATHS.some((path) => path.test(pathOf(address))) && !address.endsWith('.atom'));
const placesIn = (address: string) => new URLSearchParams(address.split('?')[1]?.replace(/#.*/, '')).getAll('location');

function ofTwoPlaces() {
  const records = ['a1', 'a2'].map((attemptId) => aRecord({ attemptId }));
  const web = openWeb({ records });
  Object.assign(web.knowledge, { places: ['eu', 'us'], here: 'eu' });
  return web;
}

const readAt = async (address: string) => readPage(await ofTwoPlaces().ask(address));

test('an address keeps what it asks and where on a page it leads', () => {
  expect(['/', '/compare?t=a/b/c', '/method#state'].map((address) => fromPlace(address, 'us'))).toEqual([
    '/?location=us',
    '/compare?t=a/b/c&location=us',
    '/method?location=us#state',
  ]);
});

describe.each(PAGES)('whoever looks from a place, at %s,', (_, path) => {
  test('keeps it on the way to every page, and is given it nowhere else', async () => {
    const { links } = await readAt(fromPlace(path, 'us'));
    const lost = links.filter((link) => isPage(link) && placesIn(link).length !== 1);
    const strange = links.filter((link) => !isPage(link) && !link.startsWith('/figures/') && placesIn(link).length > 0);

    expect([lost, strange]).toEqual([[], []]);
    expect(links.filter(isPage).length).toBeGreaterThan(5);
  });

  test('keeps it with every form', async () => {
    const { html } = await readAt(fromPlace(path, 'us'));
    const forms = html.match(/<form.*?<\/form>/gs)!;

    expect(forms.filter((form) => !form.includes('<input type="hidden" name="location" value="us">'))).toEqual([]);
  });

  test('comes from one place to another without losing what was chosen', async () => {
    const { elements } = await readAt(path);
    const nav = elements.findIndex(({ attributes }) => attributes.class === 'places');
    const other = elements.slice(nav + 1).filter(({ tag }) => tag === 'a')[1]!.attributes.href!;
    const asked = new URLSearchParams(path.split('?')[1]);
    const kept = new URLSearchParams(other.replaceAll('&amp;', '&').split('?')[1]);

    expect(kept.getAll('location')).toEqual(['us']);
    for (const name of asked.keys()) expect(kept.getAll(name)).toEqual(asked.getAll(name));
  });

  test('has links without a place where none was asked for, but those to the places', async () => {
    const { links } = await readAt(path);

    expect(links.filter((link) => isPage(link) && placesIn(link).length > 0)).toHaveLength(2);
  });
});

test('programs are told where the same is, from the same place', async () => {
  const { html } = await readAt('/models/acme/Thinker-7B?location=us');

  expect(html).toContain('type="application/json" href="/api/v1/models/acme/Thinker-7B?location=us"');
  expect(html).toContain('<link rel="canonical" href="/models/acme/Thinker-7B"');
});
