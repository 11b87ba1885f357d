/** @jsxImportSource hono/jsx */
import type { Feature } from '../../../domain/verdict.ts';
import { type Chart, Exports } from '../../charts/figure.tsx';
import type { Site } from '../../site.ts';
import { BadgesToCopy } from '../badge-to-copy.tsx';
import { Events } from '../events.tsx';
import { FEATURE_LOOKS, FEATURE_WORDS } from '../features.tsx';
import type { Pulse, View } from '../layout.tsx';
import { cardPath, comparePath, endpointPath, modelPath, providerPath, withQuery } from '../links.ts';
import { Closest } from '../model/model.tsx';
import { type Page, page } from '../page.tsx';
import { Crumbs, Section } from '../parts.tsx';
import { attemptsFigure, LatestAttempts } from './attempts.tsx';
import { EndpointContent, endpointContent, QUESTION } from './content.ts';
import { Figures } from './figures.tsx';
import { asking, historyFigure, OverTime, SPAN_WORDS, Spans } from './over-time.tsx';
import { FromEachPlace, placesFigure } from './places.tsx';
import {
  addressOf,
  ByDay,
  causesFigure,
  daysFigure,
  hoursFigure,
  type Props,
  Reliability,
  WhatGoesWrong,
  WhenFast,
} from './reliability.tsx';
import { Verdict } from './verdict.tsx';

/** Is it down, or just me? How reliable was it? */
export const ENDPOINT_PAGE: Page = page({
  path: '/models/{org}/{name}/{provider}',
  id: 'endpoint_page',
  summary: 'One model at one provider: is it down, and how reliable was it',
  parameters: QUESTION,
  content: EndpointContent,
  handle: endpointContent,
  isFound: ({ known }) => known !== null,
  view: endpointView,
  figures: {
    history: (content) => content.known && historyFigure(content, content.known),
    places: of(placesFigure),
    days: of(daysFigure),
    hours: of(hoursFigure),
    causes: of(causesFigure),
    features: of(featuresFigure),
    attempts: of(attemptsFigure),
  },
});

function of(figure: (props: Props) => Chart | null) {
  return (content: EndpointContent, { nowMs }: Pulse) =>
    content.known && figure({ content, known: content.known, nowMs });
}

function endpointView(content: EndpointContent, pulse: Pulse, site: Site): View {
  const { known, model_id, provider, span } = content;
  if (known === null) return unknownView(content);
  const name = model_id.slice(model_id.indexOf('/') + 1);
  const props = { content, known, nowMs: pulse.nowMs };
  return {
    title: `${provider} on ${name}`,
    className: 'endpoint',
    feed: `${providerPath(provider)}/incidents.atom`,
    json: withQuery('/api/v1/checks', { model: model_id, provider }),
    canonical: endpointPath(model_id, provider),
    here: asking(content, {}),
    image: cardPath(model_id),
    description: `Is ${provider} down on ${name}, and how reliable was it? As measured around the clock.`,
    main: (
      <>
        <Crumbs>
          <a href="/models">Models</a>
          <a href={modelPath(model_id)}>{name}</a>
        </Crumbs>
        <div class="head">
          <h1>
            {provider} <span class="on">on {name}</span>
          </h1>
          <div class="controls">
            <Spans content={content} />
            <a class="button plain" href={comparePath([content])}>
              Compare with …
            </a>
          </div>
        </div>
        <Verdict content={content} known={known} pulse={pulse} />
        <Figures endpoint={known.endpoint} />
        {span === '90d' && (
          <p class="note">
            Key figures are of {SPAN_WORDS['30d']}; charts of {SPAN_WORDS['90d']}.
          </p>
        )}
        <OverTime content={content} known={known} />
        <FromEachPlace {...props} />
        <Reliability {...props} />
        <div class="columns three">
          <ByDay {...props} />
          <WhenFast {...props} what="When it is fast" />
          <WhatGoesWrong {...props} />
        </div>
        <div class="columns">
          <Section title="What happened, 90 days">
            <Events incidents={known.incidents} nowMs={pulse.nowMs} nothing="Nothing we would call an incident." />
          </Section>
          <Features {...props} />
        </div>
        <LatestAttempts {...props} />
        <Section title="Show it elsewhere">
          <BadgesToCopy endpoints={[content]} site={site} />
        </Section>
      </>
    ),
  };
}

function featuresFigure({ content, known }: Props): Chart {
  return {
    name: `Features of ${content.provider} on ${content.model_id}`,
    table: {
      columns: [
        { name: 'feature', word: 'Feature', text: (feature: Feature) => FEATURE_WORDS[feature][1] },
        { name: 'verdict', word: 'Verdict' },
        { name: 'works', word: 'Worked' },
        { name: 'n', word: 'Of' },
        { name: 'advertised', word: 'Advertised' },
      ],
      rows: known.endpoint.features.map(({ feature, verdict, works, n, advertised }) => [
        ...[feature, verdict, works, n, advertised],
      ]),
    },
  };
}

function Features({ content, known }: Props) {
  const { features, flags } = known.endpoint;
  return (
    <Section title="Does it do what it says?">
      {features.length === 0 ? (
        <p class="note">No feature was tried yet.</p>
      ) : (
        <ul class="feature-list">
          {features.map(({ feature, verdict, works, n, advertised }) => {
            const { sign, word, tone } = FEATURE_LOOKS[verdict];
            return (
              <li>
                <span class={tone} aria-hidden="true">
                  {sign}
                </span>
                <b>{FEATURE_WORDS[feature][1]}</b> {word}
                <small>
                  {n > 0 && `${works} of ${n}`}
                  {advertised === true && verdict === 'fails' && ', though advertised'}
                </small>
              </li>
            );
          })}
        </ul>
      )}
      {features.length > 0 && <Exports address={addressOf(content, 'features')} />}
      {flags.map(({ says, weight, n }) => (
        <p class="finding">
          {says}{' '}
          <small>
            {weight}, n = {n}
          </small>
        </p>
      ))}
    </Section>
  );
}

function unknownView({ model_id, provider, providers, models }: EndpointContent): View {
  const isModelKnown = providers.length > 0;
  return {
    title: 'No such endpoint',
    main: (
      <>
        <h1>{isModelKnown ? `We know no ${provider} on ${model_id}.` : `We know no model ${model_id}.`}</h1>
        <Closest
          links={
            isModelKnown
              ? providers.map((each) => [endpointPath(model_id, each), `${each} on ${model_id}`])
              : models.map((each) => [modelPath(each), each])
          }
        />
        <p class="lead">
          {isModelKnown ? (
            <a href={modelPath(model_id)}>See all providers of {model_id}</a>
          ) : (
            <a href="/models">See all models</a>
          )}
        </p>
      </>
    ),
  };
}
