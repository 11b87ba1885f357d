/** @jsxImportSource hono/jsx */
import { formatCount, formatMs, formatUsd } from '../../lib/format.ts';
import { figure } from '../words.ts';
import { logarithmic, logTicks, type Scale } from './scale.ts';

export interface Spread {
  readonly p10: number | null;
  readonly p50: number | null;
  readonly p90: number | null;
}

export interface Axis {
  readonly scale: Scale;
  readonly ticks: readonly number[];
}

/** One logarithmic axis for all rows of a column: from the least known value to the greatest, and never less than a factor of four. */
export function sharedAxis(spreads: readonly Spread[]): Axis {
  const known = spreads.flatMap(({ p10, p50, p90 }) => [p10, p50, p90]).filter((value) => value !== null && value > 0);
  if (known.length === 0) return { scale: logarithmic(1, 10), ticks: [] };
  const least = Math.min(...(known as number[]));
  const most = Math.max(...(known as number[]));
  const widen = Math.max(1.12, Math.sqrt(4 / (most / least)));
  const [from, to] = [least / widen, most * widen];
  return { scale: logarithmic(from, to), ticks: logTicks(from, to) };
}

const IN_WORDS = {
  ms: (value: number) => formatMs(value),
  'tok/s': (value: number) => `${figure(value)} tok/s`,
  tokens: (value: number) => `${formatCount(value)} tokens`,
  usd: (value: number) => formatUsd(value),
};

/** A dot at the median, a line from the 10th to the 90th percentile where n allows them. */
export function IntervalGlyph(props: {
  readonly spread: Spread;
  readonly axis: Axis;
  readonly what: string;
  readonly unit: keyof typeof IN_WORDS;
}) {
  const { spread, axis, what, unit } = props;
  const { p10, p50, p90 } = spread;
  const say = IN_WORDS[unit];
  const between = p10 !== null && p90 !== null ? `, from ${say(p10)} to ${say(p90)} in eight of ten` : '';
  const at = (value: number) => `${axis.scale(value)}%`;
  return (
    <svg
      class="interval"
      width="100%"
      height="100%"
      role="img"
      aria-label={p50 === null ? `${what}: no data` : `${what}: median ${say(p50)}${between}`}
    >
      {axis.ticks.map((tick) => (
        <line class="tick" x1={at(tick)} x2={at(tick)} y1="10%" y2="90%" />
      ))}
      {p10 !== null && p90 !== null && <line class="range" x1={at(p10)} x2={at(p90)} y1="50%" y2="50%" />}
      {p50 !== null && <circle class="median" cx={at(p50)} cy="50%" r="3.2" />}
    </svg>
  );
}
