/** @jsxImportSource hono/jsx */
import { z } from 'zod';
import { GOALS } from '../../domain/verdict.ts';
import { type Chart, Exports } from '../charts/figure.tsx';
import * as given from '../parameters.ts';
import type { WebParts } from '../route.ts';
import { boardOf, inShort, recommendedFor } from '../summaries.ts';
import { BoardModel, ModelAndUse } from './board.tsx';
import { figureAddress } from './exports.ts';
import { AsOf, type Pulse } from './layout.tsx';
import { withQuery } from './links.ts';
import {
  ASKED_NEEDS,
  askedNeedsOf,
  GoalAndNeeds,
  NEED_PARAMETERS,
  NOTHING_NEEDED,
  needsInAddress,
  needsOf,
} from './needs.tsx';
import { page } from './page.tsx';
import { SCROLLS, Section, States } from './parts.tsx';
import { type Key, SortHead, sortedBy } from './sorting.tsx';
import { isAnswering, shortName } from './standing.ts';

const SORTS = ['trending', 'name', 'use', 'answering'] as const;
type Sort = (typeof SORTS)[number];

const QUESTION = z.object({ goal: given.goal, sort: given.oneOf(SORTS).prefault('trending'), ...NEED_PARAMETERS });

const ModelsContent = z.object({
  goal: z.enum(GOALS),
  sort: z.enum(SORTS),
  needs: z.object(ASKED_NEEDS),
  models: z.array(BoardModel),
});
type ModelsContent = z.output<typeof ModelsContent>;

export const MODELS_PAGE = page({
  path: '/models',
  id: 'models_page',
  summary: 'Which models are there, and which of them has a provider to use?',
  parameters: QUESTION,
  content: ModelsContent,
  handle: modelsContent,
  figures: { models: modelsFigure },
  view: (content, pulse) => ({
    title: 'Models',
    json: '/api/v1/models',
    canonical: '/models',
    here: linkFrom(content)({}),
    main: <Models content={content} pulse={pulse} />,
  }),
});

function modelsContent(question: z.output<typeof QUESTION>, { knowledge }: WebParts) {
  const { goal, sort } = question;
  const needs = askedNeedsOf(question);
  return {
    goal,
    sort,
    needs,
    models: boardOf(knowledge).map((model) => ({
      ...recommendedFor(model, goal, needsOf(needs), knowledge),
      endpoints: model.endpoints.map(inShort),
    })),
  };
}

type Chosen = Pick<ModelsContent, 'goal' | 'sort'> & ModelsContent['needs'];

const inAddress = ({ goal, sort, ...needs }: Chosen) => ({
  goal: goal === 'balanced' ? undefined : goal,
  sort: sort === 'trending' ? undefined : sort,
  ...needsInAddress(needs),
});

const linkFrom =
  ({ goal, sort, needs }: ModelsContent) =>
  (changed: Partial<Chosen>) =>
    withQuery('/models', inAddress({ goal, sort, ...needs, ...changed }));

function Models({ content, pulse }: { content: ModelsContent; pulse: Pulse }) {
  const { goal, sort, needs, models } = content;
  const link = linkFrom(content);
  return (
    <>
      <h1>{saying(models)}</h1>
      <AsOf {...pulse} />
      {models.length === 0 ? (
        <p class="lead">
          <a href="/">See when the first round starts</a>
        </p>
      ) : (
        <>
          <div class="controls asked">
            <GoalAndNeeds
              goal={goal}
              asked={needs}
              action="/models"
              rest={inAddress({ goal, sort, ...NOTHING_NEEDED })}
              asking={link}
            />
          </div>
          <Section
            title={sort === 'trending' ? 'Most trending first' : 'All models'}
            beside={<span class="note">last 24 hours</span>}
          >
            <ModelTable models={sortedBy(models, keyFor(sort))} sort={sort} link={link} />
            <Exports address={figureAddress('/models', 'models', inAddress({ goal, sort, ...needs }))} />
          </Section>
        </>
      )}
    </>
  );
}

/** Trending is the order in which they come. */
function keyFor(sort: Sort): (model: BoardModel) => Key {
  switch (sort) {
    case 'trending':
      return () => null;
    case 'name':
      return ({ model_id }) => shortName(model_id).toLowerCase();
    case 'use':
      return ({ recommended }) => recommended;
    case 'answering':
      return ({ endpoints }) => -endpoints.filter(isAnswering).length;
    default:
      return sort satisfies never;
  }
}

function saying(models: readonly BoardModel[]): string {
  const usable = models.filter((model) => model.recommended !== null).length;
  if (models.length === 0) return 'No model was looked at yet.';
  if (models.length === 1) return `The only model has ${usable === 1 ? 'a' : 'no'} provider to use now.`;
  return usable === models.length
    ? `All ${models.length} models have a provider to use now.`
    : `${usable} of ${models.length} models ${usable === 1 ? 'has' : 'have'} a provider to use now.`;
}

function modelsFigure({ models, sort }: ModelsContent): Chart {
  return {
    name: 'Every model, and whom to use for it now',
    table: {
      columns: [
        { name: 'model_id', word: 'Model' },
        { name: 'recommended', word: 'Use now' },
        { name: 'answering', word: 'Answering' },
        { name: 'providers', word: 'Of' },
      ],
      rows: sortedBy(models, keyFor(sort)).map(({ model_id, recommended, endpoints }) => [
        ...[model_id, recommended, endpoints.filter(isAnswering).length, endpoints.length],
      ]),
    },
  };
}

function ModelTable(props: {
  models: readonly BoardModel[];
  sort: Sort;
  link: (changed: { readonly sort: Sort }) => string;
}) {
  const { models, sort, link } = props;
  const head = (by: Sort) => ({ href: link({ sort: sort === by ? 'trending' : by }), isChosen: sort === by });
  return (
    <section class="panel" aria-label="Models" {...SCROLLS}>
      <table class="sortable">
        <thead>
          <tr>
            <SortHead word="Model" {...head('name')} />
            <SortHead word="Use now" {...head('use')} />
            <SortHead word="Answering" {...head('answering')} isFalling isNumber />
            <th scope="col">Providers by state now</th>
          </tr>
        </thead>
        <tbody>
          {models.map((model) => (
            <tr>
              <ModelAndUse model={model} />
              <td class="n">
                {model.endpoints.filter(isAnswering).length} of {model.endpoints.length}
              </td>
              <td>
                <States endpoints={model.endpoints} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
