/** @jsxImportSource hono/jsx */
import { Sparkline } from '../../charts/sparkline.tsx';
import { change as changeWords } from '../../charts/words.ts';
import type { Row } from './rows.ts';
import { lastChange } from './words.ts';

/** Fewer days are no trend. */
const LEAST_DAYS = 5;

/** Thirty days of first tokens, and what became of them. */
export function TrendOf({ row: { endpoint, trend } }: { readonly row: Row }) {
  const last = lastChange(endpoint);
  const isKnown = trend.filter((value) => value !== null).length >= LEAST_DAYS;
  const tone = last === undefined ? undefined : last.ratio > 1 ? 'warning' : 'good';
  const words = last !== undefined ? changeWords(last.ratio) : isKnown ? 'steady' : '–';
  return (
    <div>
      <Sparkline values={trend} name={`First token of ${endpoint.provider} in 30 days: ${words}`} tone={tone} />
      <span class={tone ?? 'quiet'}>{words}</span>
    </div>
  );
}
