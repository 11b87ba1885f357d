import type { Random } from '../../lib/random.ts';
import { oneOf } from '../dice.ts';
import { exampleOf, NO_WISHES, type Wishes } from './wishes.ts';

/** What a model says, in tokens: pieces that joined give the text. */
export interface Speech {
  readonly reasoning: readonly string[];
  readonly answer: readonly string[];
  readonly toolCall: ToolCall | null;
  readonly finishReason: 'stop' | 'length' | 'tool_calls';
}

/** Instead of an answer. */
export interface ToolCall {
  readonly name: string;
  /** The arguments as JSON text, in tokens. */
  readonly pieces: readonly string[];
}

export interface Style {
  readonly reasons: boolean;
  readonly correct: boolean;
  readonly maxTokens: number | null;
  /** Its tokenizer: 4 unless it is told. */
  readonly charactersPerToken?: number;
  /** Of the steps only the last. */
  readonly terse?: boolean;
}

interface SumStep {
  readonly sign: '*' | '/';
  readonly left: number;
  readonly right: number;
  readonly result: number;
}

/** Some thought for the reasoning, then what was wished for, or a worked answer. A prompt that asks for nothing we know gets a plain sentence. */
export function speak(prompt: string, style: Style, random: Random, wishes: Wishes = NO_WISHES): Speech {
  const steps = workOut(prompt);
  const tokensOf = tokenizer(style.charactersPerToken ?? 4);
  const reasoning = style.reasons ? tokensOf(thoughts(steps, random)) : [];
  const { tool } = wishes;
  const output = tokensOf(
    tool === null
      ? untilStop(answerTo(prompt, steps, wishes, style, random), wishes.stop)
      : JSON.stringify(exampleOf(tool.parameters, prompt)),
  );
  const limit = style.maxTokens ?? Number.POSITIVE_INFINITY;
  const said = output.slice(0, Math.max(0, limit - reasoning.length));
  const whole = tool === null ? 'stop' : 'tool_calls';
  return {
    reasoning: reasoning.slice(0, limit),
    answer: tool === null ? said : [],
    toolCall: tool !== null && reasoning.length < limit ? { name: tool.name, pieces: said } : null,
    finishReason: reasoning.length + output.length > limit ? 'length' : whole,
  };
}

function answerTo(
  prompt: string,
  steps: readonly SumStep[],
  { schema, system }: Wishes,
  style: Style,
  random: Random,
): string {
  if (schema !== null) return JSON.stringify(exampleOf(schema, prompt));
  const ordered = system === null ? null : /\bthe word ([A-Z]{2,})\b/.exec(system);
  if (ordered) return ordered[1]!;
  const dictated = /nothing else: (.{1,200})$/s.exec(prompt);
  if (dictated) return dictated[1]!;
  if (/\bmake up\b/i.test(prompt)) return Array.from({ length: 5 }, () => oneOf(random, INVENTED)).join(', ');
  return steps.length === 0 ? SMALL_TALK : workedAnswer(steps, style, random);
}

/** An answer ends before the first text that it was to stop at. */
function untilStop(text: string, stops: readonly string[]): string {
  const ends = stops.map((stop) => text.indexOf(stop)).filter((end) => end >= 0);
  return ends.length === 0 ? text : text.slice(0, Math.min(...ends)).trimEnd();
}

const INVENTED = [
  'Amberleaf',
  'Quiet Kettle',
  'Morning Steep',
  'The Copper Cup',
  'Fern & Steam',
  'Slow Pour',
  'Jade Hour',
];

const SMALL_TALK =
  'Hello! I am a simulated model. Give me a product to work out, such as 12/5*3, and I will show each step.';

/** A token of ours is so many characters at most, with the space before them. */
function tokenizer(charactersPerToken: number): (text: string) => readonly string[] {
  const token = new RegExp(`\\s*\\S{1,${charactersPerToken}}`, 'g');
  return (text) => text.match(token) ?? [];
}

/** The first chain of products and quotients in a text, from left to right. */
function workOut(prompt: string): readonly SumStep[] {
  const [chain] = /\d+(?:\.\d+)?(?:\s*[*/]\s*\d+(?:\.\d+)?)+/.exec(prompt) ?? [];
  const [first, ...rest] = chain?.split(/\s*([*/])\s*/) ?? [];
  const steps: SumStep[] = [];
  let left = Number(first);
  for (let at = 0; at < rest.length; at += 2) {
    const sign = rest[at] === '*' ? '*' : '/';
    const right = Number(rest[at + 1]);
    const result = Number((sign === '*' ? left * right : left / right).toPrecision(10));
    steps.push({ sign, left, right, result });
    left = result;
  }
  return steps;
}

const written = ({ sign, left, right, result }: SumStep) => `${left} ${sign === '*' ? '×' : '÷'} ${right} = ${result}`;

function thoughts(steps: readonly SumStep[], random: Random): string {
  const opening = oneOf(random, [
    'The user wants the value of an expression. ',
    'Let me go through this from left to right. ',
    'Division and multiplication have the same rank, so I take them in order. ',
  ]);
  const checks = steps.map((step) => `First guess for this step: ${written(step)}. That looks right. `);
  return `Okay. ${opening}${checks.join('')}Now I can write it down.`;
}

function workedAnswer(steps: readonly SumStep[], { correct, terse = false }: Style, random: Random): string {
  const truth = steps.at(-1)!.result;
  const last = correct ? truth : slip(truth, random);
  const shown = steps.map((step, at) => (at === steps.length - 1 ? { ...step, result: last } : step));
  const lines = shown.map(
    (step, at) =>
      `${at + 1}. ${step.sign === '*' ? 'Multiply' : 'Divide'} ${step.left} by ${step.right}: ${written(step)}`,
  );
  const opening = oneOf(random, [
    'Multiplication and division have the same rank, so we work from left to right:',
    'By the order of operations, products and quotients are taken in the order in which they stand:',
    'There are no sums and no brackets here, so we simply go through it step by step:',
  ]);
  const closing = oneOf(random, [
    `So the answer is **${last}**.`,
    `**Answer: ${last}**`,
    `The result of the whole expression is ${last}.`,
    `Therefore the value is\n\n\\[\\boxed{${last}}\\]`,
  ]);
  return terse ? `${lines.at(-1)}\n\n${closing}` : `${opening}\n\n${lines.join('\n')}\n\n${closing}`;
}

/** The slips that people make too: a decimal place, or a digit carried wrongly. */
function slip(truth: number, random: Random): number {
  return Number(oneOf(random, [truth / 10, truth + 18, truth * 2 - 1]).toPrecision(10));
}
