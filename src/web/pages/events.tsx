/** @jsxImportSource hono/jsx */
import type { z } from 'zod';
import { formatDuration } from '../../lib/format.ts';
import type { Incident } from '../schemas/incidents.ts';
import { causeWords, KIND_LOOKS, KIND_WORDS } from '../words.ts';
import { incidentPath } from './links.ts';
import { Mark, When } from './parts.tsx';

type Happened = z.output<typeof Incident>;

/** What happened, newest first: when, what, how long. */
export function Events({
  incidents,
  nowMs,
  nothing,
}: {
  incidents: readonly Happened[];
  nowMs: number;
  nothing: string;
}) {
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
                <a href={incidentPath(incident.incident_id)}>{incident.says}</a>
              </p>
              <p class="note">
                <Mark shape={shape} tone={incident.ended_at === null ? tone : 'quiet'}>
                  {KIND_WORDS[incident.kind]}
                </Mark>{' '}
                {incident.cause === null ? '' : `· ${causeWords(incident.cause)} `}· {lasting(incident, nowMs)}
              </p>
            </div>
          </li>
        );
      })}
    </ul>
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
