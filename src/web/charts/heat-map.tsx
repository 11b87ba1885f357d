/** @jsxImportSource hono/jsx */
import { formatMs } from '../../lib/format.ts';
import type { HourOfWeek } from '../../ports.ts';
import { type Address, type Chart, Drawn, Figure, type Table } from './figure.tsx';

const WEEKDAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];
const HOURS = Array.from({ length: 24 }, (_, hour) => hour);
const STEPS = 8;
const HOUR_MS = 3_600_000;

export interface Cell extends HourOfWeek {
  /** 0 is the quickest, 8 the slowest, by rank; null: unknown. */
  readonly step: number | null;
  readonly isNow: boolean;
}

/** Seven rows of 24, whatever is known of them. Steps go by rank, so that one slow hour does not pale all others. */
export function cellsOf(hours: readonly HourOfWeek[], nowMs: number): readonly Cell[] {
  const values = [...new Set(hours.flatMap(({ p50 }) => p50 ?? []))].toSorted((a, b) => a - b);
  const known = new Map(hours.map((each) => [each.weekday * 24 + each.hour, each]));
  const now = hourOfWeek(nowMs);
  return WEEKDAYS.flatMap((_, weekday) =>
    HOURS.map((hour) => {
      const { n, p50 } = known.get(weekday * 24 + hour) ?? { n: 0, p50: null };
      const rank = p50 === null ? -1 : values.indexOf(p50);
      const step = p50 === null ? null : Math.round((STEPS * rank) / Math.max(1, values.length - 1));
      return { weekday, hour, n, p50, step, isNow: weekday * 24 + hour === now };
    }),
  );
}

/** 0 is Monday 0 h; the epoch began on a Thursday. */
export const hourOfWeek = (atMs: number) => (Math.floor(atMs / HOUR_MS) + 72) % 168;

export interface HeatProps {
  readonly hours: readonly HourOfWeek[];
  readonly nowMs: number;
  readonly what: string;
}

/** The least and the greatest median that is known. */
function endsOf(cells: readonly Cell[]) {
  const known = cells.filter((cell) => cell.p50 !== null).toSorted((a, b) => a.p50! - b.p50!);
  return { quickest: known[0], slowest: known.at(-1) };
}

export function heatFigure({ hours, nowMs, what }: HeatProps) {
  const cells = cellsOf(hours, nowMs);
  const { quickest, slowest } = endsOf(cells);
  return {
    name: nameOf(what, quickest, slowest),
    table: tableOf(cells),
    drawing: {
      look: 'plot heat',
      width: 640,
      height: 196,
      room: { top: 8, right: 16, bottom: 24, left: 56 },
      marks: <Marks cells={cells} />,
    },
  } satisfies Chart;
}

/** When it is fast, by hour of the week. */
export function HeatMap(props: HeatProps & { readonly address?: Address }) {
  const { name, table, drawing } = heatFigure(props);
  const { quickest, slowest } = endsOf(cellsOf(props.hours, props.nowMs));
  return (
    <Figure table={table} address={props.address}>
      <Drawn name={name} drawing={drawing} />
      {quickest && slowest ? (
        <p class="heat-key">
          {formatMs(quickest.p50)} <span class="heat-scale" /> {formatMs(slowest.p50)}
        </p>
      ) : (
        <p class="heat-key">No hour has five replies yet.</p>
      )}
    </Figure>
  );
}

function Marks({ cells }: { readonly cells: readonly Cell[] }) {
  return (
    <>
      {cells.map((cell) => (
        <rect
          class={`${cell.step === null ? 'unknown' : `heat-${cell.step}`}${cell.isNow ? ' now' : ''}`}
          x={`${((cell.hour * 100) / 24).toFixed(2)}%`}
          y={`${((cell.weekday * 100) / 7).toFixed(2)}%`}
          width="3.8%"
          height="12.6%"
          rx="2"
        />
      ))}
      {WEEKDAYS.map((name, weekday) => (
        <text class="y" x="0" dx="-8" y={`${((weekday + 0.44) * 100) / 7}%`} dy="4">
          {name}
        </text>
      ))}
      {[0, 6, 12, 18].map((hour) => (
        <text class="x start" x={`${(hour * 100) / 24}%`} y="100%" dy="14">
          {String(hour).padStart(2, '0')}
        </text>
      ))}
    </>
  );
}

function nameOf(what: string, quickest: Cell | undefined, slowest: Cell | undefined): string {
  if (!quickest || !slowest) return `${what} by hour of the week: not enough data yet`;
  const say = ({ weekday, hour, p50 }: Cell) => `${formatMs(p50)} on ${WEEKDAYS[weekday]} from ${hour} h UTC`;
  return `${what} by hour of the week: quickest ${say(quickest)}, slowest ${say(slowest)}`;
}

function tableOf(cells: readonly Cell[]): Table {
  return {
    columns: [
      { name: 'hour_utc', word: 'UTC', text: (hour: number) => `${String(hour).padStart(2, '0')} h` },
      ...WEEKDAYS.map((word) => ({ name: `${word.toLowerCase()}_p50_ms`, word, text: formatMs })),
    ],
    rows: HOURS.map((hour) => [hour, ...WEEKDAYS.map((_, weekday) => cells[weekday * 24 + hour]!.p50)]),
  };
}
