/** @jsxImportSource hono/jsx */
import { FEATURES } from '../../../domain/verdict.ts';
import { formatMs, formatTps, formatUsd } from '../../../lib/format.ts';
import { Ribbon } from '../../charts/ribbon.tsx';
import { failsOften, uptime } from '../../words.ts';
import { uptimeOf } from '../days-shown.ts';
import { FEATURE_WORDS, FeatureSign } from '../features.tsx';
import { endpointPath } from '../links.ts';
import { EndpointMark } from '../parts.tsx';
import type { Endpoint } from './content.ts';
import { blendedPrice } from './price.ts';
import { placeWords, type Row } from './rows.ts';
import { TrendOf } from './trend-of.tsx';

/** The leaderboard on a phone: of each provider name, price and three figures; the rest is one tap away. */
export function Cards({ rows }: { readonly rows: readonly Row[] }) {
  return (
    <ul class="cards narrow-only">
      {rows.map((row) => (
        <Card row={row} />
      ))}
    </ul>
  );
}

function Card({ row }: { readonly row: Row }) {
  const { endpoint, days } = row;
  const { model_id, provider, state, ttft_ms, decode_tps, availability } = endpoint;
  const price = blendedPrice(endpoint);
  return (
    <li>
      <div class="card-head">
        <span class="rank">
          <span class="vh">Rank </span>
          {placeWords(row)}
        </span>
        <a href={endpointPath(model_id, provider)}>{provider}</a>
        {state.state === 'healthy' && !failsOften(endpoint) ? null : <EndpointMark endpoint={endpoint} />}
        <span class="price">{price === null ? 'no price known' : `${formatUsd(price)} / M`}</span>
      </div>
      <dl>
        <div>
          <dt>First token</dt>
          <dd>{orN(ttft_ms, formatMs)}</dd>
        </div>
        <div>
          <dt>Output</dt>
          <dd>{orN(decode_tps, formatTps)}</dd>
        </div>
        <div>
          <dt>Uptime, 90 d</dt>
          <dd>{uptime(days.length === 0 ? availability.first_try : uptimeOf(days))}</dd>
        </div>
      </dl>
      <details>
        <summary>More of {provider}</summary>
        <dl class="facts">
          <dt>Uptime</dt>
          <dd class="card-ribbon">
            <Ribbon days={days} whose={`Uptime of ${provider}`} />
          </dd>
          <dt>30-day trend</dt>
          <dd class="card-trend">
            <TrendOf row={row} />
          </dd>
          <dt>Correct</dt>
          <dd>{uptime(endpoint.correct)}</dd>
          <dt>Price</dt>
          <dd>
            {formatUsd(endpoint.price_input_usd_per_mtok)} in, {formatUsd(endpoint.price_output_usd_per_mtok)} out
          </dd>
          <dt>Features</dt>
          <dd>
            <Features endpoint={endpoint} />
          </dd>
        </dl>
      </details>
    </li>
  );
}

function orN(spread: Endpoint['ttft_ms'], words: (value: number) => string): string {
  return spread.p50 === null ? `n = ${spread.n}` : words(spread.p50);
}

function Features({ endpoint: { features } }: { readonly endpoint: Endpoint }) {
  return (
    <ul class="card-features">
      {FEATURES.map((feature) => (
        <li>
          <FeatureSign verdict={features.find((each) => each.feature === feature)?.verdict ?? 'unknown'} />{' '}
          {FEATURE_WORDS[feature][0]}
        </li>
      ))}
    </ul>
  );
}
