/** @jsxImportSource hono/jsx */
import { formatMs, formatTps, formatUsd, UNKNOWN } from '../../../lib/format.ts';
import { since } from '../../../lib/moments.ts';
import type { Chart } from '../../charts/figure.tsx';
import { figure, interval, uptime } from '../../words.ts';
import { blendedPrice, priceParts } from '../model/price.ts';
import { EndpointMark, ModelName, SCROLLS } from '../parts.tsx';
import type { Endpoint, Verdict } from './content.ts';

export function modelsFigure({ provider, endpoints }: Verdict): Chart {
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

/** Every model of it, as it is now. */
export function Models({ endpoints, nowMs }: { endpoints: readonly Endpoint[]; nowMs: number }) {
  return (
    <section class="panel" aria-label="Models" {...SCROLLS}>
      <table>
        <thead>
          <tr>
            <th scope="col">Model</th>
            <th scope="col">Now</th>
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
                  <EndpointMark endpoint={endpoint} />
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
                  <small>{priceParts(endpoint)}</small>
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
