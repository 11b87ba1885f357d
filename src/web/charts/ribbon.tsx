/** @jsxImportSource hono/jsx */
import { type Day, daysInWords, type Grade, gradeOf } from './days.ts';
import { Stretched } from './figure.tsx';
import { round } from './scale.ts';

const MOST_BARS = 90;
const BAR = 0.68;

export interface Bar {
  readonly day: Day;
  readonly grade: Grade;
  /** Per cent of the ribbon's height; of a day without data a stub, whose height is none of these. */
  readonly height: number;
}

/** One bar per day, the last 90 at most: the worse the day, the taller. */
export const barsOf = (days: readonly Day[]): readonly Bar[] =>
  days.slice(-MOST_BARS).map((day) => ({ day, grade: gradeOf(day), height: heightOf(day) }));

/** Half as many bars, each of two days, of which the worse is shown. */
export function pairedBars(days: readonly Day[]): readonly Bar[] {
  const bars = barsOf(days);
  const odd = bars.length % 2;
  return bars
    .slice(odd)
    .flatMap((bar, index, all) => (index % 2 === 1 ? [worse(all[index - 1]!, bar)] : []))
    .toSpliced(0, 0, ...bars.slice(0, odd));
}

const worse = (a: Bar, b: Bar) => (a.height > b.height ? a : b);

function heightOf(day: Day): number {
  const rate = day.ok / (day.ok + day.targetErrors);
  switch (gradeOf(day)) {
    case 'good':
      return 42;
    case 'worse':
      return round(55 + 20 * clamp((0.99 - rate) / 0.09));
    case 'bad':
      return round(80 + 20 * clamp((0.9 - rate) / 0.9));
    case 'none':
      return 0;
  }
}

const clamp = (share: number) => Math.min(1, Math.max(0, share));

/** How reliable each day was. On phones half as many bars. */
export function Ribbon({ days, whose }: { readonly days: readonly Day[]; readonly whose: string }) {
  const shown = days.slice(-MOST_BARS);
  const since = shown[0] === undefined ? undefined : new Date(shown[0].atMs).toISOString().slice(0, 10);
  return (
    <svg
      class="ribbon"
      width="100%"
      height="100%"
      role="img"
      aria-label={`${whose}: ${daysInWords(days)}`}
      data-since={since}
      data-days={since && shown.map(({ ok, targetErrors }) => `${ok}/${ok + targetErrors}`).join(' ')}
    >
      <g class="wide">
        <Bars bars={barsOf(days)} />
      </g>
      <g class="narrow">
        <Bars bars={pairedBars(days)} />
      </g>
    </svg>
  );
}

/** All bars of a ribbon, for whoever draws it as a part of something else. */
export const RibbonMarks = ({ days }: { readonly days: readonly Day[] }) => <Bars bars={barsOf(days)} />;

/** One path per grade: a page has a dozen ribbons, and a bar is twenty bytes. */
function Bars({ bars }: { readonly bars: readonly Bar[] }) {
  const step = 100 / Math.max(1, bars.length);
  const filled = (grade: Grade) =>
    bars.map((bar, index) => (bar.grade === grade ? rectangle(index * step, step * BAR, bar.height) : '')).join('');
  const stubs = bars
    .map(({ grade }, index) => (grade === 'none' ? `M${round(index * step)} 100h${round(step * BAR)}` : ''))
    .join('');
  return (
    <Stretched>
      {(['good', 'worse', 'bad'] as const).map((grade) => {
        const d = filled(grade);
        return d === '' ? null : <path class={grade} d={d} />;
      })}
      {stubs === '' ? null : <path class="stub" d={stubs} />}
    </Stretched>
  );
}

const rectangle = (x: number, width: number, height: number) =>
  `M${round(x)} 100v${-height}h${round(width)}v${height}z`;
