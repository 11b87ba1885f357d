import { describe, expect, test } from 'bun:test';
import type { Incident } from '../../src/domain/incident.ts';
import { HOSTILE_TEXTS } from '../support/hostile-texts.ts';
import { anIncident } from '../support/verdict-builders.ts';
import { readXml, textsOf, XML_READER, type XmlElement } from '../support/xml-tree.ts';
import { openWeb } from './rig.ts';

async function feedOf(incidents: readonly Incident[], path = '/incidents.atom', writer = 'w1'): Promise<XmlElement> {
  const response = await openWeb({ incidents, parts: { writer } }).ask(path);
  expect(response.headers.get('content-type')).toBe('application/atom+xml; charset=utf-8');
  return readXml(await response.text());
}

const entriesOf = ({ children }: XmlElement) =>
  children.filter(({ tag }) => tag === '{http://www.w3.org/2005/Atom}entry');
const OVER = anIncident({ endedAtMs: Date.parse('2026-08-01T11:30:00Z'), endReason: 'recovered' });

describe.skipIf(XML_READER.isSkipped)('the feed of incidents', () => {
  test('has what Atom asks for: id, title, updated and author; each entry id, title, updated and summary', async () => {
    const feed = await feedOf([anIncident()]);

    expect(feed.tag).toBe('{http://www.w3.org/2005/Atom}feed');
    for (const name of ['id', 'title', 'updated', 'author']) expect(textsOf(feed, name)).toHaveLength(1);
    expect(textsOf(feed, 'id')[0]).toMatch(/^urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    for (const entry of entriesOf(feed)) {
      expect(textsOf(entry, 'id')[0]).toStartWith('urn:uuid:');
      expect(textsOf(entry, 'title')).toEqual([
        'Open: swiftcloud is down for acme/Thinker-7B: 4 of 4 attempts failed.',
      ]);
      expect(textsOf(entry, 'updated')).toEqual(['2026-08-01T10:30:00.000Z']);
      expect(textsOf(entry, 'summary')[0]).toContain('It lasts.');
    }
  });

  test('the end of an incident updates its entry, whose id stays', async () => {
    const open = entriesOf(await feedOf([anIncident()]))[0]!;
    const over = entriesOf(await feedOf([OVER]))[0]!;

    expect(textsOf(over, 'id')).toEqual(textsOf(open, 'id'));
    expect(textsOf(over, 'published')).toEqual(textsOf(open, 'published'));
    expect(textsOf(over, 'updated')).toEqual(['2026-08-01T11:30:00.000Z']);
    expect(textsOf(over, 'title')[0]).toStartWith('Over: ');
  });

  test('what changed last stands first, and is when the feed was updated', async () => {
    const later = anIncident({ incidentId: 'later', noticedAtMs: Date.parse('2026-08-01T11:00:00Z') });
    const feed = await feedOf([later, OVER]);

    expect(textsOf(feed, 'updated')).toEqual(['2026-08-01T11:30:00.000Z']);
    expect(entriesOf(feed).map((entry) => textsOf(entry, 'updated')[0])).toEqual([
      '2026-08-01T11:30:00.000Z',
      '2026-08-01T11:00:00.000Z',
    ]);
  });

  test('is of one provider where that is asked', async () => {
    const other = anIncident({
      incidentId: 'i2',
      provider: 'cobalt',
      endpoints: [{ modelId: 'acme/x', provider: 'cobalt' }],
    });

    expect(entriesOf(await feedOf([anIncident(), other], '/providers/cobalt/incidents.atom'))).toHaveLength(1);
    expect(entriesOf(await feedOf([other], '/providers/swiftcloud/incidents.atom'))).toEqual([]);
  });

  test('the same incident seen from two places is two entries', async () => {
    const [here, there] = [await feedOf([OVER]), await feedOf([OVER], '/incidents.atom', 'w2')];

    expect(textsOf(here, 'id')).not.toEqual(textsOf(there, 'id'));
    expect(textsOf(entriesOf(here)[0]!, 'id')).not.toEqual(textsOf(entriesOf(there)[0]!, 'id'));
  });

  test('no text breaks it, however hostile', async () => {
    const incidents = HOSTILE_TEXTS.map((says, i) => anIncident({ incidentId: `i${i}`, says }));
    const entries = entriesOf(await feedOf(incidents));

    expect(entries).toHaveLength(HOSTILE_TEXTS.length);
    const titles = entries.map((entry) => textsOf(entry, 'title')[0]);
    expect(titles).toContain('Open: <script>alert(1)</script>');
    expect(titles).toContain('Open: \\x1b[31mred\\x07');
    expect(titles).toContain('Open: before\\x00after');
    expect(titles).toContain('Open: \ufffd\ufffd');
  });
});
