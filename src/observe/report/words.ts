import { flooredPercent, type Interval } from '../../domain/statistics.ts';
import type { Goal, Rate, State } from '../../domain/verdict.ts';
import { UNKNOWN } from '../../lib/format.ts';
import type { Tone } from './document.ts';

/** Shape, then word, then colour. Only a fault of the target is bad. */
export const STATE_LOOKS: Readonly<Record<State, { readonly glyph: string; readonly tone: Tone }>> = {
  healthy: { glyph: '●', tone: 'good' },
  slow: { glyph: '▲', tone: 'warning' },
  down: { glyph: '✕', tone: 'bad' },
  limited: { glyph: '▲', tone: 'warning' },
  our_account: { glyph: '▲', tone: 'warning' },
  refuses_us: { glyph: '▲', tone: 'warning' },
  delisted: { glyph: '○', tone: 'quiet' },
  no_data: { glyph: '○', tone: 'quiet' },
};

export const GOAL_WORDS: Readonly<Record<Goal, string>> = {
  balanced: 'all in all',
  fastest_start: 'fastest start',
  fastest_output: 'fastest output',
  cheapest: 'cheapest',
  most_reliable: 'most reliable',
};

/** Below this an interval says nothing that n does not say. */
const LEAST_TRIALS = 5;

/** Floored, so that 100% is never less than all: `99.3% (98.1–99.8)`; no interval for a handful. */
export function share({ successes, trials, interval }: Rate): string {
  const floored = flooredPercent(successes, trials);
  if (floored === null) return UNKNOWN;
  const percent = `${floored}%`;
  return interval === null || trials < LEAST_TRIALS ? percent : `${percent} (${bounds(interval)})`;
}

const bounds = ({ low, high }: Interval) => `${Math.floor(low * 1000) / 10}–${Math.floor(high * 1000) / 10}`;

interface Ratio {
  readonly ratio: number;
  readonly low: number;
  readonly high: number;
}

/** How a ratio with its interval is told: `43% more (39–47)`, `20% less (15–25)`, `3.4 times (3.1–3.8)`. */
export function byHowMuch(measured: Ratio, [more, less] = ['more', 'less']): string {
  const { size, isMore, isTimes, interval } = told(measured);
  return isTimes ? `${size} times ${interval}` : `${size} ${isMore ? more : less} ${interval}`;
}

/** The same for a narrow cell: `+43% (39–47)`, `−20% (15–25)`, `3.4 × (3.1–3.8)`. */
export function signed(measured: Ratio): string {
  const { size, isMore, isTimes, interval } = told(measured);
  return isTimes ? `${size} × ${interval}` : `${isMore ? '+' : '−'}${size} ${interval}`;
}

/** Bounds are in the direction of the figure; one that lies on the other side is negative: `(−3 to 8)`. */
function told({ ratio, low, high }: Ratio) {
  const isMore = ratio >= 1;
  const isTimes = ratio >= 3;
  const percent = (value: number) => String(Math.round(value * 100)).replace('-', '−');
  const ends = isTimes
    ? [low.toFixed(1), high.toFixed(1)]
    : (isMore ? [low - 1, high - 1] : [1 - high, 1 - low]).map(percent);
  const interval = `(${ends.join(ends[0]!.startsWith('−') ? ' to ' : '–')})`;
  return { size: isTimes ? ratio.toFixed(1) : `${percent(Math.abs(ratio - 1))}%`, isMore, isTimes, interval };
}

/** A sentence ends, whoever wrote it. */
export const ended = (text: string) => (/[.!?…]$/.test(text) ? text : `${text}.`);

/** A sentence that goes on after a colon: no capital, unless it begins a name or an abbreviation. */
export const goingOn = (text: string) => text.replace(/^[A-Z](?=[a-z]* )/, (capital) => capital.toLowerCase());
