import { FEATURES } from '../../../domain/verdict.ts';
import { formatCount } from '../../../lib/format.ts';
import { names as listed } from '../../../lib/lists.ts';
import { type BandProps, bandFigure } from '../../charts/band-chart.tsx';
import type { Address } from '../../charts/figure.tsx';
import { tablePicture } from '../../charts/table-picture.tsx';
import { day } from '../../charts/words.ts';
import { iso } from '../../data-names.ts';
import { upper } from '../../words.ts';
import { daysOf, pointsOf } from '../days-shown.ts';
import { METRIC_WORDS } from '../endpoint/over-time.tsx';
import type { Figures } from '../exports.ts';
import { FEATURE_LOOKS, FEATURE_WORDS } from '../features.tsx';
import { ribbonsFigure } from '../reliability.tsx';
import type { CompareContent } from './content.ts';
import { asking, namesOf, saidOf } from './sides.ts';
import { clauseOf, isUnknown, nounOf } from './words.ts';

/** Null: there are no two to compare. */
type Of<Made> = (content: CompareContent, names: readonly string[], nowMs: number) => Made;
const ofTwo =
  <Made>(made: Of<Made>) =>
  (content: CompareContent, { nowMs }: { readonly nowMs: number }) =>
    content.unknown.length > 0 || content.sides.length < 2 ? null : made(content, namesOf(content.sides), nowMs);

/** What of a comparison can be had by itself. */
export const COMPARE_FIGURES = {
  comparisons: ofTwo(comparisonsFigure),
  history: ofTwo((content, names) => bandFigure(bandProps(content, names))),
  reliability: ofTwo(reliabilityFigure),
  features: ofTwo(featuresFigure),
} satisfies Figures<CompareContent>;

/** Where it is, under the same question. */
export const figureOf = (content: CompareContent, figure: keyof typeof COMPARE_FIGURES): Address => ({
  path: `/figures/compare/${figure}`,
  query: asking(content).slice('/compare'.length),
});

export function bandProps(content: CompareContent, names: readonly string[]): BandProps {
  const { sides, metric, since, until } = content;
  const window = { sinceMs: Date.parse(since), untilMs: Date.parse(until) };
  const [first, ...others] = names;
  return {
    name: `${METRIC_WORDS[metric]} since ${day(window.sinceMs)}. ${saidOf(content, 1)} Blue: ${first}; grey: ${listed(others)}.`,
    points: pointsOf(sides[0]!.points),
    window,
    others: sides.slice(1).map(({ points }, at) => ({ name: names[at + 1]!, points: pointsOf(points) })),
  };
}

/** Each metric of each pair; `a` is the first of all. */
function comparisonsFigure({ comparisons, window }: CompareContent, names: readonly string[]) {
  const pairs = comparisons.flatMap((own, at) => own.map((each) => ({ ...each, name: names[at + 1]! })));
  return {
    name: `${names[0]} against ${listed(names.slice(1))}, paired by cycle over ${window}`,
    table: {
      columns: [
        ...['a_model_id', 'a_provider', 'b_model_id', 'b_provider', 'metric', 'n', 'difference_median'],
        ...['difference_low', 'difference_high', 'ratio', 'ratio_low', 'ratio_high', 'better'],
      ],
      rows: pairs.map(({ a, b, metric, n, difference, ratio, better }) => [
        ...[a.model_id, a.provider, b.model_id, b.provider, metric, n],
        ...[difference?.median ?? null, difference?.low ?? null, difference?.high ?? null],
        ...[ratio?.ratio ?? null, ratio?.low ?? null, ratio?.high ?? null, better],
      ]),
    },
    drawing: tablePicture(
      ['Metric', 'Against', `Beyond noise, ${names[0]}`, 'Pairs'],
      pairs.map((pair) => {
        const told = clauseOf(pair);
        const said = told === null ? 'cannot be told apart' : `${told.clause}${told.bounds}`;
        return [
          { text: upper(nounOf(pair.metric)) },
          { text: pair.name },
          { text: isUnknown(pair) ? 'too few pairs' : said },
          { text: formatCount(pair.n) },
        ];
      }),
    ),
  };
}

function reliabilityFigure({ sides }: CompareContent, names: readonly string[], nowMs: number) {
  return ribbonsFigure(
    sides.map((side, at) => {
      const days = daysOf(pointsOf(side.days), nowMs);
      return {
        provider: names[at]!,
        since: iso(days[0]!.atMs),
        days: days.map(({ ok, targetErrors }): [number, number] => [ok, targetErrors]),
      };
    }),
  );
}

function featuresFigure({ sides }: CompareContent, names: readonly string[]) {
  const verdictOf = ({ endpoint }: (typeof sides)[number], feature: (typeof FEATURES)[number]) =>
    endpoint.features.find((each) => each.feature === feature)?.verdict ?? null;
  return {
    name: `What works at ${listed(names)}`,
    table: {
      columns: [
        { name: 'feature', word: 'Feature', text: (feature: (typeof FEATURES)[number]) => FEATURE_WORDS[feature][1] },
        ...names.map((name) => ({
          name,
          word: name,
          text: (verdict: keyof typeof FEATURE_LOOKS | null) => FEATURE_LOOKS[verdict ?? 'unknown'].word,
        })),
      ],
      rows: FEATURES.map((feature) => [feature, ...sides.map((side) => verdictOf(side, feature))]),
    },
  };
}
