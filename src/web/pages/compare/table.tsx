/** @jsxImportSource hono/jsx */
import type { Child } from 'hono/jsx';
import { formatCount, formatMs, formatTps, formatUsd } from '../../../lib/format.ts';
import { type Axis, IntervalGlyph, sharedAxis } from '../../charts/interval-glyph.tsx';
import { interval, upper, uptime } from '../../words.ts';
import { SCROLLS } from '../parts.tsx';
import type { Side } from './content.ts';
import { type Compared, clauseOf, isUnknown, nounOf } from './words.ts';

type Endpoint = Side['endpoint'];
type Spread = Endpoint['ttft_ms'];

interface Measure {
  readonly spread: (endpoint: Endpoint) => Spread;
  readonly unit: 'ms' | 'tokens' | 'usd';
  readonly say: (value: number | null) => string;
}

const MEASURES: Readonly<Record<string, Measure>> = {
  ttft_ms: { spread: ({ ttft_ms }) => ttft_ms, unit: 'ms', say: formatMs },
  ttfat_ms: { spread: ({ ttfat_ms }) => ttfat_ms, unit: 'ms', say: formatMs },
  tpot_ms: { spread: ({ tpot_ms }) => tpot_ms, unit: 'ms', say: formatMs },
  e2e_ms: { spread: ({ e2e_ms }) => e2e_ms, unit: 'ms', say: formatMs },
  completion_tokens: { spread: ({ completion_tokens }) => completion_tokens, unit: 'tokens', say: formatCount },
  cost_usd: { spread: ({ cost_usd }) => cost_usd, unit: 'usd', say: formatUsd },
};

/** Every metric of two, with who is better beyond noise. */
export function PairTable(props: {
  readonly a: Side;
  readonly b: Side;
  readonly names: readonly [string, string];
  readonly comparisons: readonly Compared[];
}) {
  const { a, b, names, comparisons } = props;
  const ends = [a.endpoint, b.endpoint] as const;
  const isOneModel = a.endpoint.model_id === b.endpoint.model_id;
  return (
    <section class="panel" aria-label={`${names[0]} and ${names[1]}`} {...SCROLLS}>
      <table class="pair stacks">
        <thead>
          <tr>
            <th scope="col">Metric</th>
            <th scope="col" class="subject">
              {names[0]}
            </th>
            <th scope="col">{names[1]}</th>
            <th scope="col">Better beyond noise</th>
            <th scope="col" class="n">
              Pairs
            </th>
          </tr>
        </thead>
        <tbody>
          {comparisons.map((comparison) => (
            <tr>
              <th scope="row">{upper(nounOf(comparison.metric))}</th>
              <Values comparison={comparison} ends={ends} names={names} />
              <td class="whole" data-of="Better beyond noise">
                <Better comparison={comparison} names={names} />
              </td>
              <td class="n" data-of="Pairs">
                {formatCount(comparison.n)}
              </td>
            </tr>
          ))}
          {isOneModel && <Correct ends={ends} names={names} />}
        </tbody>
      </table>
    </section>
  );
}

function Values(props: {
  readonly comparison: Compared;
  readonly ends: readonly [Endpoint, Endpoint];
  readonly names: readonly [string, string];
}) {
  const { comparison, ends, names } = props;
  const measure = MEASURES[comparison.metric];
  const axis = measure && sharedAxis(ends.map(measure.spread));
  return (
    <>
      {ends.map((endpoint, at) => (
        <td class={at === 0 ? 'subject' : undefined} data-of={names[at]}>
          {measure === undefined || axis === undefined ? (
            <Plain metric={comparison.metric} endpoint={endpoint} />
          ) : (
            <Measured
              {...measure}
              axis={axis}
              spread={measure.spread(endpoint)}
              what={`${upper(nounOf(comparison.metric))} of ${names[at]}`}
            >
              {comparison.metric === 'tpot_ms' && formatTps(endpoint.decode_tps.p50)}
            </Measured>
          )}
        </td>
      ))}
    </>
  );
}

/** A spread drawn on the axis of its row or column, and its median. */
export function Measured(props: {
  readonly spread: Spread;
  readonly axis: Axis;
  readonly what: string;
  readonly unit: Measure['unit'];
  readonly say: Measure['say'];
  readonly children?: Child;
}) {
  const { spread, axis, what, unit, say, children } = props;
  return (
    <div class="measured">
      <IntervalGlyph spread={spread} axis={axis} what={what} unit={unit} />
      <span>
        {say(spread.p50)}
        <small>{spread.p50 === null ? `n = ${spread.n}` : children}</small>
      </span>
    </div>
  );
}

/** What has no spread: a price, a share. */
function Plain({ metric, endpoint }: { readonly metric: string; readonly endpoint: Endpoint }) {
  const { availability, price_input_usd_per_mtok: input, price_output_usd_per_mtok: output } = endpoint;
  if (metric === 'availability') return <Share rate={availability.first_try} />;
  return (
    <>
      {formatUsd(input)} / {formatUsd(output)}
      <small>per M in / out</small>
    </>
  );
}

export function Share({ rate }: { readonly rate: Endpoint['correct'] }) {
  return (
    <>
      {uptime(rate)}
      <small>{interval(rate)}</small>
    </>
  );
}

function Better({ comparison, names }: { readonly comparison: Compared; readonly names: readonly [string, string] }) {
  if (isUnknown(comparison)) return <span class="quiet">too few pairs</span>;
  const told = clauseOf(comparison);
  if (told === null) return <span class="quiet">cannot tell</span>;
  const { better } = comparison;
  const isTaste = comparison.metric === 'completion_tokens';
  return (
    <>
      {isTaste ? (
        <span class="quiet">neither</span>
      ) : (
        <b class={better === 'a' ? 'ours' : ''}>{names[better === 'a' ? 0 : 1]}</b>
      )}
      <small>
        {names[0]} {told.clause}
        {told.bounds}
      </small>
    </>
  );
}

/** Correct or not is no pair's matter here: one is better where even the least of one is above the most of the other. */
function Correct({
  ends,
  names,
}: {
  readonly ends: readonly [Endpoint, Endpoint];
  readonly names: readonly [string, string];
}) {
  const [a, b] = ends.map(({ correct }) => correct.interval) as [Interval, Interval];
  const better = a === null || b === null ? null : a.low > b.high ? 0 : b.low > a.high ? 1 : null;
  return (
    <tr>
      <th scope="row">Correct answers</th>
      {ends.map(({ correct }, at) => (
        <td class={at === 0 ? 'subject' : undefined} data-of={names[at]}>
          <Share rate={correct} />
        </td>
      ))}
      <td class="whole" data-of="Better beyond noise">
        {better === null ? (
          <span class="quiet">cannot tell</span>
        ) : (
          <>
            <b class={better === 0 ? 'ours' : ''}>{names[better]}</b>
            <small>the intervals do not meet</small>
          </>
        )}
      </td>
      <td class="n" data-of="Pairs">
        –
      </td>
    </tr>
  );
}

type Interval = Endpoint['correct']['interval'];
