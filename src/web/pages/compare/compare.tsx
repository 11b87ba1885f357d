/** @jsxImportSource hono/jsx */
import { USUAL_TOKENS } from '../../../domain/money.ts';
import { FEATURES } from '../../../domain/verdict.ts';
import { names as listed } from '../../../lib/lists.ts';
import { BandChart } from '../../charts/band-chart.tsx';
import { Exports } from '../../charts/figure.tsx';
import { Ribbon } from '../../charts/ribbon.tsx';
import { upper, uptime } from '../../words.ts';
import { daysOf, pointsOf, uptimeOf } from '../days-shown.ts';
import { METRIC_NAMES } from '../endpoint/content.ts';
import { METRIC_WORDS } from '../endpoint/over-time.tsx';
import { FEATURE_LOOKS, FEATURE_WORDS } from '../features.tsx';
import type { Pulse, View } from '../layout.tsx';
import { comparePath, endpointPath, modelPath } from '../links.ts';
import { WINDOW_WORDS, WINDOWS, type WindowName } from '../model/question.ts';
import { type Page, page } from '../page.tsx';
import { Crumbs, EndpointMark, SCROLLS, Section, Segments } from '../parts.tsx';
import { shortName } from '../standing.ts';
import { Choose, Suggestions } from './choose.tsx';
import { CompareContent, compareContent, QUESTION } from './content.ts';
import { bandProps, COMPARE_FIGURES, figureOf } from './figures.ts';
import { asking, isOneModel, namesOf, saidOf } from './sides.ts';
import { PairTable } from './table.tsx';
import { alsoOf } from './words.ts';

/** A or B? */
export const COMPARE_PAGE: Page = page({
  path: '/compare',
  id: 'compare_page',
  summary: 'A or B? Providers side by side, paired by cycle',
  parameters: QUESTION,
  content: CompareContent,
  handle: compareContent,
  isFound: ({ unknown }) => unknown.length === 0,
  view: compareView,
  figures: COMPARE_FIGURES,
});

function compareView(content: CompareContent, pulse: Pulse): View {
  const { sides, unknown, asked } = content;
  if (unknown.length > 0 || sides.length < 2) return choiceView(content);
  const names = namesOf(sides);
  return {
    title: `${names.join(' or ')}?`,
    className: 'compare',
    canonical: comparePath(content.asked),
    here: asking(content),
    description: saidOf(content, 1),
    main: (
      <>
        <Crumbs>
          <a href="/compare">Compare</a>
          {isOneModel(sides) && <a href={modelPath(asked[0]!.model_id)}>{shortName(asked[0]!.model_id)}</a>}
        </Crumbs>
        <div class="head">
          <h1>{saidOf(content, 1)}</h1>
          <Windows content={content} />
        </div>
        <p class="lead">
          {sides.length > 2 &&
            `${sides
              .slice(2)
              .map((_, at) => saidOf(content, at + 2))
              .join(' ')} `}
          {sides.length === 2 && restOf(content)}
        </p>
        {isOneModel(sides) ? null : (
          <p class="lead">
            These are not the same model, so their answers are not alike: only price, speed and availability are
            compared.
          </p>
        )}
        <Choose content={content} />
        {sides.slice(1).map((other, at) => (
          <Section
            title={`${names[0]} and ${names[at + 1]}`}
            beside={<p class="note">Dot: median. Line: 10th to 90th percentile.</p>}
          >
            <PairTable
              a={sides[0]!}
              b={other}
              names={[names[0]!, names[at + 1]!]}
              comparisons={content.comparisons[at]!}
            />
            <p class="note">
              Differences are paired: the same question in the same cycle, due together. In brackets the 95% interval.
              Price is compared as that of a usual reply, {USUAL_TOKENS.promptTokens} tokens in and{' '}
              {USUAL_TOKENS.completionTokens} out.
            </p>
          </Section>
        ))}
        <Exports address={figureOf(content, 'comparisons')} />
        <OverTime content={content} names={names} />
        <div class="columns">
          <Reliable content={content} names={names} nowMs={pulse.nowMs} />
          <Features content={content} names={names} />
        </div>
      </>
    ),
  };
}

/** The first sentence has told of one metric; the cost of a reply is price times length, so it is left to the table. */
function restOf({ sides, comparisons, metric }: CompareContent): string {
  const inWords = ['ttft_ms', 'tpot_ms', 'e2e_ms', 'price_usd_per_mtok', 'availability'];
  const rest = comparisons[0]!.filter((each) => each.metric !== metric && inWords.includes(each.metric));
  return alsoOf(rest, namesOf(sides)[0]!);
}

function Windows({ content }: { readonly content: CompareContent }) {
  return (
    <Segments
      name="Over which time"
      chosen={content.window}
      options={(Object.keys(WINDOWS) as WindowName[]).map((window) => ({
        id: window,
        word: window.replace(/\d+/, '$& '),
        href: asking(content, { window }),
      }))}
    />
  );
}

function OverTime({ content, names }: { readonly content: CompareContent; readonly names: readonly string[] }) {
  const { metric, window } = content;
  return (
    <Section
      title={`${METRIC_WORDS[metric]}, ${WINDOW_WORDS[window]}`}
      beside={
        <Segments
          name="What is shown"
          chosen={metric}
          options={METRIC_NAMES.map((id) => ({
            id,
            word: METRIC_WORDS[id],
            href: asking(content, { metric: id }),
          }))}
        />
      }
    >
      <p class="finding">
        <b class="ours">{names[0]}</b> is the blue line with its band, {listed(names.slice(1))}{' '}
        {names.length === 2 ? 'the grey one' : 'the grey ones'}.
      </p>
      <BandChart {...bandProps(content, names)} address={figureOf(content, 'history')} />
    </Section>
  );
}

function Reliable(props: {
  readonly content: CompareContent;
  readonly names: readonly string[];
  readonly nowMs: number;
}) {
  const { content, names, nowMs } = props;
  return (
    <Section title="How reliable, 90 days">
      <ul class="ribbons">
        {content.sides.map(({ endpoint, days }, at) => {
          const all = daysOf(pointsOf(days), nowMs);
          return (
            <li>
              <b>
                <a href={endpointPath(endpoint.model_id, endpoint.provider)}>{names[at]}</a>
              </b>
              <div class="ribbon-box">
                <Ribbon days={all} whose={names[at]!} />
              </div>
              <span class="uptime">{uptime(uptimeOf(all))}</span>
              <EndpointMark endpoint={endpoint} />
            </li>
          );
        })}
      </ul>
      <p class="ribbons-ends note">
        <span>90 days ago</span>
        <span>today</span>
      </p>
      <Exports address={figureOf(content, 'reliability')} />
    </Section>
  );
}

function Features({ content, names }: { readonly content: CompareContent; readonly names: readonly string[] }) {
  return (
    <Section title="What works">
      <section class="panel" aria-label="Features" {...SCROLLS}>
        <table class="side-by-side stacks">
          <thead>
            <tr>
              <th scope="col">Feature</th>
              {names.map((name) => (
                <th scope="col">{name}</th>
              ))}
            </tr>
          </thead>
          <tbody>
            {FEATURES.map((feature) => (
              <tr>
                <th scope="row">{upper(FEATURE_WORDS[feature][1])}</th>
                {content.sides.map(({ endpoint }, at) => {
                  const verdict = endpoint.features.find((each) => each.feature === feature)?.verdict ?? 'unknown';
                  const { sign, word, tone } = FEATURE_LOOKS[verdict];
                  return (
                    <td data-of={names[at]}>
                      <b class={tone} aria-hidden="true">
                        {sign}
                      </b>{' '}
                      {word}
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      <Exports address={figureOf(content, 'features')} />
    </Section>
  );
}

/** Fewer than two to compare: who may be chosen. */
function choiceView(content: CompareContent): View {
  const { unknown, sides } = content;
  const nobody = unknown[0];
  const first = sides[0]?.endpoint;
  const said =
    nobody !== undefined
      ? `We know no ${nobody.provider} on ${nobody.model_id}.`
      : first !== undefined
        ? `${first.provider} on ${shortName(first.model_id)}, or whom?`
        : 'Which two?';
  return {
    title: 'Compare',
    className: 'compare',
    here: asking(content),
    main: (
      <>
        <Crumbs>
          <a href="/compare">Compare</a>
        </Crumbs>
        <h1>{said}</h1>
        <p class="lead">
          Choose two providers of a model. Each was asked the same question at the same time, so what is between them is
          told pair by pair, and never where it is noise.
        </p>
        <Choose content={content} />
        <Suggestions content={content} />
      </>
    ),
  };
}
