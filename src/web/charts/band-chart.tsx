/** @jsxImportSource hono/jsx */
import { DAY_MS } from '../../domain/utc-day.ts';
import { formatMs } from '../../lib/format.ts';
import { type BandPoint, bandOf, levelsAround, type Stretch } from './band.ts';
import { type Address, type Chart, Drawn, Figure, Stretched, type Table } from './figure.tsx';
import { pathOf } from './scale.ts';
import { clock, day } from './words.ts';

/** Somebody else's medians over the same stretches. */
interface Other {
  readonly name: string;
  readonly points: readonly BandPoint[];
}

export interface BandProps {
  readonly name: string;
  readonly points: readonly BandPoint[];
  readonly window: Stretch;
  /** Shaded. */
  readonly outages?: readonly Stretch[];
  /** Where its level changed. */
  readonly changedAtMs?: number | null;
  /** Grey lines. */
  readonly others?: readonly Other[];
}

/** A length over time. */
export function BandChart(props: BandProps & { readonly address?: Address }) {
  const { name, table, drawing } = bandFigure(props);
  return (
    <Figure table={table} address={props.address}>
      <Drawn name={name} drawing={drawing}>
        {props.points.some(({ p50 }) => p50 !== null) ? null : <p class="empty">Not enough data for a line yet.</p>}
      </Drawn>
    </Figure>
  );
}

export const bandFigure = (props: BandProps) =>
  ({
    name: props.name,
    table: tableOf(props),
    drawing: {
      look: 'plot band',
      width: 820,
      height: 220,
      room: { top: 28, right: 16, bottom: 28, left: 62 },
      marks: <Marks {...props} />,
    },
  }) satisfies Chart;

function Marks({ points, window, outages = [], changedAtMs = null, others = [] }: BandProps) {
  const { x, y, ...band } = bandOf(
    points,
    window,
    others.map((other) => other.points),
  );
  const moment = (atMs: number) => (band.xTicks.stepMs < DAY_MS ? clock(atMs) : day(atMs));
  return (
    <>
      {band.yTicks.map((tick) => (
        <>
          <line class="grid" x1="0" x2="100%" y1={`${y(tick)}%`} y2={`${y(tick)}%`} />
          <text class="y" x="0" dx="-8" y={`${y(tick)}%`} dy="4">
            {tick === 0 ? '0' : formatMs(tick)}
          </text>
        </>
      ))}
      {band.xTicks.at.map((tick) => (
        <text class="x" x={`${x(tick)}%`} y="100%" dy="20">
          {moment(tick)}
        </text>
      ))}
      <Stretched>
        {outages.map(({ sinceMs, untilMs }) => (
          <rect class="outage" x={x(sinceMs)} width={Math.max(0.3, x(untilMs) - x(sinceMs))} y="0" height="100" />
        ))}
        <path class="area" d={band.areas.map((area) => `${pathOf([area])}z`).join('')} />
        {band.others.map((lines) => (
          <path class="line other" d={pathOf(lines)} />
        ))}
        <path class="line" d={pathOf(band.median)} />
      </Stretched>
      {band.clipped.map((at) => (
        <text class="clipped" x={`${at}%`} y="0" dy="-3">
          ▲
        </text>
      ))}
      {changedAtMs !== null && <Change points={points} atMs={changedAtMs} x={x} y={y} />}
    </>
  );
}

function Change(props: {
  readonly points: readonly BandPoint[];
  readonly atMs: number;
  readonly x: (atMs: number) => number;
  readonly y: (ms: number) => number;
}) {
  const { points, atMs, x, y } = props;
  const { before, since } = levelsAround(points, atMs);
  const at = x(atMs);
  const isRight = at > 55;
  const level = (value: number | null, x1: number, x2: number) =>
    value !== null && <line class="level" x1={`${x1}%`} x2={`${x2}%`} y1={`${y(value)}%`} y2={`${y(value)}%`} />;
  return (
    <>
      <line class="change" x1={`${at}%`} x2={`${at}%`} y1="-14" y2="100%" />
      {level(before, 0, at)}
      {level(since, at, 100)}
      <text class={isRight ? 'change-label end' : 'change-label'} x={`${at}%`} dx={isRight ? -8 : 8} y="-6">
        <tspan class="what">Step change</tspan> {day(atMs)}
        {before !== null && since !== null && (
          <tspan class="levels">{` · median ${formatMs(before)} → ${formatMs(since)}`}</tspan>
        )}
      </text>
    </>
  );
}

function tableOf({ points, window: { sinceMs, untilMs }, others = [] }: BandProps): Table {
  const hasTimes = points.some(({ spanMs }) => spanMs < DAY_MS);
  const when = (at: string) => {
    const atMs = Date.parse(at);
    if (!hasTimes) return day(atMs);
    return untilMs - sinceMs <= DAY_MS ? clock(atMs) : `${day(atMs)}, ${clock(atMs)}`;
  };
  return {
    columns: [
      { name: 'from', word: 'From (UTC)', text: when },
      { name: 'p50_ms', word: 'Median', text: formatMs },
      { name: 'p10_ms', word: '10th percentile', text: formatMs },
      { name: 'p90_ms', word: '90th percentile', text: formatMs },
      { name: 'n', word: 'Replies' },
      ...others.map(({ name }) => ({ name: `${name}_p50_ms`, word: name, text: formatMs })),
    ],
    rows: points.map(({ atMs, p50, p10, p90, n }) => [
      ...[new Date(atMs).toISOString(), p50, p10, p90, n],
      ...others.map((other) => other.points.find((each) => each.atMs === atMs)?.p50 ?? null),
    ]),
  };
}
