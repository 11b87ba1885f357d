/** @jsxImportSource hono/jsx */
import { type Day, daysInWords, type Grade, gradeOf } from './days.ts';
import { Stretched } from './figure.tsx';
import { round } from './scale.ts';

const MOST_BARS = 90;
/** Of a step; the rest is the gap. */
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

/**
 * One path per grade, in a picture that is as many steps wide as it has bars; each bar is drawn from where the one before it began. So days that are alike
 * are written alike, and a dozen ribbons hardly weigh on a page.
 */
function Bars({ bars }: { readonly bars: readonly Bar[] }) {
  return (
    <Stretched steps={Math.max(1, bars.length)}>
      {(['good', 'worse', 'bad', 'none'] as const).map((grade) => {
        const d = pathOfBars(bars, grade);
        return d === '' ? null : <path class={grade === 'none' ? 'stub' : grade} d={d} />;
      })}
    </Stretched>
  );
}

function pathOfBars(bars: readonly Bar[], grade: Grade): string {
  let path = '';
  let from = 0;
  for (const [at, bar] of bars.entries()) {
    if (bar.grade !== grade) continue;
    path += path === '' ? `M${at} 100` : `m${at - from} 0`;
    path += grade === 'none' ? `h${BAR}z` : `v${-bar.height}h${BAR}v${bar.height}z`;
    from = at;
  }
  return path;
}
