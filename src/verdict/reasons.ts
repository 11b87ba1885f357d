import type { EndpointVerdict, Goal, Needs, PairedRatio } from '../domain/verdict.ts';
import { answered, featureReasons } from './fitness.ts';
import type { HeadToHead, Measure } from './head-to-head.ts';
import { usualPrice } from './metric.ts';

interface Wording {
  readonly better: string;
  readonly worse: string;
  readonly alike: string;
}

const WORDING: Readonly<Record<'ttftMs' | 'tpotMs' | 'e2eMs', Wording>> = {
  ttftMs: { better: 'First token {} sooner than', worse: 'First token {} later than', alike: 'First token as soon as' },
  tpotMs: { better: '{} less time per token than', worse: '{} more time per token than', alike: 'Output as fast as' },
  e2eMs: { better: 'Whole reply {} sooner than', worse: 'Whole reply {} later than', alike: 'Whole reply as soon as' },
};

const MEASURES: Readonly<Record<Goal, readonly (keyof typeof WORDING & Measure)[]>> = {
  balanced: ['ttftMs', 'e2eMs'],
  fastest_start: ['ttftMs'],
  fastest_output: ['tpotMs'],
  cheapest: [],
  most_reliable: [],
};

/** Why this one, against the next best; what speaks for the goal first, what speaks against it last. */
export function reasonsFor(
  pick: EndpointVerdict,
  runnerUp: EndpointVerdict | undefined,
  goal: Goal,
  needs: Needs,
  headToHead: HeadToHead,
): readonly string[] {
  const beside =
    runnerUp === undefined
      ? []
      : MEASURES[goal]
          .map((measure) => {
            const ratio = headToHead.ratio(pick.provider, runnerUp.provider, measure);
            return (
              ratio && { says: speedSentence(ratio, runnerUp.provider, WORDING[measure]), isAgainst: ratio.high < 1 }
            );
          })
          .filter((each) => each !== null);
  const cheaper = runnerUp === undefined ? null : priceSentence(pick, runnerUp);
  const reliability = `Answered ${answered(pick.availability.firstTry)}${atLeast(pick)}`;
  const first = goal === 'most_reliable' ? [reliability] : goal === 'cheapest' && cheaper ? [cheaper.says] : [];
  const pros = [
    ...first,
    ...beside.filter(({ isAgainst }) => !isAgainst).map(({ says }) => says),
    ...(cheaper && !cheaper.isAgainst ? [cheaper.says] : []),
    reliability,
    ...featureReasons(pick, needs),
    ...(runnerUp === undefined ? ['The only provider that can be recommended'] : []),
  ];
  const cons = [
    ...beside.filter(({ isAgainst }) => isAgainst).map(({ says }) => says),
    ...(cheaper?.isAgainst ? [cheaper.says] : []),
    ...slowSentence(pick),
  ];
  return [...new Set([...pros, ...cons])];
}

function speedSentence({ ratio, low, high, pairs }: PairedRatio, other: string, wording: Wording): string {
  if (low <= 1 && high >= 1) return `${wording.alike} ${other}, within noise (n = ${pairs})`;
  const words = low > 1 ? wording.better : wording.worse;
  // Of what the other takes: a reply that takes 1.25 times as long elsewhere comes 20 % sooner here.
  const [least, most] = [low, high].map((bound) => Math.abs(1 - 1 / bound)).sort((a, b) => a - b);
  const range = `${percent(least!).slice(0, -1)}–${percent(most!)}`;
  return `${words.replace('{}', percent(Math.abs(1 - 1 / ratio)))} ${other} (${range}, n = ${pairs})`;
}

function priceSentence(pick: EndpointVerdict, other: EndpointVerdict) {
  const [own, others] = [usualPrice(pick), usualPrice(other)];
  if (own === null || others === null) return null;
  if (own === others) return { says: `Same price as ${other.provider}`, isAgainst: false };
  if (own === 0) return { says: `Free, unlike ${other.provider}`, isAgainst: false };
  if (others === 0) return { says: `Costs money, unlike ${other.provider}`, isAgainst: true };
  const [share, isAgainst] = [Math.abs(1 - own / others), own > others];
  return {
    says: `A usual reply costs ${percent(share)} ${isAgainst ? 'more' : 'less'} than at ${other.provider}`,
    isAgainst,
  };
}

function slowSentence({ state: { state, slowdown } }: EndpointVerdict): readonly string[] {
  if (state !== 'slow') return [];
  return [slowdown === null ? 'Slow now' : `Slow now: first token takes ${slowdown.toFixed(1)} times its usual`];
}

function atLeast({ availability: { firstTry } }: EndpointVerdict): string {
  return firstTry.interval === null ? '' : ` (at least ${(Math.floor(firstTry.interval.low * 1000) / 10).toFixed(1)}%)`;
}

/** `20%`, `0.4%`. */
function percent(share: number): string {
  return share < 0.0095 ? `${(share * 100).toFixed(1)}%` : `${Math.round(share * 100)}%`;
}
