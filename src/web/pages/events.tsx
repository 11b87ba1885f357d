/** @jsxImportSource hono/jsx */
import type { z } from 'zod';
import { saysFromWhere } from '../../domain/incident.ts';
import { formatDuration } from '../../lib/format.ts';
import type { Incident } from '../schemas/incidents.ts';
import { KIND_LOOKS, KIND_WORDS } from '../words.ts';
import { detailOf, headlineOf } from './headline.ts';
import { incidentPath } from './links.ts';
import { Mark, When } from './parts.tsx';

type Happened = z.output<typeof Incident>;

/** What a page does without where it could not be read. */
export const WHAT_HAPPENED = 'what happened. All else is complete';

/** What happened, newest first: when, what, how long. */
export function Events({
  incidents,
  nowMs,
  nothing,
  inShort = false,
}: {
  /** Null: they could not be read. */
  incidents: readonly Happened[] | null;
  nowMs: number;
  nothing: string;
  /** One line each; the whole sentence is on the incident's page. */
  inShort?: boolean;
}) {
  if (incidents === null) return <p class="note">What happened could not be read.</p>;
  if (incidents.length === 0) return <p class="note">{nothing}</p>;
  return (
    <ul class="events">
      {incidents.map((incident) => {
        const { shape, tone } = KIND_LOOKS[incident.kind];
        return (
          <li>
            <When at={incident.started_at} nowMs={nowMs} />
            <div>
              <p>
                <a href={incidentPath(incident.incident_id)}>
                  {inShort ? <Short incident={incident} /> : incident.says}
                </a>
              </p>
              <p class="note">
                <Mark shape={shape} tone={incident.ended_at === null ? tone : 'quiet'}>
                  {KIND_WORDS[incident.kind]}
                </Mark>{' '}
                {[inShort && saysFromWhere(incident) && `from ${incident.location}`, detailOf(incident)]
                  .map((detail) => (detail ? `· ${detail} ` : ''))
                  .join('')}
                · {lasting(incident, nowMs)}
              </p>
            </div>
          </li>
        );
      })}
    </ul>
  );
}

function Short({ incident }: { incident: Happened }) {
  const { subject, tone, rest } = headlineOf(incident);
  return (
    <>
      <b class={tone === 'quiet' ? undefined : tone}>{subject}</b>
      {rest}
    </>
  );
}

/** `1 h 48 min so far`, `over after 25 min`, `the new normal after 7 d`. */
export function lasting({ started_at, ended_at, end_reason }: Happened, nowMs: number): string {
  const ms = (ended_at === null ? nowMs : Date.parse(ended_at)) - Date.parse(started_at);
  const length = formatDuration(Math.max(0, ms));
  if (ended_at === null) return `${length} so far`;
  if (end_reason === 'new_normal') return `the new normal after ${length}`;
  return end_reason === 'no_data' ? `no data any more after ${length}` : `over after ${length}`;
}
