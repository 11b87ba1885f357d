/** @jsxImportSource hono/jsx */
import { CLASSES } from '../../../domain/outcome.ts';
import { counted } from '../../../lib/lists.ts';
import { Calendar, calendarFigure } from '../../charts/calendar.tsx';
import { type Chart, Exports } from '../../charts/figure.tsx';
import { HeatMap, heatFigure } from '../../charts/heat-map.tsx';
import { Ribbon } from '../../charts/ribbon.tsx';
import { day } from '../../charts/words.ts';
import { causeWords, interval, isEnough, upper, uptime } from '../../words.ts';
import { daysOf, pointsOf, uptimeOf } from '../days-shown.ts';
import { figureAddress } from '../exports.ts';
import { endpointPath } from '../links.ts';
import { Section } from '../parts.tsx';
import type { EndpointContent, KnownEndpoint } from './content.ts';
import { inAddress, METRIC_WORDS } from './over-time.tsx';

/** Ninety days in a row of bars. */
export function Reliability({ content, known, nowMs }: Props) {
  const days = daysOf(pointsOf(known.days), nowMs);
  const { first_try, coverage, after_retries } = known.endpoint.availability;
  return (
    <Section title="How reliable, 90 days" beside={<p class="note">{uptime(uptimeOf(days))} answered</p>}>
      <div class="ribbon-wide">
        <Ribbon days={days} whose={`${content.provider} on ${content.model_id}`} />
      </div>
      <p class="ends">
        <span>{day(days[0]!.atMs)}</span>
        <span>today</span>
      </p>
      <p class="finding">
        In this window <b>{uptime(first_try)}</b> of first attempts were answered
        {` (${isEnough(first_try) ? `${interval(first_try)}, ` : ''}n = ${first_try.trials})`}, and{' '}
        {uptime(after_retries)} after a retry. We sent {uptime(coverage)} of the probes that were due.
      </p>
    </Section>
  );
}

/** A figure of this page by itself. */
export const addressOf = (content: EndpointContent, figure: string) =>
  figureAddress(endpointPath(content.model_id, content.provider), figure, inAddress(content));

const calendarProps = ({ content, known, nowMs }: Props) => ({
  days: daysOf(pointsOf(known.days), nowMs),
  whose: `${content.provider} on ${content.model_id}`,
});

export const daysFigure = (props: Props) => calendarFigure(calendarProps(props));

export function ByDay(props: Props) {
  return (
    <Section title="Day by day">
      <Calendar {...calendarProps(props)} address={addressOf(props.content, 'days')} />
    </Section>
  );
}

export const hoursFigure = ({ content, known, nowMs }: Props) =>
  heatFigure({ hours: known.hours, nowMs, what: `${METRIC_WORDS[content.metric]} of ${content.provider}` });

export function WhenFast({ content, known, nowMs, what }: Props & { readonly what: string }) {
  return (
    <Section title="When is it fast?" beside={<p class="note">UTC, 28 days</p>}>
      <HeatMap hours={known.hours} nowMs={nowMs} what={what} address={addressOf(content, 'hours')} />
    </Section>
  );
}

const MOST_CAUSES = 6;

export function causesFigure({ content, known }: Props): Chart {
  const { by_class, trials } = { ...known.endpoint.availability, ...known.endpoint.availability.first_try };
  return {
    name: `What went wrong at ${content.provider} on ${content.model_id}, of ${counted(trials, 'first attempt')}`,
    table: {
      columns: [
        { name: 'error_class', word: 'Failure', text: causeWords },
        { name: 'count', word: 'First attempts' },
      ],
      rows: by_class.map(({ error_class, count }) => [error_class, count]),
    },
  };
}

/** Failures by what they were, and what is not counted against it. */
export function WhatGoesWrong({ content, known }: Props) {
  const { by_class, by_outcome } = known.endpoint.availability;
  const own = by_class.filter(({ error_class }) => (CLASSES.target_error as readonly string[]).includes(error_class));
  const most = Math.max(1, ...own.map(({ count }) => count));
  const failures = by_outcome.target_error ?? 0;
  const apart = [
    ...counting(by_outcome.rate_limited, 'rate limit'),
    ...counting(by_outcome.account_error, 'fault of our account', 'faults of our account'),
    ...counting(by_outcome.router_error, 'fault of the router', 'faults of the router'),
    ...counting(by_outcome.prober_error, 'fault of ours', 'faults of ours'),
  ];
  return (
    <Section title="What goes wrong" beside={<p class="note">{counted(failures, 'failure')}</p>}>
      {failures === 0 ? (
        <p class="finding">Nothing went wrong in this window.</p>
      ) : (
        <dl class="causes">
          {own.slice(0, MOST_CAUSES).map(({ error_class, count }, index) => (
            <div>
              <dt>{upper(causeWords(error_class))}</dt>
              <dd>{count}</dd>
              <svg class={index === 0 ? 'worst' : undefined} width="100%" height="4" aria-hidden="true">
                <rect width={`${((100 * count) / most).toFixed(1)}%`} height="4" rx="2" />
              </svg>
            </div>
          ))}
        </dl>
      )}
      <p class="note">Not counted against it: {apart.length === 0 ? 'nothing else happened' : apart.join(', ')}.</p>
      <Exports address={addressOf(content, 'causes')} />
    </Section>
  );
}

const counting = (count = 0, one: string, more?: string) =>
  count === 0 ? [] : [more === undefined || count === 1 ? counted(count, one) : `${count} ${more}`];

export interface Props {
  readonly content: EndpointContent;
  readonly known: KnownEndpoint;
  readonly nowMs: number;
}
