/** @jsxImportSource hono/jsx */
import { Stretched } from './figure.tsx';
import { linear, medianOf, pathOf, round, upwards } from './scale.ts';

export interface Line {
  readonly runs: readonly (readonly (readonly [x: number, y: number])[])[];
  readonly last: readonly [x: number, y: number] | null;
}

/** Gaps stay gaps. What stays between 0.6 and 1.6 times its median looks steady, because it is. */
export function sparkOf(values: readonly (number | null)[]): Line {
  const median = medianOf(values);
  if (median === null) return { runs: [], last: null };
  const known = values.filter((value) => value !== null);
  const x = linear(0, Math.max(1, values.length - 1));
  const y = upwards(linear(Math.min(0.6 * median, ...known), Math.max(1.6 * median, ...known)));
  const runs: [number, number][][] = [[]];
  values.forEach((value, index) => {
    if (value === null) runs.push([]);
    else runs.at(-1)!.push([x(index), round(5 + 0.9 * y(value))]);
  });
  const drawn = runs.filter((run) => run.length > 0);
  return { runs: drawn, last: drawn.at(-1)?.at(-1) ?? null };
}

/** @param tone `warning` or `good` where the change is beyond noise */
export function Sparkline(props: {
  readonly values: readonly (number | null)[];
  readonly name: string;
  readonly tone?: 'good' | 'warning' | undefined;
}) {
  const { runs, last } = sparkOf(props.values);
  return (
    <svg class={`sparkline ${props.tone ?? ''}`.trim()} width="100%" height="100%" role="img" aria-label={props.name}>
      {last && (
        <>
          <Stretched>
            <path class="line" d={pathOf(runs)} />
          </Stretched>
          <circle class="last" cx={`${last[0]}%`} cy={`${last[1]}%`} r="2.2" />
        </>
      )}
    </svg>
  );
}
