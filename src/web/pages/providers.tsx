/** @jsxImportSource hono/jsx */
import { z } from 'zod';
import { UNKNOWN } from '../../lib/format.ts';
import { counted } from '../../lib/lists.ts';
import { type Chart, Exports } from '../charts/figure.tsx';
import { Ribbon } from '../charts/ribbon.tsx';
import * as given from '../parameters.ts';
import { Count, Text } from '../schemas/schema.ts';
import { Rate, Target } from '../schemas/verdicts.ts';
import { allEndpoints, inShort, openByProvider, providersOf } from '../summaries.ts';
import { interval, uptime } from '../words.ts';
import { WHAT_HAPPENED } from './events.tsx';
import { figureAddress } from './exports.ts';
import { AsOf, type Pulse } from './layout.tsx';
import { withQuery } from './links.ts';
import { page } from './page.tsx';
import { ProviderLink, SCROLLS, Section, States } from './parts.tsx';
import { daysOf, RELIABILITY, Reliability, reliabilityOf, ribbonsFigure, sumOf } from './reliability.tsx';
import { Says } from './says.tsx';
import { type Key, mostFirst, SortHead, sortedBy } from './sorting.tsx';
import { standingOf } from './standing.ts';

const SORTS = ['provider', 'uptime_90d', 'uptime_24h', 'attempts', 'incidents'] as const;
type Sort = (typeof SORTS)[number];

const ProvidersContent = z.object({
  sort: z.enum(SORTS),
  providers: z.array(
    z.object({ provider: Text, first_try: Rate, open_incidents: Count.nullable(), endpoints: z.array(Target) }),
  ),
  reliability: Reliability,
});
type ProvidersContent = z.output<typeof ProvidersContent>;

export const PROVIDERS_PAGE = page({
  path: '/providers',
  id: 'providers_page',
  summary: 'How is each provider over all its models?',
  parameters: z.object({ sort: given.oneOf(SORTS).prefault('provider') }),
  content: ProvidersContent,
  handle: async ({ sort }, parts, read) => {
    const own = Map.groupBy(allEndpoints(parts.knowledge), ({ provider }) => provider);
    const open = await read(WHAT_HAPPENED, () => openByProvider(parts), null);
    return {
      sort,
      providers: providersOf(parts, open).providers.map((summary) => ({
        ...summary,
        endpoints: own.get(summary.provider)?.map(inShort),
      })),
      reliability: await read(RELIABILITY, () => reliabilityOf(parts.knowledge, new Set(own.keys())), []),
    };
  },
  figures: {
    providers: providersFigure,
    reliability: ({ reliability }) => ribbonsFigure(reliability),
  },
  view: (content, pulse) => ({
    title: 'Providers',
    feed: '/incidents.atom',
    json: '/api/v1/providers',
    canonical: '/providers',
    here: sortedAs(content.sort),
    main: content.providers.length === 0 ? <Nobody /> : <Providers {...content} pulse={pulse} />,
  }),
});

function providersFigure({ providers, reliability, sort }: ProvidersContent): Chart {
  return {
    name: 'Every provider over all its models: first attempts answered',
    table: {
      columns: [
        { name: 'provider', word: 'Provider' },
        { name: 'models', word: 'Models' },
        { name: 'ok_24h', word: 'Answered, 24 h' },
        { name: 'trials_24h', word: 'Of' },
        { name: 'ok_90d', word: 'Answered, 90 d' },
        { name: 'trials_90d', word: 'Of' },
        { name: 'open_incidents', word: 'Open incidents' },
      ],
      rows: sortedBy(providers, keyFor(sort, reliability)).map(({ provider, endpoints, first_try, open_incidents }) => {
        const found = reliability.find((each) => each.provider === provider);
        const sum = found === undefined ? null : sumOf(found);
        return [
          ...[provider, endpoints.length, first_try.successes, first_try.trials],
          ...[sum?.successes ?? null, sum?.trials ?? null, open_incidents],
        ];
      }),
    },
  };
}

const sortedAs = (sort: Sort) => withQuery('/providers', { sort: sort === 'provider' ? undefined : sort });

function Nobody() {
  return (
    <>
      <h1>No provider was asked yet.</h1>
      <p class="lead">
        <a href="/">See when the first round starts</a>
      </p>
    </>
  );
}

function Providers({ providers, reliability, sort, pulse }: ProvidersContent & { pulse: Pulse }) {
  const head = (by: Sort) => ({
    href: sortedAs(by),
    isChosen: sort === by,
  });
  return (
    <>
      <h1>
        <Says sentences={standingOf(providers.flatMap(({ endpoints }) => endpoints))} />
      </h1>
      <AsOf {...pulse} />
      <Section
        title={`All ${counted(providers.length, 'provider')}`}
        beside={
          <span class="note">Uptime: first attempts that were answered, last 24 hours, with its 95% interval.</span>
        }
      >
        <section class="panel" aria-label="Providers" {...SCROLLS}>
          <table class="sortable">
            <thead>
              <tr>
                <SortHead word="Provider" {...head('provider')} />
                <th scope="col">Models by state now</th>
                <th scope="col">90 days</th>
                <SortHead word="Uptime, 90 d" {...head('uptime_90d')} isFalling isNumber />
                <SortHead word="Uptime, 24 h" {...head('uptime_24h')} isFalling isNumber />
                <SortHead word="Attempts" {...head('attempts')} isFalling isNumber />
                <SortHead word="Open incidents" {...head('incidents')} isFalling isNumber />
              </tr>
            </thead>
            <tbody>
              {sortedBy(providers, keyFor(sort, reliability)).map(
                ({ provider, endpoints, first_try, open_incidents }) => (
                  <tr>
                    <th scope="row">
                      <ProviderLink provider={provider} />
                    </th>
                    <td>
                      <States endpoints={endpoints} />
                    </td>
                    <Ninety reliability={reliability.find((each) => each.provider === provider)} />
                    <td class="n">
                      {uptime(first_try)}
                      <small>{interval(first_try)}</small>
                    </td>
                    <td class="n">{first_try.trials.toLocaleString('en-US')}</td>
                    <td class="n">{open_incidents === 0 ? 'none' : (open_incidents ?? UNKNOWN)}</td>
                  </tr>
                ),
              )}
            </tbody>
          </table>
        </section>
        <Exports address={figureAddress('/providers', 'providers', { sort: sort === 'provider' ? undefined : sort })} />
      </Section>
    </>
  );
}

function keyFor(sort: Sort, reliability: ProvidersContent['reliability']) {
  return ({ provider, first_try, open_incidents }: ProvidersContent['providers'][number]): Key => {
    const ninety = reliability.find((each) => each.provider === provider);
    switch (sort) {
      case 'provider':
        return provider;
      case 'uptime_90d':
        return ninety === undefined ? null : mostFirst(sumOf(ninety));
      case 'uptime_24h':
        return mostFirst(first_try);
      case 'attempts':
        return -first_try.trials;
      case 'incidents':
        return open_incidents === null ? null : -open_incidents;
      default:
        return sort satisfies never;
    }
  };
}

function Ninety({ reliability }: { reliability: ProvidersContent['reliability'][number] | undefined }) {
  return (
    <>
      <td>
        {reliability === undefined ? null : (
          <div class="ribbon-box">
            <Ribbon days={daysOf(reliability)} whose={reliability.provider} />
          </div>
        )}
      </td>
      <td class="n">{reliability === undefined ? UNKNOWN : uptime(sumOf(reliability))}</td>
    </>
  );
}
