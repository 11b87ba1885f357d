import { z } from 'zod';
import { counted } from '../../lib/lists.ts';
import { inData } from '../data-names.ts';
import * as given from '../parameters.ts';
import { Incident } from '../schemas/incidents.ts';
import { causeWords, FAULT_WORDS, figure, KIND_LOOKS, KIND_WORDS } from '../words.ts';
import { lasting } from './events.tsx';
import { attemptPath } from './links.ts';
import { page } from './page.tsx';
import { Crumbs, Mark, ProviderLink, Section, When } from './parts.tsx';

const IncidentContent = z.object({ incident: Incident });
type Told = z.output<typeof Incident>;

export const INCIDENT_PAGE = page({
  path: '/incidents/{id}',
  id: 'incident_page',
  summary: 'What happened, whose fault was it, and what proves it?',
  parameters: z.object({ id: given.id }),
  content: IncidentContent,
  handle: ({ id }, { incidents }) => {
    const incident = incidents.incident(id);
    return incident && { incident: inData(incident) };
  },
  view: ({ incident }, { nowMs }) => ({
    title: incident.says,
    feed: '/incidents.atom',
    main: <OneIncident incident={incident} nowMs={nowMs} />,
  }),
});

function OneIncident({ incident, nowMs }: { incident: Told; nowMs: number }) {
  const { kind, says, started_at, noticed_at, ended_at, cause, endpoints, evidence, acknowledged, location } = incident;
  const { shape, tone } = KIND_LOOKS[kind];
  const isOpen = ended_at === null;
  return (
    <>
      <Crumbs>
        <a href="/incidents">Incidents</a>
        <a href={`/incidents?kind=${kind}`}>{KIND_WORDS[kind]}</a>
      </Crumbs>
      <h1>{says}</h1>
      <p class="lead">
        <Mark shape={shape} tone={isOpen ? tone : 'quiet'}>
          {isOpen ? 'Open' : 'Over'}
        </Mark>{' '}
        · {lasting(incident, nowMs)}
      </p>
      <Section title="What we know">
        <dl class="facts">
          <dt>Started</dt>
          <dd>
            <When at={started_at} nowMs={nowMs} />
          </dd>
          <dt>Noticed</dt>
          <dd>
            <When at={noticed_at} nowMs={nowMs} />
          </dd>
          <dt>Ended</dt>
          <dd>{ended_at === null ? 'Not yet' : <When at={ended_at} nowMs={nowMs} />}</dd>
          <dt>Whose fault</dt>
          <dd>{faultOf(incident)}</dd>
          {cause === null ? null : (
            <>
              <dt>{kind === 'change' || kind === 'slow' ? 'What changed' : 'What was seen'}</dt>
              <dd>
                {causeWords(cause)} <code>{cause}</code>
              </dd>
            </>
          )}
          <dt>Seen from</dt>
          <dd>{location}</dd>
          {acknowledged === null ? null : (
            <>
              <dt>Looked after</dt>
              <dd>
                {acknowledged.reason} (<When at={acknowledged.at} nowMs={nowMs} />)
              </dd>
            </>
          )}
        </dl>
      </Section>
      <Figures figures={incident.figures} />
      <Section title="Who shows it" beside={<span class="note">{counted(endpoints.length, 'endpoint')}</span>}>
        <div class="panel">
          <table>
            <thead>
              <tr>
                <th scope="col">Provider</th>
                <th scope="col">Model</th>
              </tr>
            </thead>
            <tbody>
              {endpoints.map(({ model_id, provider }) => (
                <tr>
                  <th scope="row">
                    <ProviderLink provider={provider} />
                  </th>
                  <td>{model_id}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </Section>
      <Section
        title="What proves it"
        beside={<span class="note">{counted(evidence.length, 'attempt')}, oldest first</span>}
      >
        {evidence.length === 0 ? (
          <p class="note">No single attempt proves it; the figures above do.</p>
        ) : (
          <ul class="links">
            {evidence.map((attemptId) => (
              <li>
                <a href={attemptPath(attemptId)}>{attemptId}</a>
              </li>
            ))}
          </ul>
        )}
      </Section>
    </>
  );
}

function Figures({ figures }: { figures: Readonly<Record<string, number>> }) {
  const known = Object.entries(figures);
  if (known.length === 0) return null;
  return (
    <section>
      <h2 class="vh">Figures</h2>
      <dl class="figures line">
        {known.map(([name, value]) => (
          <div>
            <dt>{FIGURE_WORDS[name] ?? name.replaceAll('_', ' ')}</dt>
            <dd>
              {Number.isInteger(value) ? value.toLocaleString('en-US') : value < 10 ? value.toFixed(2) : figure(value)}
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

const FIGURE_WORDS: Readonly<Record<string, string>> = {
  n: 'Looked at',
  failures: 'Failed',
  ratio: 'New over usual',
  low: 'At least (95%)',
  high: 'At most (95%)',
  before: 'Attempts before',
  since: 'Attempts since',
};

function faultOf({ kind, scope }: Told): string {
  if (kind === 'account') return 'Our account, not theirs.';
  if (kind === 'outage') return FAULT_WORDS[scope];
  return scope === 'us' ? FAULT_WORDS.us : 'Nobody’s that we can tell: it answers, otherwise than before.';
}
