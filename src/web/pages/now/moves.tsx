/** @jsxImportSource hono/jsx */
import type { Chart } from '../../charts/figure.tsx';
import { Sparkline } from '../../charts/sparkline.tsx';
import { causeWords, upper } from '../../words.ts';
import { EndpointLink, ProviderLink } from '../parts.tsx';
import { shortName } from '../standing.ts';
import { MOVED_DAYS, type NowContent } from './content.ts';

export function movesFigure({ moves }: NowContent): Chart {
  return {
    name: `What got slower or faster in the last ${MOVED_DAYS} days, beyond noise`,
    table: {
      columns: [
        ...['model_id', 'provider', 'metric', 'at'],
        { name: 'ratio', word: 'Change', text: change },
        { name: 'low', word: 'From', text: change },
        { name: 'high', word: 'To', text: change },
      ],
      rows: moves.map(({ model_id, provider, metric, at, ratio, low, high }) => [
        ...[model_id, provider, metric, at, ratio, low, high],
      ]),
    },
  };
}

/** What got slower, what got faster. */
export function Moves({ moves }: { moves: NowContent['moves'] }) {
  if (moves.length === 0) return <p class="note">No change that we can tell from noise.</p>;
  return (
    <ul class="events moves">
      {moves.map(({ model_id, provider, metric, at, ratio, low, high, trend }) => (
        <li>
          <p>
            <b>
              <ProviderLink provider={provider} />
            </b>
            <br />
            <small>
              <EndpointLink modelId={model_id} provider={provider}>
                {shortName(model_id)}
              </EndpointLink>
            </small>
          </p>
          <div class="spark">
            <Sparkline
              values={trend}
              name={`${upper(causeWords(metric))} of ${provider}, day by day: ${change(ratio)}`}
              tone={ratio > 1 ? 'warning' : 'good'}
            />
          </div>
          <p class="figure">
            <span class={ratio > 1 ? 'warning' : 'good'}>{change(ratio)}</span>
            <br />
            <small>
              {causeWords(metric)}, {change(low)} to {change(high)}, since{' '}
              <time datetime={at}>{new Date(at).toUTCString().slice(5, 11)}</time>
            </small>
          </p>
        </li>
      ))}
    </ul>
  );
}

/** `+43%`, `−20%`; from three times on, `×3.4`. */
function change(ratio: number): string {
  if (ratio >= 3) return `×${ratio.toFixed(1)}`;
  return `${ratio < 1 ? '−' : '+'}${Math.round(Math.abs(ratio - 1) * 100)}%`;
}
