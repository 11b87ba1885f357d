/** @jsxImportSource hono/jsx */
import type { State } from '../../../domain/verdict.ts';
import { STATE_WORDS } from '../../../domain/words.ts';
import { formatCount, formatMs } from '../../../lib/format.ts';
import { names } from '../../../lib/lists.ts';
import { type Chart, Exports } from '../../charts/figure.tsx';
import { sharedAxis } from '../../charts/interval-glyph.tsx';
import { tablePicture } from '../../charts/table-picture.tsx';
import { change as changeWords } from '../../charts/words.ts';
import * as given from '../../parameters.ts';
import { FAILS_OFTEN, failsOften, upper, uptime } from '../../words.ts';
import { Measured, Share } from '../compare/table.tsx';
import { range } from '../model/words.ts';
import { EndpointMark, SCROLLS, Section } from '../parts.tsx';
import { fromPlace } from '../place.ts';
import type { FromPlace, KnownEndpoint } from './content.ts';
import { asking, SPAN_WORDS } from './over-time.tsx';
import { addressOf, type Props } from './reliability.tsx';

type Compared = NonNullable<FromPlace['compared']>;

/** How it is from somewhere, the most telling first. */
const FROM_WORDS: Readonly<Record<State, string>> = {
  down: 'down',
  slow: 'slow',
  refuses_us: 'refuses us',
  our_account: 'our account fails',
  limited: 'limits us',
  delisted: 'delisted',
  no_data: 'no data',
  healthy: 'answers',
};

/** What its places tell apart, and what they do not: first how it is from each, then how long its first token takes to each. */
function sayingOf({ places, endpoint }: KnownEndpoint): string {
  const here = endpoint.location;
  const compared = places.flatMap(({ location, compared }) => (compared === null ? [] : [{ location, ...compared }]));
  const few = compared.filter(({ ratio }) => ratio === null);
  const told = compared.filter(({ ratio, better }) => ratio !== null && better !== null);
  const even = compared.filter(({ ratio, better }) => ratio !== null && better === null);
  const placesOf = (all: typeof compared) => names(all.map(({ location }) => location));
  const pairsOf = (all: typeof compared) => names(all.map(({ n }) => formatCount(n)));
  return [
    ...statesApart(places),
    ...(told.length === 0 ? [] : [`Its first token comes ${names(told.map(laterTo))} than to ${here}.`]),
    ...(even.length === 0
      ? []
      : [
          `No difference in first token between ${here} and ${even.length > 1 ? 'each of ' : ''}${placesOf(even)} that we can tell from noise (n = ${pairsOf(even)} pairs).`,
        ]),
    ...(few.length === 0 ? [] : [`Too little to compare ${here} with ${placesOf(few)} (n = ${pairsOf(few)}).`]),
  ].join(' ');
}

/** `Down from us-1, answers from eu-1.`; nothing where all say the same. */
function statesApart(places: readonly FromPlace[]): readonly string[] {
  const said = (Object.keys(FROM_WORDS) as State[]).flatMap((state) => {
    const those = places.filter((place) => place.state.state === state).map(({ location }) => location);
    return those.length === 0 ? [] : [`${FROM_WORDS[state]} from ${names(those)}`];
  });
  return said.length < 2 ? [] : [`${upper(said.join(', '))}.`];
}

/** `35% (28–43%) later to us-1` */
function laterTo({ location, ratio }: Compared & { readonly location: string }): string {
  const { ratio: times, low, high } = ratio!;
  return `${changeWords(times).slice(1)}${range(low, high)} ${times < 1 ? 'sooner' : 'later'} to ${location}`;
}

/** As it is from each place that asked, over the window of the page. */
export function placesFigure({ content, known }: Props): Chart | null {
  const { places, endpoint } = known;
  if (places.length === 0) return null;
  return {
    name: `${content.provider} on ${content.model_id} from each place. ${sayingOf(known)}`,
    table: {
      columns: [
        ...['location', 'state', 'first_try_successes', 'first_try_trials', 'first_try_low', 'first_try_high'],
        ...['ttft_ms_n', 'ttft_ms_p10', 'ttft_ms_p50', 'ttft_ms_p90', 'against', 'pairs'],
        ...['ratio', 'ratio_low', 'ratio_high', 'difference_ms', 'difference_ms_low', 'difference_ms_high'],
      ],
      rows: places.map(({ location, state, availability: { first_try }, ttft_ms, compared }) => [
        ...[location, state.state, first_try.successes, first_try.trials],
        ...[first_try.interval?.low ?? null, first_try.interval?.high ?? null],
        ...[ttft_ms.n, ttft_ms.p10, ttft_ms.p50, ttft_ms.p90],
        ...[compared && endpoint.location, compared?.n ?? null],
        ...[compared?.ratio?.ratio ?? null, compared?.ratio?.low ?? null, compared?.ratio?.high ?? null],
        ...[
          compared?.difference?.median ?? null,
          compared?.difference?.low ?? null,
          compared?.difference?.high ?? null,
        ],
      ]),
    },
    drawing: tablePicture(
      ['From', 'State', 'Answered', 'First token', `Against ${endpoint.location}`, 'Pairs'],
      places.map((place) => {
        const { word, bounds } = against(place);
        return [
          { text: place.location },
          { text: failsOften(place) ? FAILS_OFTEN : STATE_WORDS[place.state.state] },
          { text: uptime(place.availability.first_try) },
          { text: formatMs(place.ttft_ms.p50) },
          { text: bounds === '' ? word : `${word} (${bounds})` },
          { text: place.compared === null ? '' : formatCount(place.compared.n) },
        ];
      }),
    ),
  };
}

/** Its first token over that to the place that is shown, less one; in a quiet voice where it is noise. */
function against({ compared }: FromPlace): {
  readonly word: string;
  readonly bounds: string;
  readonly isQuiet?: boolean;
} {
  if (compared === null) return { word: 'shown here', bounds: '', isQuiet: true };
  const { ratio, better } = compared;
  if (ratio === null) return { word: 'too few pairs', bounds: '', isQuiet: true };
  const bounds = `${changeWords(ratio.low)} to ${changeWords(ratio.high)}`;
  return better === null ? { word: 'cannot tell', bounds, isQuiet: true } : { word: changeWords(ratio.ratio), bounds };
}

/** One endpoint from each place that asks it: whoever looks from one sees whether it is so from all. */
export function FromEachPlace({ content, known }: Props) {
  const { places, endpoint } = known;
  if (places.length === 0) return null;
  const axis = sharedAxis(places.map(({ ttft_ms }) => ttft_ms));
  const beside = `Against ${endpoint.location}`;
  return (
    <Section
      title="From each place"
      beside={
        <p class="note">
          {SPAN_WORDS[content.span === '90d' ? '30d' : content.span]}. Dot: median. Line: 10th to 90th percentile.
        </p>
      }
    >
      <p class="finding">{sayingOf(known)}</p>
      <section class="panel" aria-label="From each place" {...SCROLLS}>
        <table class="pair stacks">
          <thead>
            <tr>
              <th scope="col">From</th>
              <th scope="col">State</th>
              <th scope="col">Answered</th>
              <th scope="col">First token</th>
              <th scope="col">{beside}</th>
              <th scope="col" class="n">
                Pairs
              </th>
            </tr>
          </thead>
          <tbody>
            {places.map((place) => {
              const { location, availability, ttft_ms, compared } = place;
              const { word, bounds, isQuiet } = against(place);
              return (
                <tr>
                  <th scope="row">
                    <PlaceLink location={location} here={endpoint.location} href={asking(content, {})} />
                  </th>
                  <td data-of="State">
                    <EndpointMark endpoint={place} />
                  </td>
                  <td data-of="Answered">
                    <Share rate={availability.first_try} />
                  </td>
                  <td class={compared === null ? 'subject' : undefined} data-of="First token">
                    <Measured spread={ttft_ms} axis={axis} what={`First token to ${location}`} unit="ms" say={formatMs}>
                      n = {formatCount(ttft_ms.n)}
                    </Measured>
                  </td>
                  <td data-of={beside}>
                    <span class={isQuiet ? 'quiet' : undefined}>{word}</span>
                    <small>{bounds}</small>
                  </td>
                  <td class="n" data-of="Pairs">
                    {compared === null ? '–' : formatCount(compared.n)}
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </section>
      <p class="note">
        Differences are paired: the same question, due at the same time in both places. Under each stands its 95%
        interval.
      </p>
      <Exports address={addressOf(content, 'places')} />
    </Section>
  );
}

/** The same view from there. The one that is shown is marked; of a place whose name no address takes there is none. */
function PlaceLink({
  location,
  here,
  href,
}: {
  readonly location: string;
  readonly here: string;
  readonly href: string;
}) {
  if (location === here) return <b class="ours">{location}</b>;
  if (!given.location.safeParse(location).success) return <span>{location}</span>;
  return <a href={fromPlace(href, location)}>{location}</a>;
}
