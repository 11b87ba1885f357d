/** @jsxImportSource hono/jsx */
import { z } from 'zod';
import { FEATURES } from '../../domain/verdict.ts';
import { formatMs, formatTps, formatUsd, UNKNOWN } from '../../lib/format.ts';
import { counted } from '../../lib/lists.ts';
import { since } from '../../lib/moments.ts';
import { type Chart, Exports } from '../charts/figure.tsx';
import { Ribbon } from '../charts/ribbon.tsx';
import { day } from '../charts/words.ts';
import * as given from '../parameters.ts';
import { ProviderVerdict } from '../schemas/answers.ts';
import type { EndpointVerdict } from '../schemas/verdicts.ts';
import { providerOf } from '../summaries.ts';
import { causeWords, figure, interval, uptime } from '../words.ts';
import { BadgesToCopy } from './badge-to-copy.tsx';
import { Events } from './events.tsx';
import { figureAddress } from './exports.ts';
import { providerPath, withQuery } from './links.ts';
import { blendedPrice } from './model/price.ts';
import { page } from './page.tsx';
import { Crumbs, EndpointLink, Glyph, ModelName, SCROLLS, Section, StateMark } from './parts.tsx';
import { daysOf, Reliability, reliabilityOf, ribbonsFigure, sumOf } from './reliability.tsx';
import { Says } from './says.tsx';
import { isAnswering, shortName, standingOfProvider } from './standing.ts';

type Verdict = z.output<typeof ProviderVerdict>;
type Endpoint = z.output<typeof EndpointVerdict>;
type FeatureWord = Endpoint['features'][number]['verdict'];

export const PROVIDER_PAGE = page({
  path: '/providers/{id}',
  id: 'provider_page',
  summary: 'Is this provider any good?',
  parameters: z.object({ id: given.provider }),
  content: z.object({ verdict: ProviderVerdict, reliability: Reliability }),
  handle: async ({ id }, parts) => {
    const verdict = providerOf(id, parts);
    return verdict && { verdict, reliability: await reliabilityOf(parts.knowledge, new Set([id])) };
  },
  figures: {
    reliability: ({ reliability }) => ribbonsFigure(reliability),
    models: ({ verdict }) => modelsFigure(verdict),
    features: ({ verdict }) => featuresFigure(verdict),
  },
  view: ({ verdict, reliability }, { nowMs }) => ({
    title: verdict.provider,
    feed: `${providerPath(verdict.provider)}/incidents.atom`,
    json: `/api/v1${providerPath(verdict.provider)}`,
    canonical: providerPath(verdict.provider),
    description: `How reliable and fast ${verdict.provider} is over all its models, as measured.`,
    main: <Provider verdict={verdict} reliability={reliability[0]} nowMs={nowMs} />,
  }),
});

function modelsFigure({ provider, endpoints }: Verdict): Chart {
  const spread = (name: string, word: string, text: (value: number | null) => string) =>
    (['p50', 'p90'] as const).map((each) => ({ name: `${name}_${each}`, word: `${word} ${each}`, text }));
  return {
    name: `Models of ${provider}, medians of the last 24 hours`,
    table: {
      columns: [
        { name: 'model_id', word: 'Model' },
        { name: 'state', word: 'State' },
        ...spread('ttft_ms', 'First token', formatMs),
        ...spread('decode_tps', 'Output', formatTps),
        { name: 'price_input_usd_per_mtok', word: '$ / M in', text: formatUsd },
        { name: 'price_output_usd_per_mtok', word: '$ / M out', text: formatUsd },
        { name: 'ok', word: 'Answered' },
        { name: 'trials', word: 'Of' },
        { name: 'correct', word: 'Correct' },
      ],
      rows: endpoints.map(({ model_id, state, ttft_ms, decode_tps, availability, correct, ...prices }) => [
        ...[model_id, state.state, ttft_ms.p50, ttft_ms.p90, decode_tps.p50, decode_tps.p90],
        ...[prices.price_input_usd_per_mtok, prices.price_output_usd_per_mtok],
        ...[availability.first_try.successes, availability.first_try.trials, correct.successes],
      ]),
    },
  };
}

function featuresFigure({ provider, endpoints }: Verdict): Chart {
  return {
    name: `Features of ${provider}, model by model`,
    table: {
      columns: ['model_id', 'feature', 'verdict', 'works', 'n', 'advertised'],
      rows: endpoints.flatMap(({ model_id, features }) =>
        features.map(({ feature, verdict, works, n, advertised }) => [
          model_id,
          feature,
          verdict,
          works,
          n,
          advertised,
        ]),
      ),
    },
  };
}

function Provider({
  verdict,
  reliability,
  nowMs,
}: {
  verdict: Verdict;
  reliability: z.output<typeof Reliability>[number] | undefined;
  nowMs: number;
}) {
  const { provider, endpoints, incidents } = verdict;
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
      <Features provider={provider} endpoints={endpoints} />
      <Flags endpoints={endpoints} />
      <Section
        title="What happened, 30 days"
        beside={<a href={withQuery('/incidents', { provider })}>Choose by kind</a>}
      >
        <Events incidents={incidents} nowMs={nowMs} nothing="Nothing happened here in 30 days." />
      </Section>
      {endpoints[0] === undefined ? null : (
        <Section title="Show it elsewhere">
          <BadgesToCopy endpoints={endpoints} />
        </Section>
      )}
    </>
  );
}

/** What else is to be known before one uses it. */
function Sum({ verdict: { first_try, endpoints } }: { verdict: Verdict }) {
  const fails = [
    ...new Set(endpoints.flatMap(({ features }) => features.filter(isFalse).map(({ feature }) => causeWords(feature)))),
  ];
  return (
    <p class="lead">
      {first_try.trials === 0
        ? 'Nobody asked it in the last 24 hours.'
        : `It answered ${first_try.successes} of ${counted(first_try.trials, 'first attempt')} in the last 24 hours.`}
      {fails.length === 0 ? '' : ` What it advertises and does not do on at least one model: ${fails.join(', ')}.`}
    </p>
  );
}

function Figures({ verdict: { first_try, endpoints, open_incidents } }: { verdict: Verdict }) {
  const correct = {
    successes: endpoints.reduce((sum, each) => sum + each.correct.successes, 0),
    trials: endpoints.reduce((sum, each) => sum + each.correct.trials, 0),
  };
  return (
    <dl class="figures">
      <div>
        <dt>Uptime, 24 h</dt>
        <dd>
          {uptime(first_try)} <small>{interval(first_try)}</small>
        </dd>
      </div>
      <div>
        <dt>Models answering</dt>
        <dd>
          {endpoints.filter(isAnswering).length} <small>/ {endpoints.length}</small>
        </dd>
      </div>
      <div>
        <dt>Correct, 24 h</dt>
        <dd>{uptime(correct)}</dd>
      </div>
      <div>
        <dt>Open incidents</dt>
        <dd>{open_incidents}</dd>
      </div>
    </dl>
  );
}

function Models({ endpoints, nowMs }: { endpoints: readonly Endpoint[]; nowMs: number }) {
  return (
    <section class="panel" aria-label="Models" {...SCROLLS}>
      <table>
        <thead>
          <tr>
            <th scope="col">Model</th>
            <th scope="col">State</th>
            {['First token', 'Output speed', '$ / M', 'Uptime', 'Correct'].map((word) => (
              <th scope="col" class="n">
                {word}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {endpoints.map((endpoint) => {
            const { model_id, provider, state, ttft_ms, decode_tps, availability, correct } = endpoint;
            const price = blendedPrice(endpoint);
            return (
              <tr>
                <th scope="row">
                  <ModelName modelId={model_id} provider={provider} />
                </th>
                <td>
                  <StateMark state={state.state} />
                  {state.began_at === null || state.state === 'healthy' ? null : (
                    <small>{since(Date.parse(state.began_at), nowMs)}</small>
                  )}
                </td>
                <td class="n">
                  {formatMs(ttft_ms.p50)}
                  <small>{spread(ttft_ms, formatMs)}</small>
                </td>
                <td class="n">
                  {decode_tps.p50 === null ? UNKNOWN : `${figure(decode_tps.p50)} tok/s`}
                  <small>{decode_tps.p50 === null ? few(decode_tps.n) : ''}</small>
                </td>
                <td class="n">
                  {formatUsd(price)}
                  <small>
                    {formatUsd(endpoint.price_input_usd_per_mtok)} in · {formatUsd(endpoint.price_output_usd_per_mtok)}{' '}
                    out
                  </small>
                </td>
                <td class="n">
                  {uptime(availability.first_try)}
                  <small>{interval(availability.first_try)}</small>
                </td>
                <td class="n">
                  {uptime(correct)}
                  <small>{interval(correct)}</small>
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </section>
  );
}

const few = (n: number) => (n === 0 ? '' : `n = ${n}`);
const spread = ({ n, p50, p90 }: Endpoint['ttft_ms'], text: (ms: number) => string) =>
  p50 === null ? few(n) : p90 === null ? '' : `p90 ${text(p90)}`;

const FEATURE_LOOKS: Readonly<Record<FeatureWord, readonly [sign: string, word: string, tone: string]>> = {
  works: ['✓', 'works', 'good'],
  sometimes: ['~', 'sometimes', 'warning'],
  fails: ['✕', 'advertised but fails', 'bad'],
  not_offered: ['–', 'not offered', 'quiet'],
  unknown: ['?', 'not known', 'quiet'],
};

const isFalse = ({ verdict, advertised }: Endpoint['features'][number]) => verdict === 'fails' && advertised === true;

function Features({ provider, endpoints }: { provider: string; endpoints: readonly Endpoint[] }) {
  const tried = FEATURES.filter((feature) =>
    endpoints.some(({ features }) => features.some((each) => each.feature === feature)),
  );
  if (tried.length === 0) return null;
  return (
    <Section title="What it can do" beside={<span class="note">each is tried once a day</span>}>
      <section class="panel" aria-label="Features by model" {...SCROLLS}>
        <table>
          <thead>
            <tr>
              <th scope="col">Model</th>
              {tried.map((feature) => (
                <th scope="col">{causeWords(feature)}</th>
              ))}
            </tr>
          </thead>
          <tbody>
            {endpoints.map(({ model_id, provider, features }) => (
              <tr>
                <th scope="row">
                  <ModelName modelId={model_id} provider={provider} />
                </th>
                {tried.map((feature) => {
                  const known = features.find((each) => each.feature === feature);
                  const [sign, word, tone] = FEATURE_LOOKS[known?.verdict ?? 'unknown'];
                  return (
                    <td>
                      <span class={`state ${tone}`}>
                        <span aria-hidden="true">{sign}</span> {word}
                      </span>
                      <small>{known === undefined || known.n === 0 ? '' : `${known.works} of ${known.n}`}</small>
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      <Exports address={figureAddress(providerPath(provider), 'features')} />
    </Section>
  );
}

/** Seen, and not explained: it says what was seen and no more. */
function Flags({ endpoints }: { endpoints: readonly Endpoint[] }) {
  const flags = endpoints.flatMap(({ model_id, provider, flags }) =>
    flags.map((flag) => ({ model_id, provider, ...flag })),
  );
  if (flags.length === 0) return null;
  return (
    <Section title="Is it the same model?">
      <ul class="events">
        {flags.map(({ model_id, provider, says, weight }) => (
          <li>
            <span class="when">
              <EndpointLink modelId={model_id} provider={provider}>
                {shortName(model_id)}
              </EndpointLink>
            </span>
            <div>
              <p>{says}</p>
              <p class="note">
                <span class={`state ${weight === 'strong' ? 'warning' : 'quiet'}`}>
                  <Glyph shape={weight === 'strong' ? 'triangle' : 'ring'} />
                  {weight === 'strong' ? 'Another model, or another set-up of it, would explain it' : 'Worth a look'}
                </span>
              </p>
            </div>
          </li>
        ))}
      </ul>
    </Section>
  );
}
