/** @jsxImportSource hono/jsx */
import { z } from 'zod';
import { OUTCOMES } from '../../domain/outcome.ts';
import { formatMs, UNKNOWN } from '../../lib/format.ts';
import { counted } from '../../lib/lists.ts';
import type { AttemptReader } from '../../ports.ts';
import { type Chart, Exports } from '../charts/figure.tsx';
import { inData } from '../data-names.ts';
import * as given from '../parameters.ts';
import { Incident } from '../schemas/incidents.ts';
import { MaybeNumber, MaybeText, Moment, Text } from '../schemas/schema.ts';
import { causeWords, FAULT_WORDS, figure, KIND_LOOKS, KIND_WORDS, OUTCOME_LOOKS, upper } from '../words.ts';
import { lasting } from './events.tsx';
import { figureAddress } from './exports.ts';
import { headlineOf } from './headline.ts';
import { attemptPath, incidentPath } from './links.ts';
import { page } from './page.tsx';
import { Crumbs, EndpointLink, Mark, ProviderLink, SCROLLS, Section, When } from './parts.tsx';
import { shortName } from './standing.ts';

const IncidentContent = z.object({
  incident: Incident,
  attempts: z
    .array(
      z.object({
        attempt_id: Text,
        at: Moment,
        provider: MaybeText,
        model_id: MaybeText,
        outcome: z.enum(OUTCOMES),
        error_class: MaybeText,
        error_message: Text,
        ttft_ms: MaybeNumber,
      }),
    )
    .nullable()
    .describe('Those of its evidence that are still kept; null: they could not be read.'),
});
type Told = z.output<typeof Incident>;
type Proofs = z.output<typeof IncidentContent>['attempts'];

export const INCIDENT_PAGE = page({
  path: '/incidents/{id}',
  id: 'incident_page',
  summary: 'What happened, whose fault was it, and what proves it?',
  parameters: z.object({ id: given.id }),
  content: IncidentContent,
  handle: async ({ id }, { incidents, attempts }, read) => {
    const incident = await incidents.incident(id);
    if (incident === null) return null;
    const proofs = async () => (await Promise.all(incident.evidence.map((each) => proof(each, attempts)))).flat();
    const what = 'the attempts that prove it. What is said of it is complete';
    return { incident: inData(incident), attempts: await read(what, proofs, null) };
  },
  figures: { endpoints: endpointsFigure, attempts: attemptsFigure },
  view: ({ incident, attempts }, { nowMs }) => ({
    title: titleOf(incident),
    feed: '/incidents.atom',
    json: `/api/v1${incidentPath(incident.incident_id)}`,
    canonical: incidentPath(incident.incident_id),
    description: incident.says,
    main: <OneIncident incident={incident} attempts={attempts} nowMs={nowMs} />,
  }),
});

function endpointsFigure({ incident }: z.output<typeof IncidentContent>): Chart {
  return {
    name: `Who shows it: ${titleOf(incident)}`,
    table: {
      columns: [
        { name: 'provider', word: 'Provider' },
        { name: 'model_id', word: 'Model' },
      ],
      rows: incident.endpoints.map(({ provider, model_id }) => [provider, model_id]),
    },
  };
}

/** Null: no single attempt that is still kept proves it. */
function attemptsFigure({ incident, attempts }: z.output<typeof IncidentContent>): Chart | null {
  if (attempts === null || attempts.length === 0) return null;
  return {
    name: `What proves it: ${titleOf(incident)}`,
    table: {
      columns: [
        { name: 'at', word: 'Time (UTC)', text: (at: string) => at.slice(0, 19).replace('T', ' ') },
        { name: 'attempt_id', word: 'Attempt', text: (id: string) => id.slice(0, 8) },
        { name: 'provider', word: 'Provider' },
        { name: 'model_id', word: 'Model' },
        { name: 'outcome', word: 'Outcome' },
        { name: 'error_class', word: 'Failure' },
        { name: 'ttft_ms', word: 'First token', text: formatMs },
      ],
      rows: attempts.map(({ at, attempt_id, provider, model_id, outcome, error_class, ttft_ms }) => [
        ...[at, attempt_id, provider, model_id, outcome, error_class, ttft_ms],
      ]),
    },
  };
}

function titleOf(incident: Told): string {
  const { subject, rest } = headlineOf(incident);
  return subject + rest;
}

async function proof(attemptId: string, attempts: AttemptReader) {
  const attempt = await attempts.attempt(attemptId);
  if (attempt === null) return [];
  const { requestStartIso, scheduledAtIso, providerName, modelId, outcome, errorClass, errorMessage, ttftMs } = attempt;
  return [
    {
      attempt_id: attemptId,
      at: requestStartIso ?? scheduledAtIso,
      provider: providerName,
      model_id: modelId,
      outcome,
      error_class: errorClass,
      error_message: errorMessage,
      ttft_ms: ttftMs,
    },
  ];
}

function OneIncident({ incident, attempts, nowMs }: { incident: Told; attempts: Proofs; nowMs: number }) {
  const { kind, started_at, noticed_at, ended_at, cause, endpoints, evidence, acknowledged, location } = incident;
  const { shape, tone } = KIND_LOOKS[kind];
  const isOpen = ended_at === null;
  return (
    <>
      <Crumbs>
        <a href="/incidents">Incidents</a>
        <a href={`/incidents?kind=${kind}`}>{KIND_WORDS[kind]}</a>
      </Crumbs>
      <h1>{titleOf(incident)}.</h1>
      <p class="lead">{incident.says}</p>
      <p class="lead">
        <Mark shape={shape} tone={isOpen ? tone : 'quiet'}>
          {isOpen ? `Open, ${lasting(incident, nowMs)}` : upper(lasting(incident, nowMs))}
        </Mark>
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
                  <td>
                    <EndpointLink modelId={model_id} provider={provider}>
                      {model_id}
                    </EndpointLink>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
        <Exports address={figureAddress(incidentPath(incident.incident_id), 'endpoints')} />
      </Section>
      <Section
        title="What proves it"
        beside={<span class="note">{counted(evidence.length, 'attempt')}, oldest first</span>}
      >
        <Evidence attempts={attempts} evidence={evidence.length} nowMs={nowMs} />
        {attempts === null || attempts.length === 0 ? null : (
          <Exports address={figureAddress(incidentPath(incident.incident_id), 'attempts')} />
        )}
      </Section>
    </>
  );
}

function Evidence({ attempts, evidence, nowMs }: { attempts: Proofs; evidence: number; nowMs: number }) {
  if (evidence === 0) return <p class="note">No single attempt proves it; the figures above do.</p>;
  if (attempts === null) return <p class="note">They could not be read.</p>;
  if (attempts.length === 0) return <p class="note">These attempts are older than we keep. The dataset has them.</p>;
  return (
    <section class="panel" aria-label="Attempts" {...SCROLLS}>
      <table>
        <thead>
          <tr>
            {['Time', 'Provider', 'Model', 'Result'].map((word) => (
              <th scope="col">{word}</th>
            ))}
            <th scope="col" class="n">
              First token
            </th>
            <th scope="col" class="n">
              Attempt
            </th>
          </tr>
        </thead>
        <tbody>
          {attempts.map(({ attempt_id, at, provider, model_id, outcome, error_class, error_message, ttft_ms }) => (
            <tr>
              <th scope="row" class="nowrap">
                <When at={at} nowMs={nowMs} />
              </th>
              <td>{provider ?? UNKNOWN}</td>
              <td>{model_id === null ? UNKNOWN : shortName(model_id)}</td>
              <td>
                <Mark {...OUTCOME_LOOKS[outcome]}>{error_class === null ? 'answered' : causeWords(error_class)}</Mark>
                <small class="cut">{error_message}</small>
              </td>
              <td class="n">{formatMs(ttft_ms)}</td>
              <td class="n">
                <a href={attemptPath(attempt_id)}>
                  All of it<span class="vh">, attempt {attempt_id}</span>
                </a>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
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
  flags: 'Signs',
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
