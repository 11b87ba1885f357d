/** @jsxImportSource hono/jsx */
import { z } from 'zod';
import { counted } from '../../lib/lists.ts';
import { type Chart, Exports } from '../charts/figure.tsx';
import { Text } from '../schemas/schema.ts';
import { Target } from '../schemas/verdicts.ts';
import { boardOf, inShort, recommended } from '../summaries.ts';
import { type BoardModel, UseNow } from './board.tsx';
import { figureAddress } from './exports.ts';
import { page } from './page.tsx';
import { ModelName, ProviderLink, SCROLLS, Section, States } from './parts.tsx';
import { isAnswering } from './standing.ts';

const LONGEST_QUESTION = 100;

const ModelsContent = z.object({
  q: z.string(),
  models: z.array(
    z.object({ model_id: Text, recommended: Text.nullable(), reason: Text.nullable(), endpoints: z.array(Target) }),
  ),
});
type ModelsContent = z.output<typeof ModelsContent>;

export const MODELS_PAGE = page({
  path: '/models',
  id: 'models_page',
  summary: 'Which models are there, and which of them has a provider to use?',
  parameters: z.object({
    q: z
      .string()
      .trim()
      .max(LONGEST_QUESTION, { error: `must have at most ${LONGEST_QUESTION} characters` })
      .prefault('')
      .describe('A part of the name of a model or of a provider.'),
  }),
  content: ModelsContent,
  handle: ({ q }, { knowledge }) => ({
    q,
    models: boardOf(knowledge).map((model) => ({ ...recommended(model), endpoints: model.endpoints.map(inShort) })),
  }),
  figures: { models: ({ models }) => modelsFigure(models) },
  view: ({ q, models }) => ({
    title: 'Models',
    json: '/api/v1/models',
    canonical: '/models',
    main: <Models q={q} models={models} />,
  }),
});

function Models({ q, models }: ModelsContent) {
  const isMeant = (name: string) => name.toLowerCase().includes(q.toLowerCase());
  const found = models.filter(({ model_id }) => isMeant(model_id));
  const names = new Set(models.flatMap(({ endpoints }) => endpoints.map(({ provider }) => provider)));
  const providers = q === '' ? [] : [...names].filter(isMeant).toSorted();
  return (
    <>
      <h1>{q === '' ? saying(models) : searchSaying(q, found.length + providers.length)}</h1>
      {q === '' ? null : (
        <p class="lead">
          {found.length + providers.length === 0 ? 'No model or provider has that in its name. ' : ''}
          <a href="/models">Show all {counted(models.length, 'model')}</a>
        </p>
      )}
      {providers.length === 0 ? null : (
        <Section title="Providers">
          <p class="marks">
            {providers.map((provider) => (
              <ProviderLink provider={provider} />
            ))}
          </p>
        </Section>
      )}
      {found.length === 0 ? null : (
        <Section title={q === '' ? 'Most trending first' : 'Models'} beside={<span class="note">last 24 hours</span>}>
          <ModelTable models={found} />
          <Exports address={figureAddress('/models', 'models')} />
        </Section>
      )}
    </>
  );
}

function saying(models: readonly BoardModel[]): string {
  const usable = models.filter((model) => model.recommended !== null).length;
  if (models.length === 0) return 'No model was looked at yet.';
  if (models.length === 1) return `The only model has ${usable === 1 ? 'a' : 'no'} provider to use now.`;
  return usable === models.length
    ? `All ${models.length} models have a provider to use now.`
    : `${usable} of ${models.length} models ${usable === 1 ? 'has' : 'have'} a provider to use now.`;
}

function searchSaying(q: string, matches: number): string {
  if (matches === 0) return `Nothing for “${q}”.`;
  return `${matches} ${matches === 1 ? 'match' : 'matches'} for “${q}”.`;
}

function modelsFigure(models: readonly BoardModel[]): Chart {
  return {
    name: 'Every model, most trending first, and whom to use for it now',
    table: {
      columns: [
        { name: 'model_id', word: 'Model' },
        { name: 'recommended', word: 'Use now' },
        { name: 'answering', word: 'Answering' },
        { name: 'providers', word: 'Of' },
      ],
      rows: models.map(({ model_id, recommended, endpoints }) => [
        ...[model_id, recommended, endpoints.filter(isAnswering).length, endpoints.length],
      ]),
    },
  };
}

function ModelTable({ models }: { models: readonly BoardModel[] }) {
  return (
    <section class="panel" aria-label="Models" {...SCROLLS}>
      <table>
        <thead>
          <tr>
            <th scope="col">Model</th>
            <th scope="col">Use now</th>
            <th scope="col" class="n">
              Answering
            </th>
            <th scope="col">Providers by state</th>
          </tr>
        </thead>
        <tbody>
          {models.map((model) => (
            <tr>
              <th scope="row">
                <ModelName modelId={model.model_id} />
              </th>
              <td class="use">
                <UseNow {...model} />
              </td>
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
