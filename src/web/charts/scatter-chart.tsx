/** @jsxImportSource hono/jsx */
import { formatTps, formatUsd } from '../../lib/format.ts';
import { figure } from '../words.ts';
import { Figure, Stretched } from './figure.tsx';
import { type Offer, type PlacedOffer, scatterOf } from './scatter.ts';

const STATES = { well: 'answers', slow: 'slow', down: 'down' } as const;

/** What speed costs. Every point is a link to its endpoint, so that one without room for its label can be pointed at. */
export function ScatterChart({ name, offers }: { readonly name: string; readonly offers: readonly Offer[] }) {
  const { x, y, points, step, xTicks, yTicks } = scatterOf(offers);
  return (
    <Figure table={tableOf(points)}>
      <p class="axis-title">tokens / s</p>
      <div class="plot scatter">
        {/* A picture has no links in it: this one is a group of them. */}
        {/* biome-ignore lint/a11y/useSemanticElements: there is no other element for a group inside a figure */}
        <svg width="100%" height="100%" role="group" aria-label={name}>
          {yTicks.map((tick) => (
            <>
              <line class="grid" x1="0" x2="100%" y1={`${y(tick)}%`} y2={`${y(tick)}%`} />
              <text class="y" x="0" dx="-8" y={`${y(tick)}%`} dy="4">
                {figure(tick)}
              </text>
            </>
          ))}
          {xTicks.map((tick) => (
            <text class="x" x={`${x(tick)}%`} y="100%" dy="20">
              {formatUsd(tick)}
            </text>
          ))}
          {step !== '' && (
            <Stretched>
              <path class="beaten" d={`${step}V100z`} />
              <path class="frontier" d={step} />
            </Stretched>
          )}
          {points.toSorted((a, b) => Number(a.isPick) - Number(b.isPick)).map(PointOf)}
        </svg>
        {points.length === 0 ? <p class="empty">No provider with a known price and speed yet.</p> : null}
      </div>
      <p class="axis-title end">$ per million tokens, blended 3 in : 1 out</p>
    </Figure>
  );
}

function PointOf({ name, href, price, speed: tps, state, x, y, label, isOnFrontier, isPick }: PlacedOffer) {
  const at = { cx: `${x}%`, cy: `${y}%` };
  const looks = ['point', state, isPick && 'pick', isOnFrontier && 'on-frontier', label === null && 'quiet'];
  const place = label ?? { dx: 0, dy: -11, anchor: 'middle' };
  const says = `${name}: ${formatUsd(price)} per million tokens, ${formatTps(tps)}, ${STATES[state]}`;
  return (
    <a class={looks.filter(Boolean).join(' ')} href={href} aria-label={says}>
      <circle class="target" {...at} r="12" />
      {state === 'slow' ? (
        <text class="mark" x={at.cx} y={at.cy} dy="4.5">
          ▲
        </text>
      ) : (
        <circle class="mark" {...at} r={isPick ? 6.5 : 4} />
      )}
      <text class="label" x={at.cx} y={at.cy} dx={place.dx} dy={place.dy} text-anchor={place.anchor}>
        {name.length > 24 ? `${name.slice(0, 23)}…` : name}
      </text>
    </a>
  );
}

function tableOf(points: readonly PlacedOffer[]) {
  return {
    columns: ['Provider', '$ / M tokens', 'Output speed', 'State', 'Beaten in both'],
    rows: points
      .toSorted((a, b) => a.price - b.price)
      .map(({ name, price, speed: tps, state, isOnFrontier }) => [
        name,
        formatUsd(price),
        formatTps(tps),
        STATES[state],
        state === 'down' ? '–' : isOnFrontier ? 'no' : 'yes',
      ]),
  };
}
