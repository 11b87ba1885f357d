/** @jsxImportSource hono/jsx */
import { z } from 'zod';
import { counted } from '../../../lib/lists.ts';
import { Exports } from '../../charts/figure.tsx';
import { Ribbon } from '../../charts/ribbon.tsx';
import { day } from '../../charts/words.ts';
import * as given from '../../parameters.ts';
import type { Site } from '../../site.ts';
import { uptime } from '../../words.ts';
import { BadgesToCopy } from '../badge-to-copy.tsx';
import { Events } from '../events.tsx';
import { figureAddress } from '../exports.ts';
import { AsOf, type Pulse } from '../layout.tsx';
import { providerPath, withQuery } from '../links.ts';
import { page } from '../page.tsx';
import { Crumbs, Section } from '../parts.tsx';
import { daysOf, ribbonsFigure, sumOf } from '../reliability.tsx';
import { Says } from '../says.tsx';
import { signsFigure } from '../signs.ts';
import { standingOfProvider } from '../standing.ts';
import { ProviderContent, providerContent, type Verdict } from './content.ts';
import { Features, featuresFigure } from './features.tsx';
import { Flags } from './flags.tsx';
import { Figures, Sum } from './head.tsx';
import { Models, modelsFigure } from './models.tsx';

export const PROVIDER_PAGE = page({
  path: '/providers/{id}',
  id: 'provider_page',
  summary: 'Is this provider any good?',
  parameters: z.object({ id: given.provider }),
  content: ProviderContent,
  handle: ({ id }, parts, read) => providerContent(id, parts, read),
  figures: {
    reliability: ({ reliability }) => ribbonsFigure(reliability),
    models: ({ verdict }) => modelsFigure(verdict),
    features: ({ verdict }) => featuresFigure(verdict),
    signs: ({ verdict }) => signsFigure(verdict.provider, verdict.endpoints),
  },
  view: ({ verdict, reliability }, pulse, site) => ({
    title: verdict.provider,
    feed: `${providerPath(verdict.provider)}/incidents.atom`,
    json: `/api/v1${providerPath(verdict.provider)}`,
    canonical: providerPath(verdict.provider),
    description: `How reliable and fast ${verdict.provider} is over all its models, as measured.`,
    main: <Provider verdict={verdict} reliability={reliability[0]} pulse={pulse} site={site} />,
  }),
});

function Provider({
  verdict,
  reliability,
  pulse,
  site,
}: {
  verdict: Verdict;
  reliability: ProviderContent['reliability'][number] | undefined;
  pulse: Pulse;
  site: Site;
}) {
  const { provider, endpoints, incidents } = verdict;
  const { nowMs } = pulse;
  return (
    <>
      <div class="head">
        <div>
          <Crumbs>
            <a href="/providers">Providers</a>
            <span>{provider}</span>
          </Crumbs>
          <h1>
            <Says sentences={[standingOfProvider(provider, endpoints)]} />
          </h1>
          <AsOf {...pulse} />
          <Sum verdict={verdict} />
        </div>
        <Figures verdict={verdict} />
      </div>
      {reliability === undefined ? null : (
        <Section
          title="Reliability, 90 days"
          beside={<span class="note">{uptime(sumOf(reliability))} of first attempts answered</span>}
        >
          <div class="ribbon-box tall">
            <Ribbon days={daysOf(reliability)} whose={provider} />
          </div>
          <p class="ribbons-ends note">
            <span>{day(Date.parse(reliability.since))}</span>
            <span>today</span>
          </p>
          <Exports address={figureAddress(providerPath(provider), 'reliability')} />
        </Section>
      )}
      <Section
        title={counted(endpoints.length, 'model')}
        beside={<span class="note">medians of the last 24 hours</span>}
      >
        <Models endpoints={endpoints} nowMs={nowMs} />
        <Exports address={figureAddress(providerPath(provider), 'models')} />
      </Section>
      <Features verdict={verdict} />
      <Flags endpoints={endpoints} />
      <Section
        title="What happened, 30 days"
        beside={<a href={withQuery('/incidents', { provider })}>Choose by kind</a>}
      >
        <Events incidents={incidents} nowMs={nowMs} nothing="Nothing happened here in 30 days." />
      </Section>
      <Section title="Show it elsewhere">
        <BadgesToCopy endpoints={endpoints} site={site} />
      </Section>
    </>
  );
}
