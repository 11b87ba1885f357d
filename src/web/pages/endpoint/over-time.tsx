/** @jsxImportSource hono/jsx */
import { formatMs } from '../../../lib/format.ts';
import { BandChart, type BandProps, bandFigure } from '../../charts/band-chart.tsx';
import { day } from '../../charts/words.ts';
import { pointsOf } from '../days-shown.ts';
import { figureAddress } from '../exports.ts';
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
export const asking = (content: EndpointContent, changed: { span?: SpanName; metric?: MetricName }) =>
  withQuery(endpointPath(content.model_id, content.provider), inAddress({ ...content, ...changed }));

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

/** As parameters of addresses. */
export const inAddress = ({ span, metric }: EndpointContent) => ({
  since: span === '30d' ? undefined : span,
  metric: metric === 'ttft_ms' ? undefined : metric,
});

export const historyFigure = (content: EndpointContent, known: KnownEndpoint) => bandFigure(bandProps(content, known));

function bandProps(content: EndpointContent, known: KnownEndpoint): BandProps & { readonly finding: string } {
  const { metric, provider } = content;
  const window = { sinceMs: Date.parse(known.since), untilMs: Date.parse(known.until) };
  const points = pointsOf(known.points);
  const changes = known.endpoint.changes.filter((each) => Date.parse(each.at) > window.sinceMs);
  const change = changes.findLast((each) => each.metric === metric);
  const outages = (known.incidents ?? [])
    .filter(({ kind, location }) => kind === 'outage' && location === known.endpoint.location)
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
  return {
    name: `${METRIC_WORDS[metric]} of ${provider} since ${day(window.sinceMs)}: ${between}. ${finding}.`,
    finding,
    points,
    window,
    outages,
    changedAtMs: change === undefined ? null : Date.parse(change.at),
  };
}

/** One length over time, with what changed and when it was down. */
export function OverTime({ content, known }: { readonly content: EndpointContent; readonly known: KnownEndpoint }) {
  const { metric, span, model_id, provider } = content;
  const { finding, ...chart } = bandProps(content, known);
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
        <b>{finding}</b> (n = {chart.points.reduce((sum, { n }) => sum + n, 0)}).{' '}
        <span class="note">
          Line: median. Band: 10th to 90th percentile, where there are enough replies. Shaded: outage.
        </span>
      </p>
      <BandChart {...chart} address={figureAddress(endpointPath(model_id, provider), 'history', inAddress(content))} />
    </Section>
  );
}
