import type { z } from 'zod';
import { formatCount, formatMs, formatUsd } from '../../../lib/format.ts';
import { names as listed } from '../../../lib/lists.ts';
import type { Comparison } from '../../schemas/verdicts.ts';

export type Compared = z.output<typeof Comparison>;

interface Words {
  /** Of `a` where it has less, and where it has more; `#` stands for how much. */
  readonly less: string;
  readonly more: string;
  readonly noun: string;
  readonly say: (value: number) => string;
}

const WORDS: Readonly<Record<string, Words>> = {
  ttft_ms: { less: 'starts # sooner', more: 'starts # later', noun: 'first token', say: formatMs },
  ttfat_ms: {
    less: 'begins its answer # sooner',
    more: 'begins its answer # later',
    noun: 'first word of the answer',
    say: formatMs,
  },
  tpot_ms: {
    less: 'takes # less per token',
    more: 'takes # more per token',
    noun: 'time per token',
    say: (ms) => (ms < 9.95 ? `${ms.toFixed(2)} ms` : formatMs(ms)),
  },
  e2e_ms: { less: 'finishes # sooner', more: 'finishes # later', noun: 'whole reply', say: formatMs },
  completion_tokens: {
    less: 'writes # tokens fewer',
    more: 'writes # tokens more',
    noun: 'length of a reply',
    say: (value) => (value < 9.95 ? value.toFixed(1) : formatCount(Math.round(value))),
  },
  cost_usd: { less: 'costs # less per reply', more: 'costs # more per reply', noun: 'cost of a reply', say: formatUsd },
  price_usd_per_mtok: {
    less: 'costs # less per million tokens',
    more: 'costs # more per million tokens',
    noun: 'price',
    say: formatUsd,
  },
  availability: {
    less: 'answers # less often',
    more: 'answers # more often',
    noun: 'availability',
    say: (value) => `${(100 * value).toFixed(value < 0.01 ? 2 : 1)} points`,
  },
};

export const nounOf = (metric: string) => WORDS[metric]?.noun ?? metric;

/** Too few cycles have both. */
export const isUnknown = ({ ratio, difference }: Compared) => ratio === null && difference === null;

/** `starts 31 ms sooner (24–38)`, of `a`; null: no difference beyond noise. */
export function clauseOf(comparison: Compared): { readonly clause: string; readonly bounds: string } | null {
  const { metric, better } = comparison;
  const words = WORDS[metric];
  if (better === null || words === undefined) return null;
  const isLess = (better === 'a') !== (metric === 'availability');
  const { size, bounds } = amountOf(comparison, isLess, words.say);
  return { clause: (isLess ? words.less : words.more).replace('#', () => size), bounds };
}

/** By the difference; in per cent where that is not beyond noise by itself, and only the ratio is. */
function amountOf({ ratio, difference }: Compared, isLess: boolean, say: Words['say']) {
  const sign = isLess ? 1 : -1;
  if (difference !== null && sign * difference.low > 0 && sign * difference.high > 0) {
    const [low, high] = [Math.abs(difference.low), Math.abs(difference.high)].sort((a, b) => a - b) as [number, number];
    return { size: say(Math.abs(difference.median)), bounds: rangeOf(low, high, say) };
  }
  // a over b, less one: by how much of the other it has less or more.
  const share = (value: number) => Math.abs(1 / value - 1);
  const percent = (value: number) => `${Math.round(100 * value)}%`;
  if (ratio === null) return { size: 'somewhat', bounds: '' };
  const [low, high] = [share(ratio.low), share(ratio.high)].sort((a, b) => a - b) as [number, number];
  return { size: percent(share(ratio.ratio)), bounds: rangeOf(low, high, percent) };
}

/** ` (24–38)`, where both have the same unit, which was just said; ` (980 ms–1.2 s)`, where not; nothing where both read the same. */
function rangeOf(low: number, high: number, say: Words['say']): string {
  const [from, to] = [say(low), say(high)];
  if (from === to) return '';
  const [first, last] = [from, to].map((said) => said.match(/^([\d.,]+)( \S+|%)$/));
  if (!first || !last || first[2] !== last[2]) return ` (${from}–${to})`;
  return ` (${first[1]}–${last[2] === '%' ? to : last[1]})`;
}

/** The first line of the page. */
export function headline(comparison: Compared | undefined, a: string, b: string): string {
  if (comparison === undefined || isUnknown(comparison)) {
    return `Too little to compare ${a} with ${b} (n = ${comparison?.n ?? 0}).`;
  }
  const told = clauseOf(comparison);
  return told === null
    ? `No difference in ${nounOf(comparison.metric)} we can tell from noise (n = ${comparison.n}).`
    : `${a} ${told.clause} than ${b}${told.bounds}.`;
}

/** What else can be told, and what cannot. */
export function alsoOf(comparisons: readonly Compared[], a: string): string {
  const told = comparisons.flatMap((each) => clauseOf(each) ?? []).map(({ clause, bounds }) => `${clause}${bounds}`);
  const even = comparisons
    .filter((each) => !isUnknown(each) && clauseOf(each) === null)
    .map((each) => nounOf(each.metric));
  return [
    ...(told.length === 0 ? [] : [`${a} also ${listed(told)}.`]),
    ...(even.length === 0 ? [] : [`No difference we can tell in ${listed(even)}.`]),
  ].join(' ');
}
