import type { Sample } from '../src/domain/sample.ts';
import { seededRandom } from '../src/lib/random.ts';
import { modelFlags } from '../src/verdict/same-model.ts';
import { CYCLE_MS, FIRST_MS, modelWorld, type Swap } from '../tests/support/model-world.ts';
import type { Bench, Figure } from './bench.ts';

const CYCLES_PER_DAY = 48;
const WINDOW = 28 * CYCLES_PER_DAY;
const QUARTER = 90 * CYCLES_PER_DAY;
const BEFORE = 14 * CYCLES_PER_DAY;
const WITHIN = 20;
const PROVIDERS_PER_MODEL = 5;
/** A flag that is strong for less than this many cycles may go unseen here. */
const FALSE_EVERY = 12;

/** Ranges that each swapped model is drawn from. */
const SWAPS = {
  'another tokenizer, far shorter, far worse': { tokens: [3, 12], length: [0.5, 0.7], wrong: [0.25, 0.4] },
  'one or two tokens, a little shorter, a little worse': { tokens: [1, 2], length: [0.75, 0.85], wrong: [0.1, 0.2] },
  'the same tokenizer, far shorter, far worse': { tokens: [0, 0], length: [0.5, 0.7], wrong: [0.25, 0.4] },
  'the same tokenizer, a little shorter, a little worse': { tokens: [0, 0], length: [0.75, 0.85], wrong: [0.1, 0.2] },
} as const satisfies Record<string, Readonly<Record<'tokens' | 'length' | 'wrong', readonly [number, number]>>>;

const missed = (name: string) => `swapped and not flagged within ${WITHIN} cycles: ${name}`;
const MISSED = missed('another tokenizer, far shorter, far worse');
const FALSE = `honest targets flagged strongly in a quarter, asked every ${FALSE_EVERY} cycles`;
const MODELS = 200;
const TOOK = `flags of ${MODELS * PROVIDERS_PER_MODEL} targets, 28 days`;

export const verdictsModels: Bench = {
  about:
    'is it the same model: worlds with a known truth, five providers, 30-minute cycles; honest ones have templates of their own that change by a word, wrong answers, lengths that vary and are set otherwise, releases, renamings',
  goals: { [MISSED]: { atMost: 5 }, [FALSE]: { atMost: 1 }, [TOOK]: { atMost: 500 } },
  async run({ quick, progress }) {
    const seed = crypto.randomUUID().slice(0, 8);
    progress(`seed ${seed}`);
    const [swaps, models] = quick ? [10, 2] : [100, 40];
    const figures: Figure[] = [
      { name: `worlds drawn from seed ${seed}`, unit: 'swaps of each kind, honest targets', ours: [swaps, models * 5] },
    ];
    for (const name of Object.keys(SWAPS) as (keyof typeof SWAPS)[]) {
      progress(name);
      const share = swapsMissed(`${seed} ${name}`, name, swaps);
      figures.push({ name: missed(name), unit: '%', ours: 100 * share });
    }
    progress('honest providers');
    figures.push({ name: FALSE, unit: '%', ours: 100 * honestFlagged(seed, models) });
    progress('time');
    figures.push(timeFigure(seed, quick ? 4 : MODELS));
    return figures;
  },
};

function swapsMissed(seed: string, name: keyof typeof SWAPS, swaps: number): number {
  let found = 0;
  for (let i = 0; i < swaps; i++) {
    const random = seededRandom(`${seed} ${i}`);
    const between = ([low, high]: readonly [number, number]) => low + (high - low) * random();
    const { tokens, length, wrong } = SWAPS[name];
    const promptTokens = Math.round(between(tokens)) * (random() < 0.5 ? -1 : 1);
    const atCycle = BEFORE + Math.floor(random() * CYCLES_PER_DAY);
    const swap: Swap = { atCycle, promptTokens, length: between(length), wrong: between(wrong) };
    const flaggedAt = strongAfterEach(modelWorld(`${seed} ${i}`, atCycle + WITHIN, swap), atCycle, 1);
    if (flaggedAt.has('amber')) found++;
  }
  return 1 - found / swaps;
}

function honestFlagged(seed: string, models: number): number {
  let flagged = 0;
  for (let model = 0; model < models; model++)
    flagged += strongAfterEach(modelWorld(`${seed} honest ${model}`, QUARTER), CYCLES_PER_DAY / 2, FALSE_EVERY).size;
  return flagged / (models * PROVIDERS_PER_MODEL);
}

/** Which providers were flagged strongly at some time, looking back 28 days after every so many cycles. */
function strongAfterEach(samples: readonly Sample[], from: number, every: number): ReadonlySet<string> {
  const startOf: number[] = [];
  for (let i = 0; i < samples.length; i++) startOf[(samples[i]!.dueAtMs - FIRST_MS) / CYCLE_MS] ??= i;
  const strong = new Set<string>();
  for (let cycle = from; cycle < startOf.length; cycle += every) {
    const untilMs = FIRST_MS + (cycle + 1) * CYCLE_MS;
    const seen = samples.slice(startOf[Math.max(0, cycle + 1 - WINDOW)], startOf[cycle + 1]);
    for (const [provider, flags] of modelFlags(seen, { sinceMs: untilMs - WINDOW * CYCLE_MS, untilMs }))
      if (flags.some(({ weight }) => weight === 'strong')) strong.add(provider);
  }
  return strong;
}

/** Making the samples is not counted. */
function timeFigure(seed: string, models: number): Figure {
  let tookMs = 0;
  for (let model = 0; model < models; model++) {
    const samples = modelWorld(`${seed} time ${model}`, WINDOW);
    const beganMs = performance.now();
    modelFlags(samples, { sinceMs: FIRST_MS, untilMs: FIRST_MS + WINDOW * CYCLE_MS });
    tookMs += performance.now() - beganMs;
  }
  const name = models === MODELS ? TOOK : `flags of ${models * PROVIDERS_PER_MODEL} targets, 28 days`;
  return { name, unit: 'ms', ours: tookMs };
}
