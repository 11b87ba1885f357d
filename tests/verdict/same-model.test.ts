import { expect, test } from 'bun:test';
import type { Sample } from '../../src/domain/sample.ts';
import { modelFlags } from '../../src/verdict/same-model.ts';
import { CYCLE_MS, FIRST_MS, modelWorld, type Swap } from '../support/model-world.ts';

const CYCLES = 10 * 48;
const AT = CYCLES - 20;
const OTHER_MODEL: Swap = { atCycle: AT, promptTokens: 7, length: 0.6, wrong: 0.35 };
const window = (cycles = CYCLES) => ({ sinceMs: FIRST_MS, untilMs: FIRST_MS + cycles * CYCLE_MS });

const PROVIDERS = ['amber', 'basalt', 'cobalt'];
type Change = (cycle: number, provider: string) => Partial<Sample>;

/** Replies that are all alike, but for what a test says. */
function replies(change: Change, cycles = 100): readonly Sample[] {
  const [base] = modelWorld('alike', 1);
  const alike = { ...base!, promptTokens: 30, completionTokens: 600, tokensPerChunk: 1, systemFingerprint: 'fp' };
  return Array.from({ length: cycles }, (_, cycle) =>
    PROVIDERS.map((providerName) => ({
      ...{ ...alike, providerName, dueAtMs: FIRST_MS + cycle * CYCLE_MS, answerCorrect: true, finishReason: 'stop' },
      ...{ answerValue: 1771.2, gapP50Ms: 10, gapP95Ms: 20, responseModel: 'acme/Thinker-7B' },
      ...change(cycle, providerName),
    })),
  ).flat();
}

const amber = (change: (cycle: number) => Partial<Sample>): readonly Sample[] =>
  replies((cycle, provider) => (provider === 'amber' ? change(cycle) : {}));

const flagsOf = (samples: readonly Sample[], cycles = 100) => modelFlags(samples, window(cycles)).get('amber');
const briefly = (samples: readonly Sample[]) => flagsOf(samples)?.map(({ kind, weight }) => `${weight} ${kind}`);

test('replies that are all alike raise no flag', () => {
  expect(
    modelFlags(
      replies(() => ({})),
      window(100),
    ),
  ).toEqual(new Map(PROVIDERS.map((provider) => [provider, []])));
});

test('another model is flagged within twenty cycles, since the cycle in which it began, and nobody else is', () => {
  const flags = modelFlags(modelWorld('swapped', CYCLES, OTHER_MODEL), window());
  const strong = [...flags].flatMap(([provider, all]) =>
    all.flatMap((f) => (f.weight === 'strong' ? [[provider, f]] : [])),
  );
  expect(strong.map(([provider]) => provider)).toContain('amber');
  expect(new Set(strong.map(([provider]) => provider)).size).toBe(1);
  expect(flags.get('amber')!.find(({ kind }) => kind === 'prompt_tokens')).toMatchObject({
    weight: 'strong',
    atMs: FIRST_MS + AT * CYCLE_MS,
    rule: 'Is it the same model?',
  });
});

test('of a dozen swapped models each is found, of sixty honest endpoints none', () => {
  const isStrong = (seed: number, swap: Swap | null) =>
    [...modelFlags(modelWorld(`seed ${seed}`, CYCLES, swap), window())]
      .filter(([, flags]) => flags.some(({ weight }) => weight === 'strong'))
      .map(([provider]) => provider);
  const seeds = Array.from({ length: 12 }, (_, seed) => seed);
  expect(seeds.filter((seed) => !isStrong(seed, OTHER_MODEL).includes('amber'))).toEqual([]);
  expect(seeds.flatMap((seed) => isStrong(seed, null))).toEqual([]);
});

test('a prompt that counts more tokens from one reply on is strong by itself, after eight of them', () => {
  const counted = (from: number) => amber((cycle) => ({ promptTokens: cycle < from ? 30 : 37 }));
  expect(flagsOf(counted(92))).toEqual([
    {
      kind: 'prompt_tokens',
      weight: 'strong',
      says: 'The same prompt counts 37 tokens in 8 of the last 8 replies, and counted 30 before.',
      atMs: FIRST_MS + 92 * CYCLE_MS,
      n: 100,
      rule: 'Is it the same model?',
      ...window(100),
    },
  ]);
  expect(briefly(counted(93))).toEqual(['weak prompt_tokens']);
});

test('a word more in the template is weak, and strong with answers that are wrong since', () => {
  const oneMore = (cycle: number) => ({ promptTokens: cycle < 80 ? 30 : 31 });
  expect(briefly(amber(oneMore))).toEqual(['weak prompt_tokens']);
  const worse = amber((cycle) => ({ ...oneMore(cycle), answerCorrect: cycle < 80 || cycle % 2 === 0 }));
  expect(briefly(worse)).toEqual(['strong prompt_tokens', 'strong answers']);
});

test('a count that others see rise at the same time is no flag', () => {
  expect(briefly(replies((cycle) => ({ promptTokens: cycle < 80 ? 30 : 37 })))).toEqual([]);
});

test('two templates behind one name are no change', () => {
  expect(briefly(amber((cycle) => ({ promptTokens: cycle % 3 === 0 ? 37 : 30 })))).toEqual([]);
});

test('another count than two others agree on is weak', () => {
  expect(flagsOf(amber(() => ({ promptTokens: 38 })))).toMatchObject([
    { weight: 'weak', atMs: null, says: 'The same prompt counts 38 tokens, and 30 at 2 of 2 other providers.' },
  ]);
});

test('answers that were wrong for ever are weak', () => {
  expect(flagsOf(amber((cycle) => ({ answerCorrect: cycle % 5 !== 0 })))).toMatchObject([
    {
      kind: 'answers',
      weight: 'weak',
      says: '20 % (13 to 29 %) of its answers are wrong, and 0 % of those of other providers.',
    },
  ]);
});

test('where no answer is known, what two others agree on is', () => {
  const unknown = replies((cycle, provider) => ({
    answerCorrect: null,
    answerValue: provider === 'amber' && cycle >= 70 ? cycle : 1771.2,
  }));
  expect(briefly(unknown)).toEqual(['weak answers']);
});

test('shorter replies alone are weak; with worse answers since the same time they are strong', () => {
  const shorter = (cycle: number) => ({ completionTokens: (cycle < 80 ? 600 : 300) + (cycle % 7) * 10 });
  expect(briefly(amber(shorter))).toEqual(['weak answer_length']);
  const worse = amber((cycle) => ({ ...shorter(cycle), answerCorrect: cycle < 80 || cycle % 2 === 0 }));
  expect(briefly(worse)).toEqual(['strong answers', 'strong answer_length']);
});

test('replies that become shorter everywhere raise no flag', () => {
  expect(briefly(replies((cycle) => ({ completionTokens: cycle < 80 ? 600 : 300 })))).toEqual([]);
});

test('a release that changes fingerprint, name and chunks is weak', () => {
  const released = (cycle: number) =>
    cycle < 80 ? {} : { systemFingerprint: 'fp2', responseModel: 'thinker', tokensPerChunk: 4 };
  expect(briefly(amber(released))).toEqual(['weak response_model', 'weak fingerprint', 'weak chunking']);
});

test('a fingerprint that changes by habit is no flag', () => {
  expect(briefly(amber((cycle) => ({ systemFingerprint: `fp${cycle}` })))).toEqual([]);
  expect(briefly(amber((cycle) => ({ systemFingerprint: `fp${Math.floor(cycle / 30)}` })))).toEqual([]);
});

test('replies that are cut or repeat themselves from one time on are weak', () => {
  const cut = amber((cycle) => (cycle < 80 ? {} : { finishReason: 'length', repeatedShare: 0.9 }));
  expect(briefly(cut)).toEqual(['weak truncation', 'weak repetition']);
});

test('what is so many times as before is told with two digits', () => {
  const slower = amber((cycle) => (cycle < 80 ? {} : { gapP95Ms: 1047.4 }));
  const says = modelFlags(slower, window())
    .get('amber')!
    .map((flag) => flag.says);
  expect(says).toEqual([
    'The longest gaps between chunks are, against the usual one, 52 times what they were before, in the last 20 replies.',
  ]);
});

test('another question begins a new series', () => {
  expect(briefly(replies((cycle) => (cycle < 80 ? {} : { questionId: 'another', promptTokens: 44 })))).toEqual([]);
});

test('failed and skipped probes, retries before the last and other kinds of probe tell nothing', () => {
  const noise: Partial<Sample>[] = [
    { outcome: 'target_error' },
    { final: false },
    { probeKind: 'feature' },
    { probeKind: 'confirm' },
  ];
  const samples = amber((cycle) => (cycle < 80 ? {} : { ...noise[cycle % 4], promptTokens: 44 }));
  expect(briefly(samples)).toEqual([]);
});

test('the change keeps its beginning as time goes on', () => {
  const samples = modelWorld('lasting', CYCLES, { ...OTHER_MODEL, atCycle: 300 });
  const beginnings = [312, 320, 360, 420, 480].map((cycles) => {
    const flags = modelFlags(samples, window(cycles)).get('amber')!;
    return flags.find(({ weight }) => weight === 'strong')?.atMs;
  });
  expect(new Set(beginnings)).toEqual(new Set([FIRST_MS + 300 * CYCLE_MS]));
});
