/** @jsxImportSource hono/jsx */
import { Stretched } from './figure.tsx';
import { round } from './scale.ts';

/** How an attempt ended: only `failed` is the target's fault, or the router's. */
export type Ending = 'ok' | 'failed' | 'other';

const HEIGHTS: Readonly<Record<Ending, number>> = { ok: 42, failed: 100, other: 18 };
const LOOKS: Readonly<Record<Ending, string>> = { ok: 'good', failed: 'bad', other: 'unknown' };
const ENDINGS = Object.keys(HEIGHTS) as readonly Ending[];

/** One bar per attempt, oldest first; a failure is taller. */
export function AttemptBars({ endings }: { readonly endings: readonly Ending[] }) {
  const step = 100 / Math.max(1, endings.length);
  const bars = (wanted: Ending) =>
    endings
      .map((ending, index) =>
        ending === wanted
          ? `M${round(index * step)} 100v${-HEIGHTS[ending]}h${round(step * 0.68)}v${HEIGHTS[ending]}z`
          : '',
      )
      .join('');
  return (
    <svg class="ribbon" width="100%" height="100%" role="img" aria-label={nameOf(endings)}>
      <Stretched>
        {ENDINGS.filter((ending) => endings.includes(ending)).map((ending) => (
          <path class={LOOKS[ending]} d={bars(ending)} />
        ))}
      </Stretched>
    </svg>
  );
}

function nameOf(endings: readonly Ending[]): string {
  if (endings.length === 0) return 'No attempt in the last 24 hours';
  const count = (wanted: Ending) => endings.filter((ending) => ending === wanted).length;
  const others = count('other') === 0 ? '' : `, ${count('other')} met something that is not its fault`;
  return `Of the last ${endings.length} attempts ${count('ok')} were answered and ${count('failed')} failed${others}`;
}
