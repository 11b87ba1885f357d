import { wilsonInterval } from '../domain/statistics.ts';
import type { Replaced } from './names-changed.ts';
import { part } from './splits.ts';

/** What flags say: what was seen, with the figures, and nothing of why. */

export const saysCounts = ({ was, is, n, count }: Replaced): string =>
  `The same prompt counts ${is} tokens in ${count} of the last ${n} replies, and counted ${was} before.`;

export const saysName = (subject: string, { was, is, n, count }: Replaced, names: readonly string[]): string =>
  `${subject} "${names[is]}" in ${count} of the last ${n} replies, and was "${names[was]}" before.`;

export const saysAnswers = (wrong: Float64Array, at: number): string => saysRise(wrong, at, 'answers', 'are wrong');
export const saysCut = (cut: Float64Array, at: number): string =>
  saysRise(cut, at, 'replies', 'are cut at the length limit');
export const saysStuck = (stuck: Float64Array, at: number): string =>
  saysRise(stuck, at, 'replies', 'mostly repeat themselves');

function saysRise(values: Float64Array, at: number, noun: string, what: string): string {
  const before = part(values, 0, at);
  const since = part(values, at, values.length);
  const yes = Math.round(since.mean * since.n);
  return `Of the last ${since.n} ${noun} ${withRange(yes, since.n)} ${what}; before, ${percent(before.mean)}.`;
}

export function saysLength(logs: Float64Array, at: number): string {
  const { factor, n } = shift(logs, at);
  const by = percent(Math.abs(factor - 1));
  return `The last ${n} replies are ${by} ${factor < 1 ? 'shorter' : 'longer'} than before, beyond what others' are.`;
}

export const saysChunking = (logs: Float64Array, at: number): string =>
  saysFactor(logs, at, 'A chunk holds', 'as many tokens as before');
export const saysGaps = (logs: Float64Array, at: number): string =>
  saysFactor(logs, at, 'The longest gaps between chunks are, against the usual one,', 'what they were before');

function saysFactor(logs: Float64Array, at: number, subject: string, what: string): string {
  const { factor, n } = shift(logs, at);
  return `${subject} ${Number(factor.toPrecision(2))} times ${what}, in the last ${n} replies.`;
}

function shift(logs: Float64Array, at: number): { readonly factor: number; readonly n: number } {
  const { n, mean } = part(logs, at, logs.length);
  return { factor: Math.exp(mean - part(logs, 0, at).mean), n };
}

/** `40 % (22 to 61 %)`: the interval is 95 %. */
export function withRange(yes: number, n: number): string {
  const { low, high } = wilsonInterval(yes, n)!;
  return `${percent(yes / n)} (${Math.round(100 * low)} to ${Math.round(100 * high)} %)`;
}

export const percent = (share: number): string => `${Math.round(100 * share)} %`;
