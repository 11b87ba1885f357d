/** @jsxImportSource hono/jsx */

import { z } from 'zod';
import { STATE_WORDS } from '../../domain/words.ts';
import { formatMs, formatUsd, UNKNOWN } from '../../lib/format.ts';
import type { Chart } from '../charts/figure.tsx';
import { type DrawnCell, tablePicture } from '../charts/table-picture.tsx';
import { MaybeText, Text } from '../schemas/schema.ts';
import { Target } from '../schemas/verdicts.ts';
import { figure, STATE_LOOKS, uptime } from '../words.ts';
import { blendedPrice } from './model/price.ts';
import { EndpointLink, Glyph, ModelName, ProviderLink, SCROLLS } from './parts.tsx';
import { isAnswering, isJudged } from './standing.ts';

type Endpoint = z.output<typeof Target>;

export const BoardModel = z.object({
  model_id: Text,
  recommended: MaybeText,
  /** Of the recommendation; why it is nobody, where it is. */
  reason: MaybeText,
  endpoints: z.array(Target),
});
export type BoardModel = z.output<typeof BoardModel>;

export const BOARD_METRICS = ['speed', 'first_token', 'price', 'uptime'] as const;
type BoardMetric = (typeof BOARD_METRICS)[number];

interface Measure {
  readonly word: string;
  readonly isMoreBetter: boolean;
  /** Null: unknown. */
  readonly value: (endpoint: Endpoint) => number | null;
  readonly n: (endpoint: Endpoint) => number;
  readonly text: (value: number, endpoint: Endpoint) => string;
}

export const MEASURES: Readonly<Record<BoardMetric, Measure>> = {
  speed: {
    word: 'Tokens/s',
    isMoreBetter: true,
    value: ({ decode_tps }) => decode_tps.p50,
    n: ({ decode_tps }) => decode_tps.n,
    text: figure,
  },
  first_token: {
    word: 'First token',
    isMoreBetter: false,
    value: ({ ttft_ms }) => ttft_ms.p50,
    n: ({ ttft_ms }) => ttft_ms.n,
    text: formatMs,
  },
  price: { word: 'Price', isMoreBetter: false, value: blendedPrice, n: () => 0, text: formatUsd },
  uptime: {
    word: 'Uptime',
    isMoreBetter: true,
    value: ({ availability }) => availability.first_try.rate,
    n: ({ availability }) => availability.first_try.trials,
    text: (_, { availability }) => uptime(availability.first_try),
  },
};

/** Models × providers; columns never change their order. */
export function Board({ models, metric }: { models: readonly BoardModel[]; metric: BoardMetric }) {
  const all = models.flatMap(({ endpoints }) => endpoints);
  const byProvider = [...Map.groupBy(all, ({ provider }) => provider)].toSorted(([a], [b]) => (a < b ? -1 : 1));
  return (
    <section class="panel board-panel" aria-label="Models by provider" {...SCROLLS}>
      <table class="board">
        <caption class="vh">
          {MEASURES[metric].word} of each model at each provider, median; the provider to use now is in the second
          column.
        </caption>
        <thead>
          <tr>
            <th scope="col">Model</th>
            <th scope="col">Use now</th>
            {byProvider.map(([provider, own]) => (
              <th scope="col">
                <ProviderHead provider={provider} endpoints={own} />
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {models.length === 0 ? <NoRow /> : null}
          {models.map((model) => (
            <Row model={model} providers={byProvider.map(([provider]) => provider)} metric={metric} />
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** Before the first round the board is there, and nothing on it. */
function NoRow() {
  return (
    <tr>
      <th scope="row">
        Each model
        <small>gets a row, each provider a column</small>
      </th>
      <td class="use">
        <span class="cell hollow">No data</span>
      </td>
    </tr>
  );
}

/** Marked where most of what it offers is down. */
function ProviderHead({ provider, endpoints }: { provider: string; endpoints: readonly Endpoint[] }) {
  const judged = endpoints.filter(isJudged);
  const down = judged.filter(({ state }) => state.state === 'down');
  return down.length === 0 || down.length * 2 < judged.length ? (
    <ProviderLink provider={provider} />
  ) : (
    <span class="state bad">
      <Glyph shape="cross" />
      <ProviderLink provider={provider} />
    </span>
  );
}

function Row({ model, providers, metric }: { model: BoardModel; providers: readonly string[]; metric: BoardMetric }) {
  const tints = tintsOf(model.endpoints, MEASURES[metric]);
  return (
    <tr>
      <ModelAndUse model={model} />
      {providers.map((provider) => {
        const endpoint = model.endpoints.find((each) => each.provider === provider);
        return (
          <td>
            {endpoint === undefined || endpoint.state.state === 'delisted' ? (
              <span class="cell absent">
                <span aria-hidden="true">·</span>
                <span class="vh">not offered</span>
              </span>
            ) : (
              <EndpointLink modelId={model.model_id} provider={provider}>
                <Cell
                  endpoint={endpoint}
                  metric={metric}
                  isBest={provider === model.recommended}
                  tint={tints.get(provider)}
                />
              </EndpointLink>
            )}
          </td>
        );
      })}
    </tr>
  );
}

/** With what a row about a model begins. */
export function ModelAndUse({ model }: { model: BoardModel }) {
  return (
    <>
      <th scope="row">
        <ModelName modelId={model.model_id} />
      </th>
      <td class="use">
        <UseNow {...model} />
      </td>
    </>
  );
}

function UseNow({ recommended, reason, endpoints }: BoardModel) {
  const endpoint = endpoints.find(({ provider }) => provider === recommended);
  if (recommended === null || endpoint === undefined) {
    const leastBad = leastBadOf(endpoints);
    return (
      <>
        Nobody
        <small class="wrap">
          {reason ?? 'Nobody can be recommended.'}
          {leastBad === null || reason?.includes(leastBad.provider)
            ? ''
            : ` Least bad: ${leastBad.provider}, ${uptime(leastBad.availability.first_try)} uptime.`}
        </small>
      </>
    );
  }
  const price = blendedPrice(endpoint);
  const figures = [
    endpoint.ttft_ms.p50 === null ? null : formatMs(endpoint.ttft_ms.p50),
    endpoint.decode_tps.p50 === null ? null : `${figure(endpoint.decode_tps.p50)} tok/s`,
    price === null ? null : formatUsd(price),
  ];
  return (
    <>
      <b>
        <ProviderLink provider={recommended} />
      </b>
      <small>{figures.filter((text) => text !== null).join(' · ')}</small>
    </>
  );
}

/** Whoever answered most often, where nobody answers now. */
export function leastBadOf(endpoints: readonly Endpoint[]): Endpoint | null {
  if (endpoints.some(isAnswering) || !endpoints.some(isJudged)) return null;
  const tried = endpoints.filter(({ availability }) => (availability.first_try.rate ?? 0) > 0);
  return tried.toSorted((a, b) => b.availability.first_try.rate! - a.availability.first_try.rate!)[0] ?? null;
}

function Cell({
  endpoint,
  metric,
  isBest,
  tint,
}: {
  endpoint: Endpoint;
  metric: BoardMetric;
  isBest: boolean;
  tint: number | undefined;
}) {
  const { state } = endpoint.state;
  const { shape } = STATE_LOOKS[state];
  const word = STATE_WORDS[state];
  if (state === 'down') {
    return (
      <span class="cell down bad" title={word}>
        <Glyph shape={shape} />
        <span class="vh">{word}</span>
      </span>
    );
  }
  if (!isAnswering(endpoint)) return <span class="cell hollow">{word}</span>;
  const { value, text, n } = MEASURES[metric];
  const known = value(endpoint);
  const shown = known === null ? (n(endpoint) > 0 ? `n = ${n(endpoint)}` : UNKNOWN) : text(known, endpoint);
  if (state === 'slow') {
    return (
      <span class={`cell slow ${isBest ? 'best' : ''}`} title={word}>
        <span class="state warning">
          <Glyph shape={shape} />
          <span class="vh">{word}</span>
        </span>
        {shown}
      </span>
    );
  }
  const look = known === null ? 'hollow' : `t${tint ?? 0}`;
  return (
    <span class={`cell ${look} ${isBest ? 'best' : ''}`}>
      {shown}
      {isBest ? <span class="vh"> (use now)</span> : null}
    </span>
  );
}

const STEPS = 8;

/** 0 worst to 8 best within a row, by the logarithm of the value: twice as fast is the same step wherever it stands. */
function tintsOf(endpoints: readonly Endpoint[], { value, isMoreBetter }: Measure): ReadonlyMap<string, number> {
  const known = endpoints.flatMap((endpoint) => {
    const given = isAnswering(endpoint) ? value(endpoint) : null;
    return given === null || given <= 0 ? [] : [{ provider: endpoint.provider, log: Math.log(given) }];
  });
  const logs = known.map(({ log }) => log);
  const [low, high] = [Math.min(...logs), Math.max(...logs)];
  return new Map(
    known.map(({ provider, log }) => {
      const place = high === low ? 0.5 : (log - low) / (high - low);
      return [provider, Math.round(STEPS * (isMoreBetter ? place : 1 - place))];
    }),
  );
}

/** Each cell a row; the picture is the board itself. */
export function boardFigure(models: readonly BoardModel[], metric: BoardMetric): Chart {
  const all = models.flatMap(({ endpoints }) => endpoints);
  const providers = [...new Set(all.map(({ provider }) => provider))].toSorted();
  const measure = MEASURES[metric];
  return {
    name: `${measure.word} of each model at each provider, median; outlined: whom to use now`,
    table: {
      columns: ['model_id', 'provider', 'state', metric, 'n', 'is_recommended'],
      rows: models.flatMap(({ model_id, recommended, endpoints }) =>
        endpoints.map((endpoint) => [
          ...[model_id, endpoint.provider, endpoint.state.state, measure.value(endpoint), measure.n(endpoint)],
          endpoint.provider === recommended,
        ]),
      ),
    },
    drawing: tablePicture(
      ['Model', 'Use now', ...providers],
      models.map((model) => {
        const tints = tintsOf(model.endpoints, measure);
        const cells = providers.map((provider) => {
          const endpoint = model.endpoints.find((each) => each.provider === provider);
          if (endpoint === undefined || endpoint.state.state === 'delisted') return { text: '·' };
          return drawnCell(endpoint, measure, tints.get(provider), provider === model.recommended);
        });
        return [{ text: model.model_id }, { text: model.recommended ?? 'Nobody' }, ...cells];
      }),
    ),
  };
}

function drawnCell(endpoint: Endpoint, { value, text }: Measure, tint: number | undefined, isBest: boolean): DrawnCell {
  const { state } = endpoint.state;
  if (state === 'down') return { text: '✕ Down', look: 'down' };
  const known = value(endpoint);
  if (!isAnswering(endpoint)) return { text: STATE_WORDS[state], look: 'hollow' };
  if (known === null) return { text: UNKNOWN, look: 'hollow' };
  const best = isBest ? ' best' : '';
  if (state === 'slow') return { text: `▲ ${text(known, endpoint)}`, look: `slow${best}` };
  return { text: text(known, endpoint), look: `t${tint ?? 0}${best}` };
}

export function Legend() {
  return (
    <ul class="legend">
      <li>
        <span class="cell best" aria-hidden="true" /> use now: the best balance of speed, start, price and uptime
      </li>
      <li>
        <span class="scale" aria-hidden="true" /> worse to better, within a model
      </li>
      <li>
        <span class="cell slow" aria-hidden="true">
          <span class="state warning">
            <Glyph shape="triangle" />
          </span>
        </span>
        slower than its own normal
      </li>
      <li>
        <span class="cell down bad" aria-hidden="true">
          <Glyph shape="cross" />
        </span>
        down
      </li>
      <li>
        <span class="cell hollow" aria-hidden="true" /> not known, or our limit
      </li>
      <li>
        <span aria-hidden="true">·</span> not offered
      </li>
    </ul>
  );
}
