/** @jsxImportSource hono/jsx */
import { formatContext, formatDuration } from '../../../lib/format.ts';
import { counted } from '../../../lib/lists.ts';
import type { Site } from '../../site.ts';
import { BadgesToCopy } from '../badge-to-copy.tsx';
import type { Pulse, View } from '../layout.tsx';
import { cardPath, modelPath } from '../links.ts';
import { type Page, page } from '../page.tsx';
import { Crumbs, Section } from '../parts.tsx';
import { Answer } from './answer.tsx';
import { ModelContent, modelContent } from './content.ts';
import { Controls } from './controls.tsx';
import { Cost, costFigure } from './cost.tsx';
import { Leaderboard, providersFigure } from './leaderboard.tsx';
import { asking, QUESTION } from './question.ts';
import { Trend, trendFigure } from './trend.tsx';
import { Claims, claimsFigure, picksFigure, SameModel, sameModelFigure } from './trust.tsx';

/** Which provider should I use now? Is it getting slower? */
export const MODEL_PAGE: Page = page({
  path: '/models/{org}/{name}',
  id: 'model_page',
  summary: 'One model: whom to use, and every provider of it',
  parameters: QUESTION,
  content: ModelContent,
  handle: modelContent,
  isFound: ({ model }) => model !== null,
  view: modelView,
  figures: {
    providers: (content, { nowMs }) => providersFigure(content, nowMs),
    cost: costFigure,
    trend: (content, { nowMs }) => trendFigure(content, nowMs),
    signs: sameModelFigure,
    picks: picksFigure,
    claims: claimsFigure,
  },
});

function modelView(content: ModelContent, pulse: Pulse, site: Site): View {
  const { model, model_id, asked } = content;
  const [org, name] = model_id.split('/') as [string, string];
  const endpoints = model?.endpoints ?? [];
  if (model === null) return unknownView(content);
  return {
    title: name,
    className: 'model',
    feed: `/incidents${modelPath(model_id).slice('/models'.length)}.atom`,
    json: `/api/v1${modelPath(model_id)}`,
    canonical: modelPath(model_id),
    here: asking(model_id, asked, {}),
    image: cardPath(model_id),
    description: inOneSentence(content),
    main: (
      <>
        <Crumbs>
          <a href="/models">Models</a>
          <span>{org}</span>
        </Crumbs>
        <div class="head ruled">
          <h1>{name}</h1>
          <p class="note">{factsOf(content, pulse)}</p>
        </div>
        <Controls modelId={model_id} asked={asked} />
        {endpoints.length === 0 ? (
          <p class="lead">Nobody was probed for it in this window.</p>
        ) : (
          <>
            <Answer content={content} pulse={pulse} />
            <Leaderboard content={content} nowMs={pulse.nowMs} />
            <div class="columns">
              <Cost content={content} />
              <Trend content={content} nowMs={pulse.nowMs} />
            </div>
            <div class="columns">
              <SameModel content={content} />
              <Claims content={content} />
            </div>
            <Section title="Show it elsewhere">
              <BadgesToCopy endpoints={endpoints} site={site} />
            </Section>
          </>
        )}
      </>
    ),
  };
}

/** For those who link here. */
function inOneSentence({ model_id, model, recommendations }: ModelContent): string {
  const pick = recommendations.find(({ goal }) => goal === 'balanced')?.provider;
  const among = `of ${counted(model?.endpoints.length ?? 0, 'provider')}, measured around the clock.`;
  return pick === undefined || pick === null
    ? `Nobody can be recommended for ${model_id} now, ${among}`
    : `Use ${pick} for ${model_id} now: the best balance ${among}`;
}

function factsOf({ model }: ModelContent, { intervalMs }: Pulse): string {
  const endpoints = model?.endpoints ?? [];
  const context = Math.max(0, ...endpoints.map(({ context_length }) => context_length ?? 0));
  const locations = [...new Set(endpoints.map(({ location }) => location))];
  return [
    ...(context > 0 ? [`up to ${formatContext(context)} context`] : []),
    counted(endpoints.length, 'provider'),
    `probed every ${formatDuration(intervalMs)}${locations.length > 0 ? ` from ${locations.join(', ')}` : ''}`,
  ].join(' · ');
}

function unknownView({ model_id, closest }: ModelContent): View {
  return {
    title: 'No such model',
    main: (
      <>
        <h1>We know no model {model_id}.</h1>
        <Closest links={closest.map((name) => [modelPath(name), name])} />
        <p class="lead">
          We watch the models that trend on Hugging Face; one that no longer does is forgotten after thirty days.{' '}
          <a href="/models">See all models</a>
        </p>
      </>
    ),
  };
}

export function Closest({ links }: { readonly links: readonly (readonly [href: string, name: string])[] }) {
  if (links.length === 0) return null;
  return (
    <>
      <p class="lead">Did you mean one of these?</p>
      <ul class="reasons">
        {links.map(([href, name]) => (
          <li>
            <a href={href}>{name}</a>
          </li>
        ))}
      </ul>
    </>
  );
}
