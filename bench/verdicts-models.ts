import type { Sample } from '../src/domain/sample.ts';
import { type Random, seededRandom } from '../src/lib/random.ts';
import { modelFlags } from '../src/verdict/same-model.ts';
import type { Bench } from './bench.ts';

const INTERVAL_MS = 1_800_000;
const CYCLES_PER_DAY = 48;
/** What a verdict looks back on. */
const WINDOW_CYCLES = 14 * CYCLES_PER_DAY;
const QUARTER_CYCLES = 90 * CYCLES_PER_DAY;
/** A false flag stays for hours: asking every four misses few. */
const ASK_EVERY = 8;
const OTHERS = 3;
const NOTICED_WITHIN = 20;

export const verdictsModels: Bench = {
  about:
    'one target and three other providers of its model: lengths log-normal (sd 0.15 to 0.4, AR(1) 0.5, twice as long in one reply of fifty), 1 to 15 % wrong answers, 0 to 20 % failing, every tenth counts no tokens; a swapped model has another tokenizer, replies shorter by 30 to 60 %, wrong answers more frequent by 25 to 50 points. False flags: strong ones in a quarter without a swap, asked every four hours over the last 14 days; every second target changes its template once',
  goals: {
    'swaps not flagged within 20 cycles': { atMost: 0.05 },
    'target-quarters with a false flag': { atMost: 0.01 },
  },
  async run({ quick, progress }) {
    const seed = Math.floor(Math.random() * 2 ** 32);
    progress(`seed ${seed}`);
    const swaps = quick ? 40 : 1_000;
    const quarters = quick ? 2 : 120;
    let missed = 0;
    const delays: number[] = [];
    for (let i = 0; i < swaps; i++) {
      const delay = cyclesToFlag(seededRandom(`${seed} swap ${i}`));
      if (delay === null) missed++;
      else delays.push(delay);
    }
    progress(`${swaps} swaps done`);
    let falselyFlagged = 0;
    for (let i = 0; i < quarters; i++) {
      if (isFalselyFlagged(seededRandom(`${seed} quarter ${i}`))) falselyFlagged++;
      if (i % 20 === 19) progress(`${i + 1} quarters done`);
    }
    const sorted = delays.toSorted((a, b) => a - b);
    return [
      { name: 'seed', unit: '', ours: seed },
      { name: 'swaps', unit: 'n', ours: swaps },
      { name: 'swaps not flagged within 20 cycles', unit: 'share', ours: missed / swaps },
      { name: 'cycles until flagged', unit: 'p50', ours: sorted[Math.ceil(sorted.length / 2) - 1] ?? null },
      { name: 'target-quarters', unit: 'n', ours: quarters },
      { name: 'target-quarters with a false flag', unit: 'share', ours: falselyFlagged / quarters },
    ];
  },
};

/** How one provider answers. */
interface Nature {
  readonly tokens: number;
  readonly sd: number;
  readonly wrong: number;
  readonly promptTokens: number;
  readonly failing: number;
  readonly countsTokens: boolean;
}

const between = (random: Random, low: number, high: number) => low + (high - low) * random();

function natureOf(random: Random): Nature {
  return {
    tokens: between(random, 60, 600),
    sd: between(random, 0.15, 0.4),
    wrong: between(random, 0.01, 0.15),
    promptTokens: 20 + Math.floor(random() * 3),
    failing: random() < 0.2 ? 0.2 : between(random, 0, 0.02),
    countsTokens: random() < 0.9,
  };
}

const swapped = (nature: Nature, random: Random): Nature => ({
  ...nature,
  tokens: nature.tokens * between(random, 0.4, 0.7),
  wrong: nature.wrong + between(random, 0.25, 0.5),
  promptTokens: nature.promptTokens + (random() < 0.5 ? -2 : 3),
});

/** @returns null: not within the bound */
function cyclesToFlag(random: Random): number | null {
  const nature = natureOf(random);
  const other = swapped(nature, random);
  const before = 2 * CYCLES_PER_DAY + Math.floor(random() * 10 * CYCLES_PER_DAY);
  const total = before + NOTICED_WITHIN;
  const own = series('own', total, (cycle) => (cycle < before ? nature : other), random);
  const others = theOthers(total, random);
  for (let cycle = before; cycle < total; cycle++) {
    if (isFlagged(own, others, cycle)) return cycle - before + 1;
  }
  return null;
}

function isFalselyFlagged(random: Random): boolean {
  const nature = natureOf(random);
  const template = random() < 0.5 ? Math.floor(random() * QUARTER_CYCLES) : QUARTER_CYCLES;
  const later = { ...nature, promptTokens: nature.promptTokens + 7 };
  const own = series('own', QUARTER_CYCLES, (cycle) => (cycle < template ? nature : later), random);
  const others = theOthers(QUARTER_CYCLES, random);
  for (let cycle = CYCLES_PER_DAY; cycle < QUARTER_CYCLES; cycle += ASK_EVERY) {
    if (isFlagged(own, others, cycle)) return true;
  }
  return false;
}

function isFlagged(own: readonly Sample[], others: readonly Sample[], cycle: number): boolean {
  const from = Math.max(0, cycle + 1 - WINDOW_CYCLES);
  const window = { sinceMs: from * INTERVAL_MS, untilMs: (cycle + 1) * INTERVAL_MS };
  const flags = modelFlags(own.slice(from, cycle + 1), others.slice(from * OTHERS, (cycle + 1) * OTHERS), window);
  return flags.some(({ weight }) => weight === 'strong');
}

function theOthers(cycles: number, random: Random): readonly Sample[] {
  const each = Array.from({ length: OTHERS }, (_, i) => {
    const nature = natureOf(random);
    return series(`other ${i}`, cycles, () => nature, random);
  });
  return Array.from({ length: cycles }, (_, cycle) => each.map((samples) => samples[cycle]!)).flat();
}

/** One sample a cycle. */
function series(
  providerName: string,
  cycles: number,
  natureAt: (cycle: number) => Nature,
  random: Random,
): readonly Sample[] {
  let noise = 0;
  return Array.from({ length: cycles }, (_, cycle) => {
    const nature = natureAt(cycle);
    noise = 0.5 * noise + Math.sqrt(0.75) * normal(random);
    const tokens = Math.ceil(nature.tokens * Math.exp(nature.sd * noise) * (random() < 0.02 ? 2 : 1));
    const isGood = random() >= nature.failing;
    const isWrong = random() < nature.wrong;
    return {
      providerName,
      dueAtMs: cycle * INTERVAL_MS,
      questionId: 'one',
      probeKind: 'standard',
      outcome: isGood ? 'ok' : 'target_error',
      promptTokens: nature.countsTokens ? nature.promptTokens : null,
      completionTokens: nature.countsTokens ? tokens : null,
      chunks: Math.ceil(tokens / 2),
      tokensPerChunk: nature.countsTokens ? tokens / Math.ceil(tokens / 2) : null,
      gapP50Ms: between(random, 9, 11),
      gapP95Ms: between(random, 12, 20),
      finishReason: 'stop',
      answerCorrect: !isWrong,
      answerValue: isWrong ? 17 : 1771.2,
      repeatedShare: 0.01,
      responseModel: 'a',
      systemFingerprint: 'fp',
      servedBy: providerName,
    } as Partial<Sample> as Sample;
  });
}

const normal = (random: Random) =>
  Math.sqrt(-2 * Math.log(Math.max(random(), 1e-12))) * Math.cos(2 * Math.PI * random());
