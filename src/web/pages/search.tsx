/** @jsxImportSource hono/jsx */
import { z } from 'zod';
import { closestTo } from '../../lib/edit-distance.ts';
import { counted } from '../../lib/lists.ts';
import type { WebParts } from '../route.ts';
import { Text } from '../schemas/schema.ts';
import { Target } from '../schemas/verdicts.ts';
import { boardOf, inShort, recommended } from '../summaries.ts';
import { BoardModel, ModelAndUse } from './board.tsx';
import { modelPath, providerPath, withQuery } from './links.ts';
import { Closest } from './model/model.tsx';
import { page } from './page.tsx';
import { ProviderLink, SCROLLS, Section, States } from './parts.tsx';
import { Says } from './says.tsx';
import { standingOfProvider } from './standing.ts';

const LONGEST_QUESTION = 100;
const MOST = 50;

const SearchContent = z.object({
  q: z.string(),
  models: z.array(BoardModel),
  providers: z.array(z.object({ provider: Text, endpoints: z.array(Target) })),
  /** Where nothing was found: names like it. */
  closest: z.object({ models: z.array(Text), providers: z.array(Text) }),
});
type SearchContent = z.output<typeof SearchContent>;

export const SEARCH_PAGE = page({
  path: '/search',
  id: 'search_page',
  summary: 'Models and providers by a part of their names',
  parameters: z.object({
    q: z
      .string()
      .trim()
      .max(LONGEST_QUESTION, { error: `must have at most ${LONGEST_QUESTION} characters` })
      .prefault('')
      .describe('Parts of the name of a model or of a provider.'),
  }),
  content: SearchContent,
  handle: ({ q }, { knowledge }) => searchContent(q, knowledge),
  view: (content) => ({
    title: content.q === '' ? 'Search' : `“${content.q}”`,
    here: withQuery('/search', { q: content.q }),
    main: <Search content={content} />,
  }),
});

function searchContent(q: string, knowledge: WebParts['knowledge']) {
  const board = boardOf(knowledge);
  const byProvider = Map.groupBy(
    board.flatMap(({ endpoints }) => endpoints),
    ({ provider }) => provider,
  );
  const names = { models: board.map(({ modelId }) => modelId), providers: [...byProvider.keys()].toSorted() };
  const found = { models: matches(q, names.models), providers: matches(q, names.providers) };
  const isFound = found.models.length + found.providers.length > 0;
  const like = (known: readonly string[]) => (isFound || q === '' ? [] : closestTo(q, known));
  return {
    q,
    models: found.models
      .map((modelId) => board.find((model) => model.modelId === modelId)!)
      .map((model) => ({ ...recommended(model), endpoints: model.endpoints.map(inShort) })),
    providers: found.providers.map((provider) => ({ provider, endpoints: byProvider.get(provider)!.map(inShort) })),
    closest: { models: like(names.models), providers: like(names.providers) },
  };
}

/** Names with every word of the question in them: the same name first, then those that begin with it, then those with a part that does. */
export function matches(q: string, names: readonly string[]): readonly string[] {
  const wanted = q.toLowerCase();
  const words = wanted.split(/\s+/).filter((word) => word !== '');
  if (words.length === 0) return [];
  const far = (name: string) => {
    const whole = name.toLowerCase();
    const short = whole.slice(whole.indexOf('/') + 1);
    if (whole === wanted || short === wanted) return 0;
    if (short.startsWith(wanted) || whole.startsWith(wanted)) return 1;
    return words.every((word) => whole.split(/[^a-z0-9.]+/).some((part) => part.startsWith(word))) ? 2 : 3;
  };
  return names
    .filter((name) => words.every((word) => name.toLowerCase().includes(word)))
    .toSorted((a, b) => far(a) - far(b))
    .slice(0, MOST);
}

function Search({ content: { q, models, providers, closest } }: { content: SearchContent }) {
  const like = [
    ...closest.models.map((name) => [modelPath(name), name] as const),
    ...closest.providers.map((name) => [providerPath(name), name] as const),
  ];
  return (
    <>
      <h1>{saying(q, models.length + providers.length)}</h1>
      {models.length + providers.length > 0 ? null : (
        <>
          {q === '' ? null : <p class="lead">No model or provider that we watch has that in its name.</p>}
          <Closest links={like} />
          <p class="lead">
            <a href="/models">See all models</a> or <a href="/providers">all providers</a>
          </p>
        </>
      )}
      {models.length === 0 ? null : (
        <Section title={counted(models.length, 'model')}>
          <section class="panel" aria-label="Models" {...SCROLLS}>
            <table>
              <thead>
                <tr>
                  <th scope="col">Model</th>
                  <th scope="col">Use now</th>
                  <th scope="col">Providers by state now</th>
                </tr>
              </thead>
              <tbody>
                {models.map((model) => (
                  <tr>
                    <ModelAndUse model={model} />
                    <td>
                      <States endpoints={model.endpoints} />
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </section>
        </Section>
      )}
      {providers.length === 0 ? null : (
        <Section title={counted(providers.length, 'provider')}>
          <dl class="facts">
            {providers.map(({ provider, endpoints }) => (
              <>
                <dt>
                  <ProviderLink provider={provider} />
                </dt>
                <dd>
                  <Says sentences={[standingOfProvider(provider, endpoints)]} />
                </dd>
              </>
            ))}
          </dl>
        </Section>
      )}
    </>
  );
}

function saying(q: string, found: number): string {
  if (q === '') return 'Which model or provider?';
  if (found === 0) return `Nothing for “${q}”.`;
  return `${found} ${found === 1 ? 'match' : 'matches'} for “${q}”.`;
}
