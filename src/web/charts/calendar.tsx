/** @jsxImportSource hono/jsx */
import { DAY_MS } from '../../domain/utc-day.ts';
import { UNKNOWN } from '../../lib/format.ts';
import { flooredShare } from '../words.ts';
import { type Day, daysInWords, type Grade, gradeOf } from './days.ts';
import { type Address, type Chart, Figure, type Table } from './figure.tsx';
import { day as dayName, month } from './words.ts';

const CELL = 19;
const GAP = 4;
const LEFT = 34;
const TOP = 20;
const WORDS: Readonly<Record<Grade, string>> = {
  good: 'not surely below 99%',
  worse: 'surely below 99%',
  bad: 'surely below 90%',
  none: 'no data',
};

export interface CalendarDay {
  readonly day: Day;
  readonly grade: Grade;
  /** From 0. */
  readonly week: number;
  /** 0 is Monday. */
  readonly weekday: number;
}

/** Weeks as columns from Monday down. Days are in order of time. */
export function calendarOf(days: readonly Day[]): readonly CalendarDay[] {
  if (days.length === 0) return [];
  const firstMonday = mondayOf(days[0]!.atMs);
  return days.map((day) => ({
    day,
    grade: gradeOf(day),
    week: (mondayOf(day.atMs) - firstMonday) / 7,
    weekday: Math.floor(day.atMs / DAY_MS) - mondayOf(day.atMs),
  }));
}

/** In days since the epoch, whose first Monday was the fifth day. */
function mondayOf(atMs: number): number {
  const days = Math.floor(atMs / DAY_MS);
  return days - ((days + 3) % 7);
}

export interface CalendarProps {
  readonly days: readonly Day[];
  readonly whose: string;
}

export function calendarFigure({ days, whose }: CalendarProps) {
  const cells = calendarOf(days);
  const weeks = (cells.at(-1)?.week ?? 0) + 1;
  return {
    name: `${whose}: ${daysInWords(days)}`,
    table: dayTable(days),
    drawing: {
      look: 'calendar',
      width: LEFT + weeks * (CELL + GAP),
      height: TOP + 7 * (CELL + GAP),
      room: { top: 0, right: 16, bottom: 8, left: 16 },
      marks: <Marks cells={cells} />,
    },
  } satisfies Chart;
}

/** How reliable each day was, with a sign in those that were not. */
export function Calendar(props: CalendarProps & { readonly address?: Address }) {
  const { name, table, drawing } = calendarFigure(props);
  const { width, height, marks } = drawing;
  return (
    <Figure table={table} address={props.address}>
      <svg
        class="calendar"
        viewBox={`0 0 ${width} ${height}`}
        width={width}
        height={height}
        role="img"
        aria-label={name}
      >
        {marks}
      </svg>
      <p class="calendar-key">
        <span class="good" /> ≥ 99% <span class="worse" /> 90–99% <span class="bad" /> below 90%{' '}
        <span class="no-data" /> no data
      </p>
    </Figure>
  );
}

function Marks({ cells }: { readonly cells: readonly CalendarDay[] }) {
  return (
    <>
      {monthsOf(cells).map(({ week, name }) => (
        <text x={LEFT + week * (CELL + GAP)} y="12">
          {name}
        </text>
      ))}
      {(['Mon', 'Thu', 'Sun'] as const).map((name, index) => (
        <text x="0" y={TOP + index * 3 * (CELL + GAP) + 14}>
          {name}
        </text>
      ))}
      {cells.map(CellOf)}
    </>
  );
}

function CellOf({ grade, week, weekday }: CalendarDay) {
  const x = LEFT + week * (CELL + GAP);
  const y = TOP + weekday * (CELL + GAP);
  const sign = { worse: '▲', bad: '✕', good: null, none: null }[grade];
  return (
    <>
      <rect class={grade === 'none' ? 'no-data' : grade} x={x} y={y} width={CELL} height={CELL} rx="3" />
      {sign && (
        <text class="sign" x={x + CELL / 2} y={y + CELL / 2 + 3.5}>
          {sign}
        </text>
      )}
    </>
  );
}

/** A month is named over the first week that begins in it, and never twice within three weeks. */
function monthsOf(cells: readonly CalendarDay[]) {
  const named: { readonly week: number; readonly name: string }[] = [];
  for (const { day, week, weekday } of cells) {
    if (weekday !== 0) continue;
    const name = month(day.atMs);
    const last = named.at(-1);
    if (last === undefined || (last.name !== name && week - last.week >= 3)) named.push({ week, name });
  }
  return named;
}

const rateWords = (rate: number | null) => (rate === null ? UNKNOWN : `${flooredShare(rate)}%`);

function dayTable(days: readonly Day[]): Table {
  return {
    columns: [
      { name: 'day', word: 'Day (UTC)', text: (day: string) => dayName(Date.parse(day)) },
      { name: 'ok', word: 'Answered' },
      { name: 'trials', word: 'Of' },
      { name: 'rate', word: 'Share', text: rateWords },
      { name: 'verdict', word: 'Verdict' },
    ],
    rows: days.map((each) => {
      const trials = each.ok + each.targetErrors;
      const date = new Date(each.atMs).toISOString().slice(0, 10);
      return [date, each.ok, trials, trials === 0 ? null : each.ok / trials, WORDS[gradeOf(each)]];
    }),
  };
}
