/** @jsxImportSource hono/jsx */

import { z } from 'zod';
import { INCIDENT_KINDS } from '../../domain/incident.ts';
import { DAY_MS } from '../../domain/utc-day.ts';
import { counted } from '../../lib/lists.ts';
import { type Chart, Exports } from '../charts/figure.tsx';
import { inData } from '../data-names.ts';
import * as given from '../parameters.ts';
import { Incident } from '../schemas/incidents.ts';
import { Count, MaybeText } from '../schemas/schema.ts';
import { KIND_WORDS } from '../words.ts';
import { Events } from './events.tsx';
import { figureAddress } from './exports.ts';
import { withQuery } from './links.ts';
import { page } from './page.tsx';
import { Section, Segments } from './parts.tsx';

const DAYS = 30;
const MOST = 200;

const IncidentsContent = z.object({
  kind: z.enum(INCIDENT_KINDS).nullable(),
  open_only: z.boolean(),
  provider: MaybeText,
  /** Of every kind; null, as the incidents: they could not be read. */
  open: Count.nullable(),
  incidents: z.array(Incident).nullable(),
});
type IncidentsContent = z.output<typeof IncidentsContent>;

export const INCIDENTS_PAGE = page({
  path: '/incidents',
  id: 'incidents_page',
  summary: 'What happened?',
  parameters: z.object({
    kind: given.oneOf(INCIDENT_KINDS).optional(),
    open: given.onlyIf,
    provider: given.provider.optional(),
  }),
  content: IncidentsContent,
  handle: async ({ kind, open = false, provider }, { incidents, knowledge }, read) => {
    const happened = async () => ({
      open: (await incidents.incidents({ openOnly: true })).length,
      asked: await incidents.incidents({
        sinceMs: knowledge.nowMs() - DAYS * DAY_MS,
        openOnly: open,
        limit: MOST,
        ...(kind === undefined ? {} : { kind }),
        ...(provider === undefined ? {} : { provider }),
      }),
    });
    const known = await read('what happened. The other pages are complete', happened, null);
    return {
      kind: kind ?? null,
      open_only: open,
      provider: provider ?? null,
      open: known?.open ?? null,
      incidents: known && inData(known.asked),
    };
  },
  figures: { incidents: incidentsFigure },
  view: (content, { nowMs }) => ({
    title: 'Incidents',
    feed: '/incidents.atom',
    json: '/api/v1/incidents',
    canonical: '/incidents',
    here: linkFrom(content)({}),
    main: <Incidents content={content} nowMs={nowMs} />,
  }),
});

function incidentsFigure({ incidents }: IncidentsContent): Chart | null {
  if (incidents === null) return null;
  const moment = (at: string | null) => (at === null ? 'still open' : at.slice(0, 16).replace('T', ' '));
  return {
    name: `What happened in ${DAYS} days`,
    table: {
      columns: [
        { name: 'started_at', word: 'From (UTC)', text: moment },
        { name: 'ended_at', word: 'Until', text: moment },
        { name: 'kind', word: 'Kind', text: (kind: keyof typeof KIND_WORDS) => KIND_WORDS[kind] },
        ...['scope', 'provider', 'model_id', 'cause', 'incident_id', 'says'],
      ],
      rows: incidents.map(({ started_at, ended_at, kind, scope, provider, model_id, cause, incident_id, says }) => [
        ...[started_at, ended_at, kind, scope, provider, model_id, cause, incident_id, says],
      ]),
    },
  };
}

const linkFrom =
  ({ kind, open_only, provider }: IncidentsContent) =>
  (changed: { kind?: string | undefined; open?: string | undefined }) =>
    withQuery('/incidents', {
      kind: kind ?? undefined,
      open: open_only ? 'true' : undefined,
      provider: provider ?? undefined,
      ...changed,
    });

function Incidents({ content, nowMs }: { content: IncidentsContent; nowMs: number }) {
  const { kind, open_only, provider, open, incidents } = content;
  const link = linkFrom(content);
  const isFiltered = kind !== null || open_only || provider !== null;
  return (
    <>
      <h1>{firstLine(open)}</h1>
      <p class="lead">
        An incident is told once, however many models or providers show it, with whose fault it is and the attempts that
        prove it.
      </p>
      <Section
        title={provider === null ? `The last ${DAYS} days` : `${provider}, the last ${DAYS} days`}
        beside={
          <div class="controls">
            <Segments
              name="Whether it is over"
              chosen={open_only ? 'open' : 'all'}
              options={[
                { id: 'all', word: 'All', href: link({ open: undefined }) },
                { id: 'open', word: 'Open', href: link({ open: 'true' }) },
              ]}
            />
            <Segments
              name="Kind"
              chosen={kind ?? 'every'}
              options={[
                { id: 'every', word: 'Every kind', href: link({ kind: undefined }) },
                ...INCIDENT_KINDS.map((id) => ({ id, word: KIND_WORDS[id], href: link({ kind: id }) })),
              ]}
            />
          </div>
        }
      >
        {incidents?.length === 0 && isFiltered ? (
          <p>
            {`No ${open_only ? 'open ' : ''}incident${kind === null ? '' : ` of the kind “${KIND_WORDS[kind].toLowerCase()}”`}${provider === null ? '' : ` at ${provider}`} in the last ${DAYS} days.`}{' '}
            <a href="/incidents">Show every incident</a>
          </p>
        ) : (
          <Events incidents={incidents} nowMs={nowMs} nothing={`Nothing happened in the last ${DAYS} days.`} />
        )}
        {incidents === null || incidents.length === 0 ? null : (
          <Exports
            address={figureAddress('/incidents', 'incidents', {
              kind: kind ?? undefined,
              open: open_only ? 'true' : undefined,
              provider: provider ?? undefined,
            })}
          />
        )}
        {incidents?.length === MOST ? <p class="note">Only the newest {MOST} are shown.</p> : null}
      </Section>
    </>
  );
}

function firstLine(open: number | null): string {
  if (open === null) return 'What happened is not known right now.';
  return open === 0 ? 'Nothing is wrong right now.' : `${counted(open, 'incident')} ${open === 1 ? 'is' : 'are'} open.`;
}
