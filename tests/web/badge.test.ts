import { describe, expect, test } from 'bun:test';
import { BADGE_METRICS, badgeSvg } from '../../src/web/badge.ts';
import { HOSTILE_TEXTS } from '../support/hostile-texts.ts';
import { aModelVerdict, anEndpointVerdict, aRate, aSilentEndpoint } from '../support/verdict-builders.ts';
import { readXml, XML_READER } from '../support/xml-tree.ts';
import { openWeb } from './rig.ts';

const SHIELDS = '/badge/acme/Thinker-7B/swiftcloud.json';
type Endpoint = ReturnType<typeof anEndpointVerdict>;

async function messageOf(
  endpoint: Endpoint,
  metric: string,
): Promise<{ message: string; label: string; color: string }> {
  return openWeb({ models: [aModelVerdict({ endpoints: [endpoint] })] }).json(`${SHIELDS}?metric=${metric}`);
}
const stateOf = (state: Endpoint['state']['state']) => ({ ...anEndpointVerdict().state, state });
const withUptime = (successes: number, trials: number) =>
  anEndpointVerdict({ availability: { ...anEndpointVerdict().availability, firstTry: aRate(successes, trials) } });

describe('a badge', () => {
  test.each([
    ['uptime', 'swiftcloud uptime', '97.91% · healthy'],
    ['first_token', 'swiftcloud first token', '218 ms · healthy'],
    ['speed', 'swiftcloud output speed', '250 tok/s · healthy'],
    ['state', 'swiftcloud state', '● healthy'],
    ['correct', 'swiftcloud correct', '100% · healthy'],
  ])('of %s has the value and the word', async (metric, label, message) => {
    expect(await messageOf(anEndpointVerdict(), metric)).toMatchObject({ label, message });
  });

  test.each([
    [9999, 10_000, '99.99%'],
    [99_999, 100_000, '99.99%'],
    [100_000, 100_000, '100%'],
    [29, 100, '29%'],
    [0, 5, '0%'],
  ])('%i of %i is %s: floored, and all only when it is all', async (successes, trials, shown) => {
    expect((await messageOf(withUptime(successes, trials), 'uptime')).message).toStartWith(`${shown} · `);
  });

  test('does not call healthy what answers now, and certainly too rarely', async () => {
    expect(await messageOf(withUptime(29, 100), 'uptime')).toMatchObject({
      message: '29% · fails often',
      color: '#8A5300',
    });
  });

  test.each([...BADGE_METRICS])('of %s says "no data" where nothing is known, in grey', async (metric) => {
    expect(await messageOf(aSilentEndpoint(), metric)).toMatchObject({ message: 'no data', color: '#4D575C' });
  });

  test('only what is the fault of a target is red', async () => {
    const colours = await Promise.all(
      (['healthy', 'slow', 'down', 'limited', 'our_account', 'refuses_us', 'delisted'] as const).map(
        async (state) => (await messageOf(anEndpointVerdict({ state: stateOf(state) }), 'uptime')).color,
      ),
    );

    expect(colours).toEqual(['#0A6E5C', '#8A5300', '#B3261E', '#4D575C', '#4D575C', '#4D575C', '#4D575C']);
  });

  test('is what Shields expects of an endpoint', async () => {
    expect(await openWeb().json(SHIELDS)).toEqual({
      schemaVersion: 1,
      label: 'swiftcloud uptime',
      message: '97.91% · healthy',
      color: '#0A6E5C',
      cacheSeconds: 300,
    });
  });

  test('is 22 px high, says in its title of what it is, and needs no style of a page', async () => {
    const response = await openWeb().ask('/badge/acme/Thinker-7B/swiftcloud.svg');
    const svg = await response.text();

    expect(response.headers.get('content-type')).toBe('image/svg+xml; charset=utf-8');
    expect(response.headers.get('cache-control')).toBe('public, max-age=300');
    expect(response.headers.get('cross-origin-resource-policy')).toBe('cross-origin');
    expect(svg).toContain(' height="22"');
    expect(svg).toContain(
      '<title>acme/Thinker-7B at swiftcloud: uptime 97.91% · healthy over seven days (n = 48)</title>',
    );
    expect(svg).not.toMatch(/<style|<script|href|class=/);
  });

  test.skipIf(XML_READER.isSkipped)('no text breaks it, however hostile', () => {
    for (const text of HOSTILE_TEXTS) {
      const badge = {
        schemaVersion: 1,
        label: text,
        message: text,
        color: text.slice(0, 50),
        cacheSeconds: 1,
        title: text,
      } as const;
      const svg = badgeSvg(badge);

      expect(svg).not.toContain('<script>');
      expect(svg).not.toMatch(/[^\P{Cc}\n]|[\ufffe\uffff]/u);
    }
    const all = HOSTILE_TEXTS.join('').slice(0, 5000);
    const { tag } = readXml(
      badgeSvg({ schemaVersion: 1, label: all, message: all, color: '#fff', cacheSeconds: 1, title: all }),
    );
    expect(tag).toBe('{http://www.w3.org/2000/svg}svg');
  });
});
