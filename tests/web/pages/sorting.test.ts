import { describe, expect, test } from 'bun:test';
import { LOOK } from '../../../src/web/look.ts';
import { aModelVerdict, anEndpointVerdict, aRate } from '../../support/verdict-builders.ts';
import { openWeb } from '../rig.ts';
import { readPage } from './read-page.ts';

const withUptime = (provider: string, successes: number, trials = 48) => {
  const usual = anEndpointVerdict({ provider });
  return { ...usual, availability: { ...usual.availability, firstTry: aRate(successes, trials) } };
};

const world = () =>
  openWeb({
    incidents: [],
    models: [
      aModelVerdict({ modelId: 'acme/Zeta', endpoints: [withUptime('amber', 24), withUptime('cobalt', 48, 50)] }),
      aModelVerdict({ modelId: 'acme/Alpha', endpoints: [withUptime('drift', 48)] }),
    ],
  });

/** The heads of its rows, in order, and the column by which they are sorted. */
async function orderOf(path: string) {
  const { html, elements } = await readPage(await world().ask(path));
  const body = html.slice(html.indexOf('<tbody>'));
  return {
    rows: Array.from(body.matchAll(/<th scope="row"><a [^>]*>(?:<span [^>]*>)?([^<]*)/g), ([, name]) => name),
    sorted: elements.filter(({ attributes }) => attributes['aria-sort']).map((each) => each.attributes['aria-sort']),
  };
}

describe('a table is put in order by a link in the head of a column', () => {
  test.each([
    ['/providers', ['amber', 'cobalt', 'drift'], 'ascending'],
    ['/providers?sort=uptime_24h', ['drift', 'cobalt', 'amber'], 'descending'],
    ['/providers?sort=attempts', ['cobalt', 'amber', 'drift'], 'descending'],
    ['/models?sort=name', ['Alpha', 'Zeta'], 'ascending'],
    ['/models?sort=answering', ['Zeta', 'Alpha'], 'descending'],
  ])('%s', async (path, rows, sorted) => {
    expect(await orderOf(path)).toEqual({ rows, sorted: [sorted] });
  });

  test('models come as they trend where nothing else was asked', async () => {
    expect(await orderOf('/models')).toEqual({ rows: ['Zeta', 'Alpha'], sorted: [] });
  });

  test('the chosen goal and needs stay', async () => {
    const { links } = await readPage(await world().ask('/models?goal=cheapest&tools=true'));

    expect(links).toContain('/models?goal=cheapest&sort=name&tools=true');
  });
});

test('who answers now and surely fails often is not called healthy alone', async () => {
  const web = world();
  const [now, provider] = [await readPage(await web.ask('/')), await readPage(await web.ask('/providers/amber'))];

  expect(now.text).toContain('Fails often');
  expect(now.text).toContain('Healthy now');
  expect(provider.text).toContain('Fails often');
});

test('on a phone the leaderboard is a card per provider, with the rest one tap away', async () => {
  const { html } = await readPage(await openWeb().ask('/models/acme/Thinker-7B'));
  const cards = html.slice(html.indexOf('<ul class="cards'), html.indexOf('</ul><ul class="legend'));
  const css = await (await openWeb().ask(LOOK.css)).text();

  expect(cards.replace(/<[^>]*>/g, ' ')).toMatch(/First token\s+218 ms\s+Output\s+250 tok\/s\s+Uptime, 90 d\s+95\.23%/);
  expect(cards).toContain('<summary>More of cobalt</summary>');
  expect(css).toContain('.wide-only');
});
