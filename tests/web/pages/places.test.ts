import { describe, expect, test } from 'bun:test';
import type { EndpointVerdict, PlaceComparison, State } from '../../../src/domain/verdict.ts';
import { HOSTILE_MARKUP } from '../../support/hostile-texts.ts';
import {
  aComparison,
  aModelVerdict,
  anEndpointVerdict,
  aRate,
  aSilentEndpoint,
} from '../../support/verdict-builders.ts';
import { openWeb } from '../rig.ts';
import { readPage } from './read-page.ts';

const PATH = '/models/acme/Thinker-7B/swiftcloud';
const FIGURE = '/figures/models/acme/Thinker-7B/swiftcloud/places';
const LATER = { ratio: { pairs: 48, ratio: 1.35, low: 1.28, high: 1.43 }, better: 'a' } as const;
const SOONER = { ratio: { pairs: 30, ratio: 0.8, low: 0.75, high: 0.84 }, better: 'b' } as const;
const EVEN = { n: 12, ratio: { pairs: 12, ratio: 1.01, low: 0.97, high: 1.04 }, better: null } as const;
const FEW = { n: 3, ratio: null, difference: null, better: null } as const;

const from = (location: string, overrides: Partial<EndpointVerdict> = {}) =>
  anEndpointVerdict({ location, ...overrides });
const inState = (location: string, state: State) => from(location, { state: { ...from(location).state, state } });

/** Looked at from eu-1, with what the others say of the same endpoint, and how much later its first token comes to them. */
function seenFrom(
  seen: readonly EndpointVerdict[],
  compared: Readonly<Record<string, Partial<PlaceComparison>>> = {},
  here = 'eu-1',
) {
  const web = openWeb({ models: [aModelVerdict({ endpoints: seen.filter(({ location }) => location === here) })] });
  Object.assign(web.knowledge, { places: seen.map(({ location }) => location), here, seen });
  web.knowledge.comparePlaces = ({ modelId, provider }, a, b, metric, window) => {
    web.knowledge.asked.push(`${a} and ${b} by ${metric} over ${(window.untilMs - window.sinceMs) / 3_600_000} h`);
    return { ...aComparison({ metric }), n: 48, ...(compared[b] ?? LATER), modelId, provider, a, b };
  };
  return web;
}

const read = async (web: ReturnType<typeof openWeb>, path = PATH) => readPage(await web.ask(path));
const TWO = [from('eu-1'), from('us-1', { availability: { ...from('us-1').availability, firstTry: aRate(48, 48) } })];

describe('an endpoint from each place', () => {
  test.each<[string, Partial<PlaceComparison>, string]>([
    ['later', LATER, 'Its first token comes 35% (28–43%) later to us-1 than to eu-1.'],
    ['sooner', SOONER, 'Its first token comes 20% (16–25%) sooner to us-1 than to eu-1.'],
    [
      'within noise',
      EVEN,
      'No difference in first token between eu-1 and us-1 that we can tell from noise (n = 12 pairs).',
    ],
    ['too little', FEW, 'Too little to compare eu-1 with us-1 (n = 3).'],
  ])('says first what is between two places: %s', async (_, compared, sentence) => {
    const { text } = await read(seenFrom(TWO, { 'us-1': compared }));
    expect(text).toMatch(/From each place 30 days\. Dot: median\. Line: 10th to 90th percentile\. (?=Its|No|Too)/);
    expect(text).toContain(` ${sentence} `);
  });

  test('says before that from where it answers, where that is not the same everywhere', async () => {
    const states = async (...seen: readonly EndpointVerdict[]) => (await read(seenFrom(seen))).text;
    expect(await states(from('eu-1'), inState('us-1', 'down'))).toContain(
      'percentile. Down from us-1, answers from eu-1. Its first token',
    );
    expect(await states(inState('eu-1', 'down'), inState('ap-1', 'slow'), from('us-1'))).toContain(
      'percentile. Down from eu-1, slow from ap-1, answers from us-1. Its first token',
    );
    expect(await states(inState('eu-1', 'down'), inState('us-1', 'down'))).toContain('percentile. Its first token');
  });

  test('says of many places in as few sentences as it takes', async () => {
    const seen = ['ap-1', 'eu-1', 'sa-1', 'us-1', 'us-2'].map((location) => from(location));
    const { text } = await read(seenFrom(seen, { 'ap-1': LATER, 'sa-1': EVEN, 'us-1': SOONER, 'us-2': EVEN }));
    expect(text).toContain(
      'Its first token comes 35% (28–43%) later to ap-1 and 20% (16–25%) sooner to us-1 than to eu-1. ' +
        'No difference in first token between eu-1 and each of sa-1 and us-2 that we can tell from noise (n = 12 and 12 pairs).',
    );
  });

  test('has each in a row: how it is, how often it answered, its first token, and how much later that is', async () => {
    const { text } = await read(seenFrom(TWO));
    expect(text).toContain('From State Answered First token Against eu-1 Pairs');
    expect(text).toContain('eu-1 Healthy 97.91% 89.1–99.63% 218 ms n = 48 shown here –');
    expect(text).toContain('us-1 Healthy 100% 92.58–100% 218 ms n = 48 +35% +28% to +43% 48');
    expect((await read(seenFrom(TWO, { 'us-1': EVEN }))).text).toContain('cannot tell −3% to +4% 12');
    expect((await read(seenFrom(TWO, { 'us-1': FEW }))).text).toContain('too few pairs 3');
  });

  test('marks who fails often, and knows nothing of who was not answered', async () => {
    const often = from('eu-1', { availability: { ...from('eu-1').availability, firstTry: aRate(60, 100) } });
    const { text } = await read(seenFrom([often, aSilentEndpoint({ location: 'us-1' })], { 'us-1': FEW }));
    expect(text).toContain('No data from us-1, answers from eu-1.');
    expect(text).toContain('eu-1 Fails often 60%');
    expect(text).toContain('us-1 No data – – n = 0 too few pairs 3');
  });

  test('leads to the same view from there, but for the place it is seen from', async () => {
    const { links, html } = await read(seenFrom(TWO), `${PATH}?since=24h&metric=e2e_ms`);
    const table = html.slice(html.indexOf('aria-label="From each place"')).split('</table>')[0]!;
    expect(links).toContain(`${PATH}?since=24h&metric=e2e_ms&location=us-1`);
    expect(table).toContain('<b class="ours">eu-1</b>');
    expect(table.match(/<a /g)).toHaveLength(1);
  });

  test.each([
    ['24h', 24],
    ['7d', 168],
    ['30d', 720],
    ['90d', 720],
  ])('looks back as far as its page, and no further than thirty days: %s', async (since, hours) => {
    const web = seenFrom(TWO);
    await read(web, `${PATH}?since=${since}`);
    expect(web.knowledge.asked).toContain(`eu-1 and us-1 by ttftMs over ${hours} h`);
  });

  test('is not there where one place asks, or only others do', async () => {
    for (const web of [openWeb(), seenFrom([from('eu-1')])]) {
      expect((await read(web)).text).not.toContain('From each place');
      expect((await web.ask(`${FIGURE}.csv`)).status).toBe(404);
    }
    const elsewhere = seenFrom([...TWO, from('here')], {}, 'here');
    elsewhere.knowledge.seen = TWO;
    expect((await read(elsewhere)).text).not.toContain('From each place');
  });

  test('can be had by itself, unrounded', async () => {
    const web = seenFrom(TWO);
    const { links } = await read(web, `${PATH}?since=7d`);
    expect(links).toContain(`${FIGURE}.csv?since=7d&location=eu-1`);

    const { title, rows } = await web.json(`${FIGURE}.json`);
    expect(title).toBe(
      'swiftcloud on acme/Thinker-7B from each place. Its first token comes 35% (28–43%) later to us-1 than to eu-1.',
    );
    expect(rows).toMatchObject([
      { location: 'eu-1', state: 'healthy', first_try_successes: 47, ttft_ms_p50: 218, against: null, ratio: null },
      { location: 'us-1', first_try_trials: 48, against: 'eu-1', pairs: 48, ratio: 1.35, ratio_low: 1.28 },
    ]);
    expect(await (await web.ask(`${FIGURE}.csv`)).text()).toContain('us-1,healthy,48,48,');
    expect(await (await web.ask(`${FIGURE}.svg`)).text()).toContain('+35% (+28% to +43%)');
  });

  test.each([...HOSTILE_MARKUP.slice(10, 20), '=cmd()', 'a&location=eu-1'])(
    'shows a place called %j as text',
    async (name) => {
      const { elements, html } = await read(seenFrom([from('eu-1'), from(name)]));
      const plain = await read(seenFrom([from('eu-1'), from('a place')]));
      const section = (page: string) =>
        page.slice(page.indexOf('<h2>From each place')).split('</section></section>')[0]!;
      expect(elements.map(({ tag }) => tag)).toEqual(plain.elements.map(({ tag }) => tag));
      expect(section(html)).not.toContain('<a href="/models');
      expect(section(html)).toContain(Bun.escapeHTML(name).replaceAll('&#x27;', '&#39;'));
    },
  );
});
