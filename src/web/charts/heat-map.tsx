/** @jsxImportSource hono/jsx */
import { formatMs } from '../../lib/format.ts';
import type { HourOfWeek } from '../../ports.ts';
import { Figure } from './figure.tsx';

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

/** When it is fast, by hour of the week. */
export function HeatMap(props: {
  readonly hours: readonly HourOfWeek[];
  readonly nowMs: number;
  readonly what: string;
}) {
  const cells = cellsOf(props.hours, props.nowMs);
  const known = cells.filter((cell) => cell.p50 !== null).toSorted((a, b) => a.p50! - b.p50!);
  const [quickest, slowest] = [known[0], known.at(-1)];
  return (
    <Figure table={tableOf(cells)}>
      <div class="plot heat">
        <svg width="100%" height="100%" role="img" aria-label={nameOf(props.what, quickest, slowest)}>
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
        </svg>
      </div>
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

function nameOf(what: string, quickest: Cell | undefined, slowest: Cell | undefined): string {
  if (!quickest || !slowest) return `${what} by hour of the week: not enough data yet`;
  const say = ({ weekday, hour, p50 }: Cell) => `${formatMs(p50)} on ${WEEKDAYS[weekday]} from ${hour} h UTC`;
  return `${what} by hour of the week: quickest ${say(quickest)}, slowest ${say(slowest)}`;
}

function tableOf(cells: readonly Cell[]) {
  return {
    columns: ['UTC', ...WEEKDAYS],
    rows: HOURS.map((hour) => [
      `${String(hour).padStart(2, '0')} h`,
      ...WEEKDAYS.map((_, weekday) => formatMs(cells[weekday * 24 + hour]!.p50)),
    ]),
  };
}
