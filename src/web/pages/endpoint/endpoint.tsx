/** @jsxImportSource hono/jsx */
import type { Route } from '../../route.ts';
import type { Site } from '../../site.ts';
import { Events } from '../events.tsx';
import { FEATURE_LOOKS, FEATURE_WORDS } from '../features.tsx';
import type { Pulse, View } from '../layout.tsx';
import { comparePath, endpointPath, modelPath, providerPath } from '../links.ts';
import { Closest } from '../model/model.tsx';
import { page } from '../page.tsx';
import { Crumbs, Section } from '../parts.tsx';
import { LatestAttempts } from './attempts.tsx';
import { EndpointContent, endpointContent, QUESTION } from './content.ts';
import { Figures } from './figures.tsx';
import { OverTime, SPAN_WORDS, Spans } from './over-time.tsx';
import { ByDay, type Props, Reliability, WhatGoesWrong, WhenFast } from './reliability.tsx';
import { Verdict } from './verdict.tsx';

/** Is it down, or just me? How reliable was it? */
export const ENDPOINT_PAGE: Route = page({
  path: '/models/{org}/{name}/{provider}',
  id: 'endpoint_page',
  summary: 'One model at one provider: is it down, and how reliable was it',
  parameters: QUESTION,
  content: EndpointContent,
  handle: endpointContent,
  isFound: ({ known }) => known !== null,
  view: endpointView,
});

function endpointView(content: EndpointContent, pulse: Pulse, site: Site): View {
  const { known, model_id, provider, span } = content;
  if (known === null) return unknownView(content);
  const name = model_id.slice(model_id.indexOf('/') + 1);
  const props = { content, known, nowMs: pulse.nowMs };
  return {
    title: `${provider} on ${name}`,
    className: 'endpoint',
    feed: `${providerPath(provider)}/incidents.atom`,
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
        <Badge content={content} site={site} />
      </>
    ),
  };
}

function Features({ known }: Props) {
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

/** Where the site's address is not known here, a script puts it before the paths when it copies. */
function Badge({ content, site: { url } }: { readonly content: EndpointContent; readonly site: Site }) {
  const { model_id, provider } = content;
  const image = `/badge${modelPath(model_id).slice('/models'.length)}/${encodeURIComponent(provider)}.svg`;
  const markdown = `[![${provider} uptime](${url}${image})](${url}${endpointPath(model_id, provider)})`;
  return (
    <Section title="Show it elsewhere">
      <p>
        <img src={image} alt={`Badge: uptime of ${provider} on ${model_id}`} height="22" />
      </p>
      <p class="copy">
        <code>{markdown}</code>
        <button type="button" data-does="copy" data-text={markdown} data-from="here" hidden>
          Copy
        </button>
      </p>
      <p class="note">Markdown.{url === '' && ' Both addresses begin with that of this site.'}</p>
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
