import { describe, expect, test } from 'bun:test';
import type { Sample } from '../../src/domain/sample.ts';
import { seededRandom } from '../../src/lib/random.ts';
import { modelFlags } from '../../src/verdict/same-model.ts';

const CYCLE_MS = 1_800_000;
const WINDOW = { sinceMs: 0, untilMs: 10_000 * CYCLE_MS };

/** A good reply to the standard question. */
const aReply = (provider: string, cycle: number, changes: Partial<Sample> = {}): Sample =>
  ({
    providerName: provider,
    dueAtMs: cycle * CYCLE_MS,
    questionId: 'one',
    probeKind: 'standard',
    outcome: 'ok',
    promptTokens: 14,
    completionTokens: 100,
    chunks: 100,
    tokensPerChunk: 1,
    gapP50Ms: 10,
    gapP95Ms: 14,
    finishReason: 'stop',
    answerCorrect: true,
    answerValue: 1771.2,
    repeatedShare: 0.01,
    responseModel: 'a/one',
    systemFingerprint: 'fp',
    servedBy: provider,
    ...changes,
  }) as Sample;

/** One reply a cycle, of lengths that vary by a tenth. */
function replies(provider: string, count: number, changesAt: (cycle: number) => Partial<Sample> = () => ({})) {
  const random = seededRandom(provider);
  return Array.from({ length: count }, (_, cycle) =>
    aReply(provider, cycle, { completionTokens: Math.round(90 + 20 * random()), ...changesAt(cycle) }),
  );
}

const OTHERS = [...replies('b', 200), ...replies('c', 200)];

const kinds = (own: readonly Sample[], others: readonly Sample[] = OTHERS) =>
  Object.fromEntries(modelFlags(own, others, WINDOW).map(({ kind, weight }) => [kind, weight]));

const isWrong = (cycle: number, every: number): Partial<Sample> =>
  cycle % every === 0 ? { answerCorrect: false, answerValue: 17 } : {};

describe('a target that answers as ever', () => {
  test('has no flags', () => {
    expect(modelFlags(replies('a', 200), OTHERS, WINDOW)).toEqual([]);
  });

  test('has no flags with too few replies to tell', () => {
    expect(modelFlags(replies('a', 3), OTHERS, WINDOW)).toEqual([]);
  });

  test('is not suspected for being bad at sums all the time: that is shown, with both shares and the interval', () => {
    const [flag, ...more] = modelFlags(
      replies('a', 200, (cycle) => isWrong(cycle, 6)),
      OTHERS,
      WINDOW,
    );
    expect(more).toEqual([]);
    expect(flag).toMatchObject({ kind: 'answers', weight: 'weak', atMs: null, n: 200 });
    expect(flag!.says).toBe('17% of its answers are wrong (12–23%), and 0% of those of other providers.');
  });

  test('is shown to count prompts in its own way, which a template explains', () => {
    const own = replies('a', 200, () => ({ promptTokens: 22 }));
    expect(kinds(own)).toEqual({ prompt_tokens: 'weak' });
    expect(modelFlags(own, OTHERS, WINDOW)[0]!.says).toBe(
      'The same prompt counts 22 tokens, and 14 at 2 of 2 other providers.',
    );
  });
});

describe('a swapped model', () => {
  const own = replies('a', 200, (cycle) =>
    cycle < 190 ? {} : { promptTokens: 12, completionTokens: 50, ...isWrong(cycle, 2) },
  );

  test('is flagged by what changed together, and when', () => {
    const flags = modelFlags(own, OTHERS, WINDOW);
    expect(flags.map(({ kind, weight }) => [kind, weight])).toEqual([
      ['prompt_tokens', 'strong'],
      ['answers', 'strong'],
      ['answer_length', 'strong'],
    ]);
    expect(new Set(flags.map(({ atMs }) => atMs))).toEqual(new Set([190 * CYCLE_MS]));
    expect(flags.map(({ says }) => says)).toEqual([
      'The same prompt counts 12 tokens in the last 10 replies, and counted 14 before.',
      '5 of the last 10 answers are wrong (24–76%); before, 0% were.',
      'The last 10 replies are 50 tokens long, and were 100 before.',
    ]);
  });

  test('is flagged where the provider counts no tokens, by answers and chunks', () => {
    const uncounted = own.map((sample, cycle) => ({
      ...sample,
      ...{ promptTokens: null, completionTokens: null, tokensPerChunk: null },
      chunks: cycle < 190 ? 100 - (cycle % 7) : 50 - (cycle % 7),
    }));
    expect(kinds(uncounted)).toMatchObject({ answers: 'strong', answer_length: 'strong' });
  });

  test('is not flagged before the window', () => {
    expect(modelFlags(own, OTHERS, { sinceMs: 0, untilMs: 190 * CYCLE_MS })).toEqual([]);
  });

  test('is none where only one thing changed', () => {
    expect(kinds(replies('a', 200, (cycle) => (cycle < 150 ? {} : { promptTokens: 30 })))).toEqual({
      prompt_tokens: 'weak',
    });
    expect(kinds(replies('a', 200, (cycle) => (cycle < 150 ? {} : { completionTokens: 50 })))).toEqual({
      answer_length: 'weak',
    });
  });

  test('is none where everybody counts and answers otherwise from that moment on', () => {
    const later = (cycle: number) => (cycle < 150 ? {} : { promptTokens: 30, completionTokens: 50 });
    expect(kinds(replies('a', 200, later), [...replies('b', 200, later), ...replies('c', 200, later)])).toEqual({});
  });
});

describe('what else is seen', () => {
  test.each<[string, Partial<Sample>]>([
    ['response_model', { responseModel: 'a/one-fp8' }],
    ['fingerprint', { systemFingerprint: 'fp2' }],
    ['fingerprint', { servedBy: 'someone-else' }],
    ['chunking', { tokensPerChunk: 8 }],
    ['truncation', { finishReason: 'length' }],
    ['repetition', { repeatedShare: 0.9 }],
  ])('%s is shown when it changes', (kind, changes) => {
    const flags = modelFlags(
      replies('a', 200, (cycle) => (cycle < 150 ? {} : changes)),
      OTHERS,
      WINDOW,
    );
    expect(flags.map((flag) => [flag.kind, flag.weight, flag.atMs])).toEqual([[kind as never, 'weak', 150 * CYCLE_MS]]);
  });

  test('names that come and go are no change', () => {
    expect(kinds(replies('a', 200, (cycle) => ({ systemFingerprint: cycle % 3 === 0 ? 'fp' : 'fp2' })))).toEqual({});
  });

  test('answers that nobody knows are held against what others say', () => {
    const unknown = OTHERS.map((sample) => ({ ...sample, answerCorrect: null }));
    const own = replies('a', 200, (cycle) => ({ answerCorrect: null, answerValue: cycle < 150 ? 1771.2 : 17 }));
    expect(kinds(own, unknown)).toEqual({ answers: 'weak' });
  });

  test('failed replies, other questions and other kinds of probes say nothing', () => {
    const own = replies('a', 200);
    const odd = [
      aReply('a', 198, { promptTokens: 99, outcome: 'target_error' }),
      aReply('a', 198, { promptTokens: 99, probeKind: 'feature' }),
      aReply('a', 0, { promptTokens: 99, questionId: 'another' }),
    ];
    expect(modelFlags([...odd, ...own], OTHERS, WINDOW)).toEqual([]);
  });
});
