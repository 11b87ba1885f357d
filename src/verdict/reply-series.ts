import type { Sample } from '../domain/sample.ts';
import { Levels, middleOf } from './splits.ts';

/** A text says itself again this often where a model is stuck. */
const REPEATED = 0.5;

/** Values that are known, and the position of the reply of each. */
export class Known<Value> {
  readonly values: Value[] = [];
  readonly at: number[] = [];

  add(value: Value | null, at: number): void {
    if (value === null) return;
    this.values.push(value);
    this.at.push(at);
  }
}

/** Names that replies give, in runs of the same one. */
export class Names {
  readonly runs: { readonly name: string; readonly at: number /** Names before it. */; readonly from: number }[] = [];
  count = 0;

  add(name: string | null, at: number): void {
    if (name === null) return;
    if (this.runs.at(-1)?.name !== name) this.runs.push({ name, at, from: this.count });
    this.count++;
  }
}

/** Logarithms of values that are known, and the position of the reply of each. */
export class KnownLevels extends Levels {
  readonly at: number[] = [];

  addLog(value: number | null, at: number): void {
    if (!value) return;
    this.add(Math.log(value));
    this.at.push(at);
  }
}

/** Yes or no of every reply. */
export class Marks {
  readonly values: (0 | 1)[] = [];
  count = 0;

  add(isSo: boolean): void {
    this.values.push(isSo ? 1 : 0);
    if (isSo) this.count++;
  }
}

/** Good replies of one target to one question, oldest first, by what is looked at in them. It grows. */
export class ReplySeries {
  readonly atMs: number[] = [];
  readonly promptTokens = new Known<number>();
  readonly answers: Pick<Sample, 'dueAtMs' | 'answerCorrect' | 'answerValue'>[] = [];
  /** 1: wrong; of those whose right answer is known. */
  readonly wrong = new Known<0 | 1>();
  wrongCount = 0;
  readonly tokens = new KnownLevels();
  readonly chunks = new KnownLevels();
  countsTokens = false;
  readonly names = { responseModel: new Names(), systemFingerprint: new Names(), servedBy: new Names() };
  readonly perChunk = new KnownLevels();
  /** 95th percentile of the gaps over their median. */
  readonly evenness = new KnownLevels();
  readonly truncated = new Marks();
  readonly repeated = new Marks();
  readonly #counts = new Map<number, number>();

  constructor(samples: readonly Sample[] = []) {
    for (const sample of samples) this.add(sample);
  }

  add(sample: Sample): void {
    const { promptTokens, answerCorrect, completionTokens, gapP50Ms, gapP95Ms, tokensPerChunk } = sample;
    const at = this.atMs.push(sample.dueAtMs) - 1;
    this.promptTokens.add(promptTokens, at);
    if (promptTokens !== null) this.#counts.set(promptTokens, (this.#counts.get(promptTokens) ?? 0) + 1);
    this.answers.push(sample);
    this.wrong.add(answerCorrect === null ? null : answerCorrect ? 0 : 1, at);
    if (answerCorrect === false) this.wrongCount++;
    if (completionTokens !== null) this.countsTokens = true;
    this.tokens.addLog(completionTokens, at);
    this.chunks.addLog(sample.chunks, at);
    for (const column of ['responseModel', 'systemFingerprint', 'servedBy'] as const)
      this.names[column].add(sample[column], at);
    this.perChunk.addLog(tokensPerChunk, at);
    this.evenness.addLog(gapP50Ms && gapP95Ms && gapP95Ms / gapP50Ms, at);
    this.truncated.add(sample.finishReason === 'length');
    this.repeated.add((sample.repeatedShare ?? 0) > REPEATED);
  }

  /** Prompt tokens of most replies; null: none are known. */
  get usualPromptTokens(): number | null {
    return this.#counts.size === 0 ? null : mostOf(this.#counts).value;
  }

  /** Median of completion tokens (of an even number, the geometric mean of the middle two); null: none are known. */
  get usualLength(): number | null {
    return this.tokens.values.length === 0 ? null : Math.exp(middleOf(this.tokens.sorted));
  }
}

/** The most frequent of at least one value, and how often it is seen. */
export function modeOf<Value>(values: readonly Value[]): { readonly value: Value; readonly count: number } {
  const counts = new Map<Value, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return mostOf(counts);
}

function mostOf<Value>(counts: ReadonlyMap<Value, number>) {
  const [value, count] = [...counts].reduce((most, entry) => (entry[1] > most[1] ? entry : most));
  return { value, count };
}
