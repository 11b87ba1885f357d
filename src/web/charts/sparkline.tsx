/** @jsxImportSource hono/jsx */
import { Stretched } from './figure.tsx';
import { linear, medianOf, pathOf, round, upwards } from './scale.ts';

export interface Line {
  /** From the first value to the last, as x counts. */
  readonly steps: number;
  readonly runs: readonly (readonly (readonly [x: number, y: number])[])[];
  /** In per cent of the picture. */
  readonly last: readonly [x: number, y: number] | null;
}

/** Gaps stay gaps. What stays between 0.6 and 1.6 times its median looks steady, because it is. */
export function sparkOf(values: readonly (number | null)[]): Line {
  const median = medianOf(values);
  const steps = Math.max(1, values.length - 1);
  if (median === null) return { steps, runs: [], last: null };
  const known = values.filter((value) => value !== null);
  const y = upwards(linear(Math.min(0.6 * median, ...known), Math.max(1.6 * median, ...known)));
  const runs: [number, number][][] = [[]];
  values.forEach((value, index) => {
    if (value === null) runs.push([]);
    else runs.at(-1)!.push([index, tenths(5 + 0.9 * y(value))]);
  });
  const drawn = runs.filter((run) => run.length > 0);
  const last = drawn.at(-1)?.at(-1);
  return { steps, runs: drawn, last: last === undefined ? null : [round((100 * last[0]) / steps), last[1]] };
}

/** A sparkline is too low for more to be seen. */
const tenths = (value: number) => Math.round(value * 10) / 10;

/** @param tone `warning` or `good` where the change is beyond noise */
export function Sparkline(props: {
  readonly values: readonly (number | null)[];
  readonly name: string;
  readonly tone?: 'good' | 'warning' | undefined;
}) {
  const { steps, runs, last } = sparkOf(props.values);
  return (
    <svg class={`sparkline ${props.tone ?? ''}`.trim()} width="100%" height="100%" role="img" aria-label={props.name}>
      {last && (
        <>
          <Stretched steps={steps}>
            <path class="line" d={pathOf(runs)} />
          </Stretched>
          <circle class="last" cx={`${last[0]}%`} cy={`${last[1]}%`} r="2.2" />
        </>
      )}
    </svg>
  );
}
