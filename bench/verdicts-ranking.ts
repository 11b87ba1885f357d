import { BALANCED_WEIGHTS, COST_OF_A_FAILURE, LEAST_PRICE } from '../src/domain/rules.ts';
import type { Sample } from '../src/domain/sample.ts';
import { GOALS, type Goal, type ModelVerdict } from '../src/domain/verdict.ts';
import { type Random, seededRandom } from '../src/lib/random.ts';
import { availabilityOf } from '../src/verdict/availability.ts';
import { HeadToHead } from '../src/verdict/head-to-head.ts';
import { usualPrice } from '../src/verdict/metric.ts';
import { type Known, modelVerdict } from '../src/verdict/model-verdict.ts';
import { A_SAMPLE } from '../tests/support/a-sample.ts';
import type { Bench, Figure } from './bench.ts';
import { answeredSeries, freshSeed, latencySeries } from './verdict-world.ts';

const CYCLE_MS = 30 * 60 * 1000;
const CYCLES_PER_DAY = 48;
const WEEK = 7 * CYCLES_PER_DAY;
const QUARTER = 90 * CYCLES_PER_DAY;
const FIRST_MS = Date.parse('2026-06-01');
const PROVIDERS_PER_MODEL = 5;
const MODELS = 200;

const WRONG = 'pairs told apart, wrongly';
const UNTOLD = '15 % apart, not told at the end of any of 7 days';
const TOOK = `all verdicts of ${MODELS * PROVIDERS_PER_MODEL} targets`;

export const verdictsRanking: Bench = {
  about:
    'who is better, and whom to use: worlds with a known truth, 30-minute cycles, log-normal noise of sd 0.4 that keeps half of itself from cycle to cycle, ±20 % over the day at other hours for each provider, 2 % far slower',
  goals: { [WRONG]: { atMost: 5 }, [UNTOLD]: { atMost: 20 }, [TOOK]: { atMost: 1000 } },
  async run({ quick, progress }) {
    const seed = freshSeed();
    progress(`seed ${seed}`);
    const figures: Figure[] = [{ name: `worlds drawn from seed ${seed}`, unit: 'pairs, models', ours: [0, 0] }];
    const [pairs, models] = quick ? [100, 20] : [1500, 300];
    figures[0] = { ...figures[0]!, ours: [pairs, models] };
    progress('pairs that are 15 % apart, and pairs that are alike');
    figures.push(...gapFigures(seed, pairs));
    progress('ranks and recommendations');
    figures.push(...choiceFigures(seed, models));
    progress('time');
    figures.push(timeFigure(seed, quick ? 10 : MODELS));
    return figures;
  },
};

/** What is true of one provider. */
interface Truth {
  readonly provider: string;
  readonly ttftMs: number;
  readonly tpotMs: number;
  readonly tokens: number;
  readonly availability: number;
  readonly priceUsdPerMtok: number;
}

const NAMES = ['amber', 'basalt', 'cobalt', 'dune', 'ember'];

function samplesOf(truth: Truth, seed: string, cycles: number): readonly Sample[] {
  const of = `${seed} ${truth.provider}`;
  const random = seededRandom(of);
  const phase = random();
  const ttft = latencySeries({ seed: `${of} ttft`, cycles, levelMs: truth.ttftMs, phase });
  const tpot = latencySeries({ seed: `${of} tpot`, cycles, levelMs: truth.tpotMs, phase });
  const answers = answeredSeries(`${of} answers`, cycles, truth.availability);
  const prices = { priceInputUsdPerMtok: truth.priceUsdPerMtok, priceOutputUsdPerMtok: truth.priceUsdPerMtok };
  return answers.map((isAnswered, cycle): Sample => {
    const common = { ...A_SAMPLE, ...prices, providerName: truth.provider, dueAtMs: FIRST_MS + cycle * CYCLE_MS };
    if (!isAnswered) {
      const nothing = { ttftMs: null, ttfatMs: null, tpotMs: null, e2eMs: null, completionTokens: null, costUsd: null };
      return { ...common, ...nothing, answerCorrect: null, outcome: 'target_error', errorClass: 'http_5xx' };
    }
    const [ttftMs, tpotMs] = [ttft[cycle]!, tpot[cycle]!];
    const completionTokens = Math.round(truth.tokens * (0.9 + 0.2 * random()));
    const costUsd = ((30 + completionTokens) * truth.priceUsdPerMtok) / 1e6;
    const e2eMs = ttftMs + tpotMs * completionTokens;
    return { ...common, ttftMs, ttfatMs: ttftMs, tpotMs, e2eMs, completionTokens, costUsd };
  });
}

const A_TRUTH: Truth = { provider: '', ttftMs: 300, tpotMs: 12, tokens: 600, availability: 1, priceUsdPerMtok: 1 };

function gapFigures(seed: string, pairs: number): readonly Figure[] {
  const told = (gap: number, name: string) => {
    let [right, wrong, rightSometime, wrongSometime] = [0, 0, 0, 0];
    for (let pair = 0; pair < pairs; pair++) {
      const of = `${seed} ${name} ${pair}`;
      const amber = samplesOf({ ...A_TRUTH, provider: 'amber' }, of, WEEK);
      const basalt = samplesOf({ ...A_TRUTH, provider: 'basalt', ttftMs: 300 * gap }, of, WEEK);
      const daily = Array.from({ length: 7 }, (_, day) => {
        const until = (day + 1) * CYCLES_PER_DAY;
        const both = new HeadToHead(
          new Map([
            ['amber', amber.slice(0, until)],
            ['basalt', basalt.slice(0, until)],
          ]),
        );
        const ratio = both.ratio('amber', 'basalt', 'ttftMs');
        return ratio === null ? 0 : ratio.low > 1 ? 1 : ratio.high < 1 ? -1 : 0;
      });
      if (daily.at(-1) === 1) right++;
      if (daily.at(-1) === -1) wrong++;
      if (daily.includes(1)) rightSometime++;
      if (daily.includes(-1)) wrongSometime++;
    }
    const share = (count: number) => (100 * count) / pairs;
    return { right: share(right), wrong: share(wrong), either: share(rightSometime), against: share(wrongSometime) };
  };
  const apart = told(1.15, 'apart');
  const alike = told(1, 'alike');
  return [
    { name: UNTOLD, unit: '%', ours: 100 - apart.either },
    { name: '15 % apart, not told from the whole of 7 days', unit: '%', ours: 100 - apart.right },
    { name: '15 % apart, told the wrong way round from 7 days', unit: '%', ours: apart.wrong },
    { name: 'alike, told apart from the whole of 7 days', unit: '%', ours: alike.right + alike.wrong },
    { name: 'alike, told apart at the end of any of 7 days', unit: '%, at most', ours: alike.either + alike.against },
  ];
}

/** From 1 to 4 times as slow, from 3 % failures to 1 in 10,000, prices within a factor of six; sometimes one is like the one before it. */
function drawTruths(random: Random): readonly Truth[] {
  const truths: Truth[] = [];
  for (const provider of NAMES.slice(0, PROVIDERS_PER_MODEL)) {
    const before = truths.at(-1);
    const isAlike = before !== undefined && random() < 0.2;
    const { ttftMs, tpotMs } = isAlike ? before : { ttftMs: 200 * 4 ** random(), tpotMs: 8 * 4 ** random() };
    const availability = 1 - 10 ** (-1.5 - 2.5 * random());
    truths.push({ provider, ttftMs, tpotMs, tokens: 600, availability, priceUsdPerMtok: 0.5 * 6 ** random() });
  }
  return truths;
}

const healthy = (sinceMs: number, untilMs: number): Known => ({
  state: {
    ...{ rule: 'State', n: 5, sinceMs, untilMs, state: 'healthy', beganAtMs: null },
    ...{ matching: 5, slowdown: 1, lastAtMs: untilMs - CYCLE_MS },
  },
  features: [],
  flags: [],
  changes: [],
});

function verdictOf(truths: readonly Truth[], seed: string): ModelVerdict {
  const window = { sinceMs: FIRST_MS, untilMs: FIRST_MS + WEEK * CYCLE_MS };
  const samples = truths.flatMap((truth) => samplesOf(truth, seed, WEEK));
  const known = healthy(window.sinceMs, window.untilMs);
  return modelVerdict('acme/Thinker-7B', samples, window, () => known);
}

function choiceFigures(seed: string, models: number): readonly Figure[] {
  let [told, wrong, untold] = [0, 0, 0];
  const regrets: Record<Goal, number[]> = {
    balanced: [],
    fastest_start: [],
    fastest_output: [],
    cheapest: [],
    most_reliable: [],
  };
  for (let model = 0; model < models; model++) {
    const truths = drawTruths(seededRandom(`${seed} truths ${model}`));
    const truthOf = new Map(truths.map((truth) => [truth.provider, truth]));
    const { ranks, recommendations } = verdictOf(truths, `${seed} model ${model}`);
    for (const metric of ['ttftMs', 'tpotMs'] as const) {
      for (const a of ranks[metric]) {
        for (const b of ranks[metric]) {
          if (a.to < b.from) {
            told++;
            if (truthOf.get(a.provider)![metric] >= truthOf.get(b.provider)![metric]) wrong++;
          } else if (a.provider < b.provider && b.to >= a.from) {
            untold++;
          }
        }
      }
    }
    for (const { goal, provider } of recommendations) {
      const costs = truths.map((truth) => trueCost(truth, goal));
      const own = provider === null ? Math.max(...costs) : trueCost(truthOf.get(provider)!, goal);
      regrets[goal].push(100 * (Math.exp(own - Math.min(...costs)) - 1));
    }
  }
  return [
    { name: WRONG, unit: '%', ours: (100 * wrong) / told },
    { name: 'pairs that share places', unit: '%', ours: (100 * untold) / (told + untold) },
    ...GOALS.map(
      (goal): Figure => ({
        name: `recommended, ${goal}: worse than the truly best`,
        unit: '%, mean / worst',
        ours: [mean(regrets[goal]), Math.max(...regrets[goal])],
      }),
    ),
  ];
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** By the weights of the recommendation, from what is true rather than what was seen. A natural logarithm. */
function trueCost(truth: Truth, goal: Goal): number {
  const { ttftMs, tpotMs, tokens, availability, priceUsdPerMtok } = truth;
  const prices = { priceInputUsdPerMtok: priceUsdPerMtok, priceOutputUsdPerMtok: priceUsdPerMtok };
  const price = Math.log(Math.max(LEAST_PRICE, usualPrice(prices)!));
  const reliability = Math.log(1 + COST_OF_A_FAILURE * (1 - availability));
  const weights = BALANCED_WEIGHTS;
  switch (goal) {
    case 'fastest_start':
      return Math.log(ttftMs);
    case 'fastest_output':
      return Math.log(tpotMs);
    case 'cheapest':
      return price;
    case 'most_reliable':
      return reliability;
    case 'balanced':
      return (
        weights.firstToken * Math.log(ttftMs) +
        weights.wholeReply * Math.log(ttftMs + tpotMs * tokens) +
        weights.price * price +
        weights.reliability * reliability
      );
    default:
      return goal satisfies never;
  }
}

/** Availability over 90 days and all else over the last 7, model by model; making the samples is not counted. */
function timeFigure(seed: string, models: number): Figure {
  const sinceMs = FIRST_MS;
  const untilMs = FIRST_MS + QUARTER * CYCLE_MS;
  const week = { sinceMs: untilMs - WEEK * CYCLE_MS, untilMs };
  const known = healthy(week.sinceMs, week.untilMs);
  let tookMs = 0;
  for (let model = 0; model < models; model++) {
    const truths = drawTruths(seededRandom(`${seed} time ${model}`));
    const targets = truths.map((truth) => samplesOf(truth, `${seed} time ${model}`, QUARTER));
    const ofWeek = targets.flatMap((samples) => samples.slice(-WEEK));
    // What making the samples left behind is not to be cleared away on the verdicts' time.
    Bun.gc(true);
    const beganMs = performance.now();
    for (const samples of targets) availabilityOf(samples, { sinceMs, untilMs });
    modelVerdict('acme/Thinker-7B', ofWeek, week, () => known);
    tookMs += performance.now() - beganMs;
  }
  return {
    name: models === MODELS ? TOOK : `all verdicts of ${models * PROVIDERS_PER_MODEL} targets`,
    unit: 'ms',
    ours: tookMs,
  };
}
