import { describe, expect, test } from 'bun:test';
import { seededRandom } from '../../src/lib/random.ts';
import { habitsOf } from '../../src/sim/providers.ts';
import { type Draft, draftReply } from '../../src/sim/router/draft.ts';
import { speak } from '../../src/sim/router/speech.ts';
import { NO_WISHES } from '../../src/sim/router/wishes.ts';
import { createUniverse } from '../../src/sim/universe.ts';

const QUESTION = {
  model: 'x',
  prompt: 'Solve this: 123/2*3.2*9',
  stream: true,
  includeUsage: true,
  maxTokens: null,
  wishes: NO_WISHES,
};
const STAMP = { id: 'chatcmpl-1', requestId: 'Root=1-1', createdSeconds: 1, fingerprint: 'fp', cached: false };

/** One reply of every provider about every model it offers. */
function everyDraft(seed: number): readonly Draft[] {
  const { models, providers } = createUniverse(seed);
  return models.flatMap((model) =>
    model.offers.flatMap((offer) => {
      const provider = providers.get(offer.provider);
      if (!provider) return [];
      const random = seededRandom(`${seed} ${model.id} ${offer.provider}`);
      const habits = habitsOf(provider, model, offer.providerId, random);
      const style = { reasons: habits.reasoning !== 'none', correct: habits.correct, maxTokens: null };
      return draftReply(QUESTION, speak(QUESTION.prompt, style, random), habits, STAMP);
    }),
  );
}

const drafts = [1, 2, 3].flatMap(everyDraft);

describe('every reply of the simulated world', () => {
  test('goes forward in time', () => {
    const isOrdered = ({ pieces }: Draft) =>
      pieces.every((piece, at) => at === 0 || piece.atMs >= pieces[at - 1]!.atMs);
    expect(drafts.filter((draft) => !isOrdered(draft))).toEqual([]);
  });

  test('has its first output after a tenth of a second to two seconds, or hides its reasoning until later', () => {
    const firsts = drafts.map(({ pieces }) => pieces.find(({ part }) => part === 'output')!.atMs);
    expect(Math.min(...firsts)).toBeGreaterThanOrEqual(100);
    expect(Math.max(...firsts)).toBeLessThan(4_000);
  });

  test('is over in a few seconds', () => {
    expect(Math.max(...drafts.map(({ pieces }) => pieces.at(-1)!.atMs))).toBeLessThan(8_000);
  });
});

test('a prompt without a product gets words all the same', () => {
  const { answer, finishReason } = speak(
    'Hello!',
    { reasons: false, correct: true, maxTokens: null },
    seededRandom('x'),
  );
  expect([answer.join('').startsWith('Hello!'), finishReason]).toEqual([true, 'stop']);
});

test('a thought that is cut leaves its tag open', () => {
  const { models, providers } = createUniverse(1);
  const habits = habitsOf(providers.get('drift')!, models.find((model) => model.reasons)!, 'x', seededRandom('x'));
  const speech = speak(QUESTION.prompt, { reasons: true, correct: true, maxTokens: 10 }, seededRandom('x'));
  const text = draftReply(QUESTION, speech, { ...habits, reasoning: 'think' }, STAMP)
    .pieces.map((piece) => piece.text)
    .join('');
  expect(text).toContain('<think>');
  expect(text).not.toContain('</think>');
  expect(text).toContain('"finish_reason":"length"');
});
