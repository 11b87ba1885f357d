import type { Sample } from '../domain/sample.ts';
import { medianOf } from './splits.ts';

/** The most frequent value, and how often it was seen. */
export interface Mode<Value> {
  readonly value: Value;
  readonly count: number;
}

/** Good replies of one provider to one question, oldest first. What is usual of them is worked out once, however many are held against it. */
export class ReplySeries {
  readonly samples: readonly Sample[];
  #promptTokens: Mode<number> | null | undefined;
  #length: number | null | undefined;
  #answers: { readonly wrong: number; readonly n: number } | undefined;

  constructor(samples: readonly Sample[]) {
    this.samples = samples;
  }

  /** Null: none are known. */
  get promptTokens(): Mode<number> | null {
    if (this.#promptTokens === undefined) {
      const counts = this.samples.flatMap(({ promptTokens }) => promptTokens ?? []);
      this.#promptTokens = counts.length === 0 ? null : modeOf(counts);
    }
    return this.#promptTokens;
  }

  /** Median of completion tokens; null: none are known. */
  get length(): number | null {
    if (this.#length === undefined) {
      const lengths = this.samples.flatMap(({ completionTokens }) => completionTokens || []);
      this.#length = lengths.length === 0 ? null : medianOf(lengths);
    }
    return this.#length;
  }

  /** Of those whose right answer is known. */
  get answers(): { readonly wrong: number; readonly n: number } {
    if (this.#answers === undefined) {
      let [wrong, n] = [0, 0];
      for (const { answerCorrect } of this.samples) {
        if (answerCorrect === null) continue;
        n++;
        if (!answerCorrect) wrong++;
      }
      this.#answers = { wrong, n };
    }
    return this.#answers;
  }
}

/** Of at least one value. */
export function modeOf<Value>(values: readonly Value[]): Mode<Value> {
  const counts = new Map<Value, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  const [value, count] = [...counts].reduce((most, entry) => (entry[1] > most[1] ? entry : most));
  return { value, count };
}
