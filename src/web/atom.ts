import { createHash } from 'node:crypto';
import type { z } from 'zod';
import type { Incident } from '../domain/incident.ts';
import { inData, iso } from './data-names.ts';
import type { Feed } from './schemas/answers.ts';
import type { Site } from './site.ts';
import { xml } from './xml.ts';

type FeedData = z.output<typeof Feed>;

/**
 * What a feed tells. An incident that ends updates its entry; its id stays.
 *
 * @param writer the store that found them: the same incident found by two is two entries
 */
export function feedOf(
  incidents: readonly Incident[],
  { writer, path, title }: { readonly writer: string; readonly path: string; readonly title: string },
): unknown {
  const changedAtMs = ({ noticedAtMs, endedAtMs }: Incident) => endedAtMs ?? noticedAtMs;
  const latest = incidents.toSorted((a, b) => changedAtMs(b) - changedAtMs(a));
  return {
    id: urn(writer, path),
    title,
    path,
    updated: iso(latest.length === 0 ? 0 : changedAtMs(latest[0]!)),
    entries: latest.map((incident) => ({ id: urn(writer, incident.incidentId), incident: inData(incident) })),
  };
}

/** Atom (RFC 4287). Links begin with our root where nobody has said under which name readers find us. */
export function atom({ id, title, path, updated, entries }: FeedData, { url }: Site): string {
  return [
    '<?xml version="1.0" encoding="utf-8"?>',
    '<feed xmlns="http://www.w3.org/2005/Atom">',
    `<id>${xml(id)}</id>`,
    `<title>${xml(title)}</title>`,
    `<updated>${updated}</updated>`,
    '<author><name>Inference Providers Metrics Tracker</name></author>',
    `<link rel="self" type="application/atom+xml" href="${xml(url + path)}"/>`,
    ...entries.map((entry) => entryXml(entry, url)),
    '</feed>',
    '',
  ].join('\n');
}

function entryXml({ id, incident }: FeedData['entries'][number], url: string): string {
  const { kind, scope, says, started_at, noticed_at, ended_at, end_reason } = incident;
  const state = ended_at === null ? 'Open' : 'Over';
  const until = ended_at === null ? 'It lasts.' : `It ended at ${ended_at} (${end_reason ?? 'unknown'}).`;
  const acknowledged = incident.acknowledged === null ? '' : ` Acknowledged: ${incident.acknowledged.reason}.`;
  return [
    '<entry>',
    `<id>${xml(id)}</id>`,
    `<title>${xml(`${state}: ${says}`)}</title>`,
    `<published>${noticed_at}</published>`,
    `<updated>${ended_at ?? noticed_at}</updated>`,
    `<category term="${xml(kind)}"/>`,
    `<category term="${xml(scope)}"/>`,
    `<link rel="alternate" type="application/json" href="${xml(url)}/api/v1/incidents/${encodeURIComponent(incident.incident_id)}"/>`,
    `<summary>${xml(`${says} It began at ${started_at}. ${until}${acknowledged}`)}</summary>`,
    '</entry>',
  ].join('\n');
}

/** A name for ever, in the form of a UUID (RFC 9562, version 8: made from a hash). */
function urn(...parts: readonly string[]): string {
  const hex = createHash('sha256').update(parts.join('\u0000')).digest('hex');
  return `urn:uuid:${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
