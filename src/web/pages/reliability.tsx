/** @jsxImportSource hono/jsx */

import { z } from 'zod';
import { DAY_MS } from '../../domain/utc-day.ts';
import type { State } from '../../domain/verdict.ts';
import { STATE_WORDS } from '../../domain/words.ts';
import { counted } from '../../lib/lists.ts';
import type { DayCount, Knowledge } from '../../ports.ts';
import type { Chart } from '../charts/figure.tsx';
import { Ribbon, RibbonMarks } from '../charts/ribbon.tsx';
import { tablePicture } from '../charts/table-picture.tsx';
import { day } from '../charts/words.ts';
import { iso } from '../data-names.ts';
import { Count, Moment, Text } from '../schemas/schema.ts';
import { failsOften, STATE_LOOKS, uptime } from '../words.ts';
import { Mark, ProviderLink } from './parts.tsx';

/** Counts as pairs: a page has a thousand of them. */
export const Reliability = z.array(
  z.object({
    provider: Text,
    since: Moment,
    days: z.array(z.tuple([Count, Count])).describe('Of each day: ok, target errors.'),
  }),
);
type Reliable = z.output<typeof Reliability>[number];

/** As it stands after "Could not read". */
export const RELIABILITY = 'the reliability of ninety days. All else is complete';

/** Of these providers, in alphabetical order. */
export async function reliabilityOf(knowledge: Knowledge, providers: ReadonlySet<string>) {
  const all = [...(await knowledge.reliability())].filter(
    ([provider, days]) => providers.has(provider) && days.length > 0,
  );
  return all
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([provider, days]) => ({
      provider,
      since: iso(days[0]!.atMs),
      days: days.map(({ ok, targetErrors }) => [ok, targetErrors]),
    }));
}

export function daysOf({ since, days }: Reliable): readonly DayCount[] {
  const sinceMs = Date.parse(since);
  return days.map(([ok, targetErrors], at) => ({ atMs: sinceMs + at * DAY_MS, ok, targetErrors }));
}

export function sumOf({ days }: Reliable) {
  const successes = days.reduce((sum, [ok]) => sum + ok, 0);
  return { successes, trials: successes + days.reduce((sum, [, failed]) => sum + failed, 0) };
}

type Standing = Parameters<typeof failsOften>[0] & { readonly provider: string };

const sinceOf = (each: Reliable) => Date.parse(each.since);

/** Each day of each provider a row; the picture has a ribbon for each. Null: of nobody. */
export function ribbonsFigure(reliability: readonly Reliable[]): Chart | null {
  const [first] = reliability;
  if (first === undefined) return null;
  return {
    name: `First attempts answered, day by day since ${day(sinceOf(first))}: ${reliability.map((each) => `${each.provider} ${uptime(sumOf(each))}`).join(', ')}`,
    table: {
      columns: ['provider', 'day', 'ok', 'target_errors'],
      rows: reliability.flatMap((each) =>
        daysOf(each).map(({ atMs, ok, targetErrors }) => [each.provider, iso(atMs).slice(0, 10), ok, targetErrors]),
      ),
    },
    drawing: tablePicture(
      ['Provider', `${first.days.length} days`, 'Uptime'],
      reliability.map((each) => [
        { text: each.provider },
        {
          picture: (
            <g class="ribbon">
              <RibbonMarks days={daysOf(each)} />
            </g>
          ),
        },
        { text: uptime(sumOf(each)) },
      ]),
    ),
  };
}

/** A ribbon for each provider, the most reliable first. */
export function Ribbons({
  reliability,
  endpoints,
}: {
  /** Null: it could not be read. */
  reliability: readonly Reliable[] | null;
  endpoints: readonly Standing[];
}) {
  const share = (each: Reliable) => {
    const { successes, trials } = sumOf(each);
    return trials === 0 ? -1 : successes / trials;
  };
  if (reliability === null) return <p class="note">It could not be read.</p>;
  const first = reliability[0];
  if (first === undefined) return <p class="note">No data yet.</p>;
  return (
    <>
      <ul class="ribbons">
        {reliability
          .toSorted((a, b) => share(b) - share(a))
          .map((each) => (
            <li>
              <b>
                <ProviderLink provider={each.provider} />
              </b>
              <div class="ribbon-box">
                <Ribbon days={daysOf(each)} whose={each.provider} />
              </div>
              <span class="uptime">{uptime(sumOf(each))}</span>
              <Worst endpoints={endpoints.filter(({ provider }) => provider === each.provider)} />
            </li>
          ))}
      </ul>
      <p class="ribbons-ends note">
        <span>{day(Date.parse(first.since))}</span>
        <span>today</span>
      </p>
    </>
  );
}

/** The worst of what it offers: one that is down, before one that is slow. */
function Worst({ endpoints }: { endpoints: readonly Standing[] }) {
  const is = (state: State) => endpoints.filter((each) => each.state.state === state).length;
  const worst = (['down', 'slow'] as const).find((state) => is(state) > 0);
  const often = endpoints.filter(failsOften).length;
  if (worst === undefined && often > 0) {
    return (
      <Mark shape="triangle" tone="warning">
        Fails often
        <span class="vh">{` on ${often} of ${counted(endpoints.length, 'model')}`}</span>
      </Mark>
    );
  }
  const state = worst ?? endpoints.find((each) => each.state.state !== 'healthy')?.state.state ?? 'healthy';
  const { shape, tone } = STATE_LOOKS[state];
  const word = STATE_WORDS[state];
  const some = is(state) < endpoints.length && state !== 'healthy';
  return (
    <Mark shape={shape} tone={tone}>
      {word} now
      {some ? (
        <span class="vh">
          {' '}
          on {is(state)} of {counted(endpoints.length, 'model')}
        </span>
      ) : null}
    </Mark>
  );
}
