/** @jsxImportSource hono/jsx */
import { z } from 'zod';
import { counted } from '../../lib/lists.ts';
import { type Chart, Exports } from '../charts/figure.tsx';
import { Ribbon } from '../charts/ribbon.tsx';
import { Count, Text } from '../schemas/schema.ts';
import { Rate, Target } from '../schemas/verdicts.ts';
import { allEndpoints, inShort, providersOf } from '../summaries.ts';
import { interval, uptime } from '../words.ts';
import { figureAddress } from './exports.ts';
import { page } from './page.tsx';
import { ProviderLink, SCROLLS, Section, States } from './parts.tsx';
import { daysOf, Reliability, reliabilityOf, ribbonsFigure, sumOf } from './reliability.tsx';
import { Says } from './says.tsx';
import { standingOf } from './standing.ts';

const ProvidersContent = z.object({
  providers: z.array(z.object({ provider: Text, first_try: Rate, open_incidents: Count, endpoints: z.array(Target) })),
  reliability: Reliability,
});
type ProvidersContent = z.output<typeof ProvidersContent>;

export const PROVIDERS_PAGE = page({
  path: '/providers',
  id: 'providers_page',
  summary: 'How is each provider over all its models?',
  parameters: z.object({}),
  content: ProvidersContent,
  handle: async (_, parts) => {
    const own = Map.groupBy(allEndpoints(parts.knowledge), ({ provider }) => provider);
    return {
      providers: providersOf(parts).providers.map((summary) => ({
        ...summary,
        endpoints: own.get(summary.provider)?.map(inShort),
      })),
      reliability: await reliabilityOf(parts.knowledge, new Set(own.keys())),
    };
  },
  figures: {
    providers: providersFigure,
    reliability: ({ reliability }) => ribbonsFigure(reliability),
  },
  view: ({ providers, reliability }) => ({
    title: 'Providers',
    feed: '/incidents.atom',
    json: '/api/v1/providers',
    canonical: '/providers',
    main: providers.length === 0 ? <Nobody /> : <Providers providers={providers} reliability={reliability} />,
  }),
});

function providersFigure({ providers, reliability }: ProvidersContent): Chart {
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
      rows: providers.map(({ provider, endpoints, first_try, open_incidents }) => {
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

function Providers({ providers, reliability }: ProvidersContent) {
  return (
    <>
      <h1>
        <Says sentences={standingOf(providers.flatMap(({ endpoints }) => endpoints))} />
      </h1>
      <Section
        title={`All ${counted(providers.length, 'provider')}`}
        beside={
          <span class="note">Uptime: first attempts that were answered, last 24 hours, with its 95% interval.</span>
        }
      >
        <section class="panel" aria-label="Providers" {...SCROLLS}>
          <table>
            <thead>
              <tr>
                <th scope="col">Provider</th>
                <th scope="col">Models by state</th>
                <th scope="col">90 days</th>
                <th scope="col" class="n">
                  Uptime, 90 d
                </th>
                <th scope="col" class="n">
                  Uptime, 24 h
                </th>
                <th scope="col" class="n">
                  Attempts
                </th>
                <th scope="col" class="n">
                  Open incidents
                </th>
              </tr>
            </thead>
            <tbody>
              {providers.map(({ provider, endpoints, first_try, open_incidents }) => (
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
                  <td class="n">{open_incidents === 0 ? 'none' : open_incidents}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
        <Exports address={figureAddress('/providers', 'providers')} />
      </Section>
    </>
  );
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
      <td class="n">{reliability === undefined ? '–' : uptime(sumOf(reliability))}</td>
    </>
  );
}
