/** @jsxImportSource hono/jsx */
import { formatTps, formatUsd } from '../../lib/format.ts';
import { figure } from '../words.ts';
import { type Address, type Chart, Figure, Stretched, type Table } from './figure.tsx';
import { type Offer, type PlacedOffer, scatterOf } from './scatter.ts';

const STATES = { well: 'answers', slow: 'slow', down: 'down' } as const;

const AXES = { x: '$ per million tokens, blended 3 in : 1 out', y: 'tokens / s' };

interface ScatterProps {
  readonly name: string;
  readonly offers: readonly Offer[];
}

export function scatterFigure({ name, offers }: ScatterProps) {
  const placed = scatterOf(offers);
  return {
    name,
    table: tableOf(placed.points),
    drawing: {
      look: 'plot scatter',
      width: 640,
      height: 300,
      room: { top: 32, right: 48, bottom: 36, left: 62 },
      marks: <Marks {...placed} />,
      axes: AXES,
    },
  } satisfies Chart;
}

/** What speed costs. Every point is a link to its endpoint, so that one without room for its label can be pointed at. */
export function ScatterChart({ name, offers, address }: ScatterProps & { readonly address?: Address }) {
  const { table, drawing } = scatterFigure({ name, offers });
  return (
    <Figure table={table} address={address}>
      <p class="axis-title">{AXES.y}</p>
      <div class="plot scatter">
        {/* A picture has no links in it: this one is a group of them. */}
        {/* biome-ignore lint/a11y/useSemanticElements: there is no other element for a group inside a figure */}
        <svg width="100%" height="100%" role="group" aria-label={name}>
          {drawing.marks}
        </svg>
        {table.rows.length === 0 ? <p class="empty">No provider with a known price and speed yet.</p> : null}
      </div>
      <p class="axis-title end">{AXES.x}</p>
    </Figure>
  );
}

function Marks({ x, y, points, step, xTicks, yTicks }: ReturnType<typeof scatterOf>) {
  return (
    <>
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
    </>
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

function tableOf(points: readonly PlacedOffer[]): Table {
  return {
    columns: [
      { name: 'provider', word: 'Provider' },
      { name: 'price_usd_per_mtok', word: '$ / M tokens', text: formatUsd },
      { name: 'decode_tps', word: 'Output speed', text: formatTps },
      { name: 'state', word: 'State' },
      { name: 'is_beaten', word: 'Beaten in both' },
    ],
    rows: points
      .toSorted((a, b) => a.price - b.price)
      .map(({ name, price, speed: tps, state, isOnFrontier }) => [
        name,
        price,
        tps,
        STATES[state],
        state === 'down' ? null : !isOnFrontier,
      ]),
  };
}
