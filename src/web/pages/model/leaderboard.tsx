/** @jsxImportSource hono/jsx */
import { FEATURES } from '../../../domain/verdict.ts';
import { STATE_WORDS } from '../../../domain/words.ts';
import { formatMs, formatUsd } from '../../../lib/format.ts';
import { counted } from '../../../lib/lists.ts';
import { type Day, type Grade, gradeOf } from '../../charts/days.ts';
import { AsTable, type Chart, Exports, type Table } from '../../charts/figure.tsx';
import { type Axis, IntervalGlyph, sharedAxis } from '../../charts/interval-glyph.tsx';
import { Ribbon, RibbonMarks } from '../../charts/ribbon.tsx';
import { tablePicture } from '../../charts/table-picture.tsx';
import { failsOften, figure, uptime } from '../../words.ts';
import { uptimeOf } from '../days-shown.ts';
import { figureAddress } from '../exports.ts';
import { FEATURE_LOOKS, FEATURE_WORDS, FeatureSign } from '../features.tsx';
import { comparePath, endpointPath, modelPath } from '../links.ts';
import { EndpointMark, SCROLLS, Section } from '../parts.tsx';
import { SortHead } from '../sorting.tsx';
import { Cards } from './cards.tsx';
import type { Endpoint, ModelContent } from './content.ts';
import { blendedPrice, priceParts } from './price.ts';
import { asking, inAddress, type Sort } from './question.ts';
import { placeWords, type Row, rowsOf } from './rows.ts';
import { TrendOf } from './trend-of.tsx';
import { GOAL_WORDS } from './words.ts';

/** Every provider in a row. */
export function Leaderboard({ content, nowMs }: { readonly content: ModelContent; readonly nowMs: number }) {
  const rows = rowsOf(content, nowMs);
  const axes = {
    start: sharedAxis(rows.map(({ endpoint }) => endpoint.ttft_ms)),
    output: sharedAxis(rows.map(({ endpoint }) => endpoint.decode_tps)),
  };
  const heads = { content };
  return (
    <Section
      title={rows.length === 1 ? 'The only provider' : `All ${counted(rows.length, 'provider')}`}
      beside={
        <p class="note">
          Dot: median. Line: 10th to 90th percentile. Providers within noise of each other share a rank.{' '}
          {rows.length > 1 && (
            <a href={comparePath(rows.slice(0, 2).map(({ endpoint }) => endpoint))}>Compare the first two</a>
          )}
        </p>
      }
    >
      <section class="panel wide-only" aria-label="Every provider" {...SCROLLS}>
        <table class="leaderboard sortable">
          <thead>
            <tr>
              <Head {...heads} by="rank" word="Rank" />
              <Head {...heads} by="provider" word="Provider" />
              <Head {...heads} by="first_token" word="First token" />
              <Head {...heads} by="output" word="Output, tok/s" />
              <Head {...heads} by="price" word="$ / M" isNumber />
              <Head {...heads} by="uptime" word="Uptime, 90 days" />
              <th scope="col" class="more">
                30-day trend
              </th>
              {FEATURES.map((feature) => (
                <th scope="col" class="feature more">
                  <abbr title={FEATURE_WORDS[feature][1]}>{FEATURE_WORDS[feature][0]}</abbr>
                </th>
              ))}
              <Head {...heads} by="correct" word="Correct" isNumber className="more" />
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <RowOf row={row} axes={axes} />
            ))}
          </tbody>
        </table>
      </section>
      <Cards rows={rows} />
      <ul class="legend">
        {Object.values(FEATURE_LOOKS).map(({ sign, word, tone }) => (
          <li>
            <span class={tone}>{sign}</span> {word}
          </li>
        ))}
        <li>$ / M: a million tokens, three read for one written</li>
      </ul>
      <AsTable words="Show uptime and trend as table" table={tableOf(rows)} />
      <Exports address={figureAddress(modelPath(content.model_id), 'providers', inAddress(content.asked))} />
    </Section>
  );
}

/** Every provider with all its figures; its picture is the leaderboard in short. */
export function providersFigure(content: ModelContent, nowMs: number): Chart {
  const rows = rowsOf(content, nowMs);
  const axis = sharedAxis(rows.map(({ endpoint }) => endpoint.ttft_ms));
  const heads = ['Rank', 'Provider', 'State', 'First token', '', 'tok/s', '$ / M', '90 days', 'Uptime', 'Correct'];
  return {
    name: `Providers of ${content.model_id}, ${GOAL_WORDS[content.asked.goal].best.toLowerCase()} first`,
    table: figuresTable(rows),
    drawing: tablePicture(
      heads,
      rows.map((row) => {
        const { provider, state, ttft_ms, decode_tps, correct } = row.endpoint;
        return [
          { text: placeWords(row) },
          { text: provider },
          { text: STATE_WORDS[state.state] },
          { picture: <IntervalGlyph spread={ttft_ms} axis={axis} what={`First token of ${provider}`} unit="ms" /> },
          { text: formatMs(ttft_ms.p50) },
          { text: decode_tps.p50 === null ? '–' : figure(decode_tps.p50) },
          { text: formatUsd(blendedPrice(row.endpoint)) },
          {
            picture: (
              <g class="ribbon">
                <RibbonMarks days={row.days} />
              </g>
            ),
          },
          { text: uptime(uptimeOf(row.days)) },
          { text: uptime(correct) },
        ];
      }),
    ),
  };
}

function figuresTable(rows: readonly Row[]): Table {
  const spread = (name: string) => ['n', 'p10', 'p50', 'p90'].map((each) => `${name}_${each}`);
  return {
    columns: [
      ...['provider', 'rank_from', 'rank_to', 'state', ...spread('ttft_ms'), ...spread('decode_tps')],
      ...['price_input_usd_per_mtok', 'price_output_usd_per_mtok', 'days_ok', 'days_trials', 'correct', 'answered'],
      ...FEATURES,
    ],
    rows: rows.map(({ endpoint, place, days }) => {
      const { provider, state, ttft_ms, decode_tps, correct, features } = endpoint;
      const { successes, trials } = uptimeOf(days);
      return [
        ...[provider, place?.from ?? null, place?.to ?? null, state.state],
        ...[ttft_ms, decode_tps].flatMap(({ n, p10, p50, p90 }) => [n, p10, p50, p90]),
        ...[endpoint.price_input_usd_per_mtok, endpoint.price_output_usd_per_mtok],
        ...[successes, trials, correct.successes, correct.trials],
        ...FEATURES.map((feature) => features.find((each) => each.feature === feature)?.verdict ?? null),
      ];
    }),
  };
}

function Head(props: {
  readonly content: ModelContent;
  readonly by: Sort;
  readonly word: string;
  readonly isNumber?: boolean;
  readonly className?: string;
}) {
  const { content, by, ...rest } = props;
  const isFalling = by === 'output' || by === 'uptime' || by === 'correct';
  const href = asking(content.model_id, content.asked, { sort: by });
  return <SortHead {...rest} href={href} isChosen={content.asked.sort === by} isFalling={isFalling} />;
}

function RowOf({ row, axes }: { readonly row: Row; readonly axes: { readonly start: Axis; readonly output: Axis } }) {
  const { endpoint, days } = row;
  const { provider, state, ttft_ms, decode_tps, availability } = endpoint;
  const price = blendedPrice(endpoint);
  const few = ({ n, p50 }: Endpoint['ttft_ms']) => p50 === null && <small>n = {n}</small>;
  return (
    <tr>
      <td class="rank">{placeWords(row)}</td>
      <th scope="row">
        <a href={endpointPath(endpoint.model_id, provider)}>{provider}</a>
        {state.state === 'healthy' && !failsOften(endpoint) ? null : <EndpointMark endpoint={endpoint} />}
      </th>
      <td class="measure">
        <div>
          <IntervalGlyph spread={ttft_ms} axis={axes.start} what={`First token of ${provider}`} unit="ms" />
          <span>
            {formatMs(ttft_ms.p50)}
            {few(ttft_ms)}
          </span>
        </div>
      </td>
      <td class="measure">
        <div>
          <IntervalGlyph spread={decode_tps} axis={axes.output} what={`Output speed of ${provider}`} unit="tok/s" />
          <span>
            {decode_tps.p50 === null ? '–' : figure(decode_tps.p50)}
            {few(decode_tps)}
          </span>
        </div>
      </td>
      <td class="n">
        {formatUsd(price)}
        <small>{priceParts(endpoint)}</small>
      </td>
      <td class="uptime">
        <div>
          <Ribbon days={days} whose={`Uptime of ${provider}`} />
          <span>{uptime(days.length === 0 ? availability.first_try : uptimeOf(days))}</span>
        </div>
      </td>
      <td class="trend more">
        <TrendOf row={row} />
      </td>
      {FEATURES.map((feature) => {
        const verdict = endpoint.features.find((each) => each.feature === feature)?.verdict ?? 'unknown';
        return (
          <td class="feature more">
            <FeatureSign verdict={verdict} />
          </td>
        );
      })}
      <td class="n more">{uptime(endpoint.correct)}</td>
    </tr>
  );
}

/** What ribbons and sparklines show. */
function tableOf(rows: readonly Row[]): Table {
  const count = (days: readonly Day[], grade: Grade) => String(days.filter((each) => gradeOf(each) === grade).length);
  return {
    columns: [
      'Provider',
      'Days surely below 99%',
      'Below 90%',
      'Without data',
      'Lowest daily median',
      'Highest',
      'Last',
    ],
    rows: rows.map(({ endpoint, days, trend }) => {
      const known = trend.filter((value) => value !== null);
      return [
        endpoint.provider,
        ...[count(days, 'worse'), count(days, 'bad'), count(days, 'none')],
        ...[known.length === 0 ? null : Math.min(...known), known.length === 0 ? null : Math.max(...known)].map(
          formatMs,
        ),
        formatMs(known.at(-1) ?? null),
      ];
    }),
  };
}
