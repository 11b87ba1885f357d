/** @jsxImportSource hono/jsx */
import { formatMs } from '../../../lib/format.ts';
import { BandChart } from '../../charts/band-chart.tsx';
import { day } from '../../charts/words.ts';
import { pointsOf } from '../days-shown.ts';
import { endpointPath, withQuery } from '../links.ts';
import { changeSentence } from '../model/words.ts';
import { Section, Segments } from '../parts.tsx';
import { type EndpointContent, type KnownEndpoint, METRIC_NAMES, SPANS, type SpanName } from './content.ts';

export type MetricName = (typeof METRIC_NAMES)[number];

export const METRIC_WORDS: Readonly<Record<MetricName, string>> = {
  ttft_ms: 'First token',
  ttfat_ms: 'First word of the answer',
  tpot_ms: 'Time per token',
  e2e_ms: 'Whole reply',
};
export const SPAN_WORDS: Readonly<Record<SpanName, string>> = {
  '24h': '24 hours',
  '7d': '7 days',
  '30d': '30 days',
  '90d': '90 days',
};

/** The same page with another window or metric. */
const asking = (
  { model_id, provider, span, metric }: EndpointContent,
  changed: { span?: SpanName; metric?: MetricName },
) =>
  withQuery(endpointPath(model_id, provider), {
    since: (changed.span ?? span) === '30d' ? undefined : (changed.span ?? span),
    metric: (changed.metric ?? metric) === 'ttft_ms' ? undefined : (changed.metric ?? metric),
  });

export function Spans({ content }: { readonly content: EndpointContent }) {
  return (
    <Segments
      name="Over which time"
      chosen={content.span}
      options={(Object.keys(SPANS) as SpanName[]).map((span) => ({
        id: span,
        word: span.replace(/\d+/, '$& '),
        href: asking(content, { span }),
      }))}
    />
  );
}

/** One length over time, with what changed and when it was down. */
export function OverTime({ content, known }: { readonly content: EndpointContent; readonly known: KnownEndpoint }) {
  const { metric, span, provider } = content;
  const window = { sinceMs: Date.parse(known.since), untilMs: Date.parse(known.until) };
  const points = pointsOf(known.points);
  const changes = known.endpoint.changes.filter((each) => Date.parse(each.at) > window.sinceMs);
  const change = changes.findLast((each) => each.metric === metric);
  const outages = (known.incidents ?? [])
    .filter(({ kind }) => kind === 'outage')
    .map(({ started_at, ended_at }) => ({
      sinceMs: Math.max(window.sinceMs, Date.parse(started_at)),
      untilMs: Math.min(window.untilMs, ended_at === null ? window.untilMs : Date.parse(ended_at)),
    }))
    .filter(({ sinceMs, untilMs }) => untilMs > sinceMs);
  const finding = change === undefined ? 'No change we can tell from noise' : changeSentence(change);
  const medians = points.flatMap(({ p50 }) => p50 ?? []);
  const between =
    medians.length === 0
      ? 'no data'
      : `medians from ${formatMs(Math.min(...medians))} to ${formatMs(Math.max(...medians))}`;
  return (
    <Section
      title={`${METRIC_WORDS[metric]}, ${SPAN_WORDS[span]}`}
      beside={
        <Segments
          name="What is shown"
          chosen={metric}
          options={METRIC_NAMES.map((id) => ({ id, word: METRIC_WORDS[id], href: asking(content, { metric: id }) }))}
        />
      }
    >
      <p class="finding">
        <b>{finding}</b> (n = {points.reduce((sum, { n }) => sum + n, 0)}).{' '}
        <span class="note">
          Line: median. Band: 10th to 90th percentile, where there are enough replies. Shaded: outage.
        </span>
      </p>
      <BandChart
        name={`${METRIC_WORDS[metric]} of ${provider} since ${day(window.sinceMs)}: ${between}. ${finding}.`}
        points={points}
        window={window}
        outages={outages}
        changedAtMs={change === undefined ? null : Date.parse(change.at)}
      />
    </Section>
  );
}
