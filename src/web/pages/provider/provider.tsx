/** @jsxImportSource hono/jsx */
import { z } from 'zod';
import { counted } from '../../../lib/lists.ts';
import { Ribbon } from '../../charts/ribbon.tsx';
import { day } from '../../charts/words.ts';
import * as given from '../../parameters.ts';
import { uptime } from '../../words.ts';
import { Events } from '../events.tsx';
import { AsOf, type Pulse } from '../layout.tsx';
import { withQuery } from '../links.ts';
import { page } from '../page.tsx';
import { Crumbs, Section } from '../parts.tsx';
import { daysOf, sumOf } from '../reliability.tsx';
import { Says } from '../says.tsx';
import { standingOfProvider } from '../standing.ts';
import { ProviderContent, providerContent, type Verdict } from './content.ts';
import { Features } from './features.tsx';
import { Flags } from './flags.tsx';
import { Figures, Sum } from './head.tsx';
import { Models } from './models.tsx';

export const PROVIDER_PAGE = page({
  path: '/providers/{id}',
  id: 'provider_page',
  summary: 'Is this provider any good?',
  parameters: z.object({ id: given.provider }),
  content: ProviderContent,
  handle: ({ id }, parts, read) => providerContent(id, parts, read),
  view: ({ verdict, reliability }, pulse) => ({
    title: verdict.provider,
    feed: `/providers/${encodeURIComponent(verdict.provider)}/incidents.atom`,
    main: <Provider verdict={verdict} reliability={reliability[0]} pulse={pulse} />,
  }),
});

function Provider({
  verdict,
  reliability,
  pulse,
}: {
  verdict: Verdict;
  reliability: ProviderContent['reliability'][number] | undefined;
  pulse: Pulse;
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
        </Section>
      )}
      <Section
        title={counted(endpoints.length, 'model')}
        beside={<span class="note">medians of the last 24 hours</span>}
      >
        <Models endpoints={endpoints} nowMs={nowMs} />
      </Section>
      <Features endpoints={endpoints} />
      <Flags endpoints={endpoints} />
      <Section
        title="What happened, 30 days"
        beside={<a href={withQuery('/incidents', { provider })}>Choose by kind</a>}
      >
        <Events incidents={incidents} nowMs={nowMs} nothing="Nothing happened here in 30 days." />
      </Section>
    </>
  );
}
