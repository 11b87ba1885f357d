/** @jsxImportSource hono/jsx */
import type { Child } from 'hono/jsx';
import { z } from 'zod';
import { loadings } from '../../domain/loading.ts';
import { COLUMN_NAMES, COLUMNS, type ColumnName, CSV_COLUMN_NAMES, dataName } from '../../domain/record.ts';
import { formatCount, formatDuration } from '../../lib/format.ts';
import { type Chart, Exports, type Table } from '../charts/figure.tsx';
import { day } from '../charts/words.ts';
import { iso } from '../data-names.ts';
import { Count, MaybeMoment, MaybeText, Text } from '../schemas/schema.ts';
import type { Site } from '../site.ts';
import { BadgesToCopy } from './badge-to-copy.tsx';
import { figureAddress } from './exports.ts';
import type { Pulse } from './layout.tsx';
import { page } from './page.tsx';
import { SCROLLS, Section } from './parts.tsx';

const DataContent = z.object({
  dataset: z.object({ repo: Text, url: MaybeText }).nullable(),
  retention_days: z.number(),
  attempts: Count,
  first_at: MaybeMoment,
  last_at: MaybeMoment,
  /** Of which a badge is shown; null: nobody is known. */
  example: z.object({ model_id: Text, provider: Text }).nullable(),
});
type DataContent = z.output<typeof DataContent>;

/** Can I have the data? */
export const DATA_PAGE = page({
  path: '/data',
  id: 'data_page',
  summary: 'Where the data is, what is in it and how to load it',
  parameters: z.object({}),
  content: DataContent,
  handle: async (_, { attempts, knowledge, setup }) => {
    const { attempts: count, firstDueAtMs, lastDueAtMs } = await attempts.extent();
    const [endpoint] = knowledge.board()[0]?.endpoints ?? [];
    return {
      dataset: setup.dataset,
      retention_days: setup.retentionDays,
      attempts: count,
      first_at: firstDueAtMs === null ? null : iso(firstDueAtMs),
      last_at: lastDueAtMs === null ? null : iso(lastDueAtMs),
      example: endpoint === undefined ? null : { model_id: endpoint.modelId, provider: endpoint.provider },
    };
  },
  figures: { columns: columnsFigure },
  view: (content, pulse, site) => ({
    title: 'Data',
    description: 'Every attempt as it was measured: dataset, API, exports, feeds and badges.',
    className: 'reading',
    feed: '/incidents.atom',
    main: <Data content={content} pulse={pulse} site={site} />,
  }),
});

function Data(props: { readonly content: DataContent; readonly pulse: Pulse; readonly site: Site }) {
  const { content, pulse, site } = props;
  const { dataset, example } = content;
  return (
    <>
      <h1>{dataset === null ? 'Yes, from here: it is kept on this machine.' : 'Yes, all of it.'}</h1>
      <p class="lead">
        <Where content={content} /> <HowMuch content={content} pulse={pulse} />
      </p>
      {dataset === null ? null : <LoadIt repo={dataset.repo} />}
      <Section title="Ask for it">
        <p>
          Everything on these pages is made of the same answers.{' '}
          <a href="/api/v1/openapi.json">OpenAPI describes them</a>; anybody may ask, 120 times at once and ten times a
          second after that. Null is unknown, never zero.
        </p>
        <Code lines={CURL} />
      </Section>
      <Section title="Take a chart or a table along">
        <p>
          Below each of them are links to the same as CSV and JSON, unrounded, and as a picture that needs nothing else
          (SVG; <code>?theme=dark</code> for dark pages). In CSV, text that a spreadsheet would take for a formula has
          an apostrophe before it; in JSON and in the dataset it stands as it came.
        </p>
      </Section>
      <Section title="Columns" beside={<Exports address={figureAddress('/data', 'columns')} />}>
        <p class="finding">
          One row per attempt. The first {CSV_COLUMN_NAMES.length} are all that the CSV files hold. Moments are
          milliseconds since the request was opened.
        </p>
        <Columns />
      </Section>
      <Section title="Show it elsewhere">
        {example === null ? (
          <p class="note">There is a badge for each provider of each model, once one is known.</p>
        ) : (
          <>
            <p>
              A badge for each provider of each model: value and state over seven days. <code>?metric=</code> is{' '}
              <code>uptime</code>, <code>first_token</code>, <code>speed</code>, <code>state</code> or{' '}
              <code>correct</code>; with <code>.json</code> instead of <code>.svg</code> Shields draws it.
            </p>
            <BadgesToCopy endpoints={[example]} site={site} />
          </>
        )}
      </Section>
      <Section title="Be told">
        <ul class="reasons">
          <li>
            <a href="/incidents.atom">Feed of all incidents</a>, and one of each provider on its page (Atom)
          </li>
          <li>
            <a href="/metrics">Figures for Prometheus</a>
          </li>
        </ul>
      </Section>
      <Section title="Licence">
        <p>
          The data is under{' '}
          <a href="https://creativecommons.org/licenses/by/4.0/" rel="license">
            CC BY 4.0
          </a>{' '}
          unless the card of the dataset says otherwise; the program is under Apache-2.0. Replies are what models and
          providers sent: treat them as text from strangers. <a href="/method">How each figure is defined</a>.
        </p>
      </Section>
    </>
  );
}

function Where({ content: { dataset, retention_days } }: { readonly content: DataContent }) {
  if (dataset === null) {
    return (
      <>
        Nothing is pushed to a dataset. Attempts are kept for {retention_days} days, their hourly and daily figures for
        good.
      </>
    );
  }
  return (
    <>
      The dataset is {dataset.url === null ? <b>{dataset.repo}</b> : <a href={dataset.url}>{dataset.repo}</a>} on the
      Hugging Face Hub: every attempt, written once and never changed.
    </>
  );
}

function HowMuch({ content: { attempts, first_at, last_at }, pulse }: { content: DataContent; pulse: Pulse }) {
  if (first_at === null || last_at === null) return <>Nothing was measured yet.</>;
  const ago = formatDuration(Math.max(0, pulse.nowMs - Date.parse(last_at)));
  return (
    <>
      At hand here are{' '}
      <b>
        {formatCount(attempts)} {attempts === 1 ? 'attempt' : 'attempts'}
      </b>{' '}
      since {day(Date.parse(first_at))} {first_at.slice(0, 4)}, the newest {ago} old.
    </>
  );
}

const CURL = [
  '# whom to use for a model',
  'curl "$SITE/api/v1/recommend?model=org/name&goal=balanced"',
  '',
  '# what is down',
  'curl "$SITE/api/v1/targets?state=down"',
  '',
  '# one latency over time, and the attempts behind it',
  'curl "$SITE/api/v1/history?model=org/name&provider=provider&metric=ttft_ms&since=30d"',
  'curl "$SITE/api/v1/attempts?model=org/name&provider=provider&since=24h"',
].join('\n');

function LoadIt({ repo }: { readonly repo: string }) {
  return (
    <Section title="Load it">
      <div class="loadings">
        {loadings(repo).map(({ intro, code }) => (
          <div>
            <p>{linked(intro)}</p>
            <Code lines={code} />
          </div>
        ))}
      </div>
    </Section>
  );
}

function Code({ lines }: { readonly lines: string }) {
  return (
    <pre class="code" {...SCROLLS}>
      <code>{lines}</code>
    </pre>
  );
}

/** The little Markdown of our own definitions: code and links. */
export function linked(markdown: string): Child {
  return markdown.split(/(`[^`]*`|\[[^\]]*\]\([^)]*\))/).map((part) => {
    const link = part.match(/^\[([^\]]*)\]\(([^)]*)\)$/);
    if (link) return <a href={link[2]}>{link[1]}</a>;
    return part.startsWith('`') ? <code>{part.slice(1, -1)}</code> : part;
  });
}

/** What a column is measured in, as its name says. */
function unitOf(name: string): string {
  if (/_ms$/.test(name)) return 'ms';
  if (/_tps$/.test(name)) return 'tokens/s';
  if (/_usd_per_mtok$/.test(name)) return 'USD per million tokens';
  if (/_usd$/.test(name)) return 'USD';
  if (/_tokens$|^context_length$/.test(name)) return 'tokens';
  if (/_bytes$/.test(name)) return 'bytes';
  return /_iso$/.test(name) ? 'UTC' : '';
}

const columnRow = (name: ColumnName) => {
  const { kind, nullable, about } = COLUMNS[name];
  const unit = name === 'chunkAtMs' ? 'ms' : unitOf(dataName(name));
  return { name: dataName(name), type: nullable ? `${kind}, null` : kind, unit, about };
};

function Columns() {
  return (
    <section class="panel" aria-label="Columns" {...SCROLLS}>
      <table class="columns-table">
        <thead>
          <tr>
            {['Column', 'Type', 'Unit', 'Meaning'].map((head) => (
              <th scope="col">{head}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {COLUMN_NAMES.map(columnRow).map(({ name, type, unit, about }) => (
            <tr>
              <th scope="row">
                <code>{name}</code>
              </th>
              <td>{type}</td>
              <td>{unit}</td>
              <td>{linked(about)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function columnsFigure(): Chart {
  const rows = COLUMN_NAMES.map(columnRow);
  const table: Table = {
    columns: ['column', 'type', 'unit', 'meaning'],
    rows: rows.map(({ name, type, unit, about }) => [name, type, unit === '' ? null : unit, about]),
  };
  return { name: 'The columns of an attempt', table };
}
