import { answerValue, isCorrect } from '../../domain/answer.ts';
import { repeatedShare } from '../../domain/repetition.ts';
import type { Feature } from '../../domain/verdict.ts';
import { type Random, seededRandom } from '../../lib/random.ts';
import { oneOf } from '../dice.ts';
import type { Habits } from '../habits.ts';
import { burstsOf } from '../router/draft.ts';
import { type Speech, speak } from '../router/speech.ts';

/** What was asked in the past. */
export interface PastQuestion {
  readonly prompt: string;
  readonly expected: string;
  readonly maxTokens: number;
}

/** A reply as the columns see it, without its text. */
export interface Shape {
  readonly speech: Speech;
  readonly bursts: ReturnType<typeof burstsOf>;
  readonly answerCorrect: boolean | null;
  readonly answerValue: number | null;
  readonly repeatedShare: number | null;
}

/** As many replies as there are wordings, nearly: what a model says varies little. */
const WORDINGS = 24;

/** Replies are put together from few wordings, so each is worked out once: the past has a hundred thousand of them. */
function remembered(shapeOf: (habits: Habits, random: Random) => Shape): (habits: Habits, random: Random) => Shape {
  const known = new Map<string, readonly Shape[]>();
  return (habits, random) => {
    const { reasoning, tokensPerChunk, correct, charactersPerToken, terse } = habits;
    const key = [reasoning, tokensPerChunk, correct, charactersPerToken, terse].join(' ');
    let shapes = known.get(key);
    if (shapes === undefined) {
      const wordings = seededRandom(key);
      shapes = Array.from({ length: WORDINGS }, () => shapeOf(habits, wordings));
      known.set(key, shapes);
    }
    return oneOf(random, shapes);
  };
}

/** Replies to the standard question, to one that tries a feature, and to one that asks whether anybody is there (`confirm`). */
export function createShapes(question: PastQuestion) {
  const standard = remembered((habits, random) => shapeOf(question, habits, random));
  const trials = new Map(
    TRIAL_NAMES.map((name) => [name, remembered((habits, random) => trialShape(name, habits, random))]),
  );
  return (name: TrialName | null, habits: Habits, random: Random): Shape =>
    (name === null ? standard : trials.get(name)!)(habits, random);
}

function shapeOf({ prompt, expected, maxTokens }: PastQuestion, habits: Habits, random: Random): Shape {
  const speech = speak(prompt, { ...habits, reasons: habits.reasoning !== 'none', maxTokens }, random);
  const answer = speech.answer.join('');
  const given = { answer, cut: speech.finishReason === 'length' };
  const shown = habits.reasoning === 'hidden' ? '' : speech.reasoning.join('');
  const bursts = burstsOf(speech, habits);
  const content = bursts.map(({ delta }) => ('content' in delta ? delta.content : '')).join('');
  return {
    ...{ speech, bursts },
    answerCorrect: isCorrect(given, expected),
    answerValue: answerValue(given),
    repeatedShare: repeatedShare(`${shown}\n${content}`),
  };
}

export type TrialName = Feature | 'confirm';

/** How long prompt and answer of such a question are: characters, and tokens of four. */
const TRIALS: Readonly<Record<TrialName, { readonly prompt: number; readonly answer: number }>> = {
  confirm: { prompt: 20, answer: 2 },
  tool_call: { prompt: 60, answer: 12 },
  json_schema: { prompt: 90, answer: 22 },
  system_prompt: { prompt: 60, answer: 2 },
  stop: { prompt: 70, answer: 9 },
  seed: { prompt: 80, answer: 16 },
  cache: { prompt: 6_000, answer: 2 },
};

const TRIAL_NAMES = Object.keys(TRIALS) as readonly TrialName[];

export const trialPrompt = (name: TrialName) => 'x'.repeat(TRIALS[name].prompt);

function trialShape(name: TrialName, habits: Habits, random: Random): Shape {
  const { reasoning } = speak('', { ...habits, reasons: habits.reasoning !== 'none', maxTokens: null }, random);
  const answer = Array<string>(TRIALS[name].answer).fill(' four');
  const speech: Speech = {
    reasoning,
    answer,
    toolCall: null,
    finishReason: name === 'tool_call' ? 'tool_calls' : 'stop',
  };
  return {
    ...{ speech, bursts: burstsOf(speech, habits) },
    ...{ answerCorrect: null, answerValue: null, repeatedShare: null },
  };
}
