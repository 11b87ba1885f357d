import type { Sample } from '../domain/sample.ts';
import { atOnce, type Steps } from '../lib/steps.ts';

/** Samples of several targets side by side. An occasion is one cycle, seen from one place, with one question. */
export interface Aligned {
  /** Due time of each occasion, rising. */
  readonly dueAtMs: Float64Array;
  /** By target, in the order given, what it showed on each occasion. */
  readonly rows: readonly (readonly (Sample | undefined)[])[];
}

/** A reply that figures may be read off. */
export const isGoodReply = ({ probeKind, final, outcome }: Sample) =>
  probeKind === 'standard' && final && outcome === 'ok';

/** A first attempt that tells whether the target works. */
export const isJudgedFirst = ({ probeKind, attempt, outcome }: Sample) =>
  probeKind === 'standard' && attempt === 1 && (outcome === 'ok' || outcome === 'target_error');

/** @param counts which samples are looked at: at most one of a target on each occasion */
export const aligned = (targets: readonly (readonly Sample[])[], counts: (sample: Sample) => boolean): Aligned =>
  atOnce(alignedInSteps(targets, counts));

export function* alignedInSteps(
  targets: readonly (readonly Sample[])[],
  counts: (sample: Sample) => boolean,
): Steps<Aligned> {
  const dues: number[] = [];
  const series: string[] = [];
  const byQuestion = new Map<string, Map<number, number>>();
  const found: { readonly occasion: number; readonly sample: Sample }[][] = [];
  for (const samples of targets) {
    const ofTarget: (typeof found)[number] = [];
    let question: Map<number, number> | undefined;
    let [location, questionId, key] = ['', '', ''];
    for (const sample of samples) {
      if (!counts(sample)) continue;
      if (question === undefined || sample.location !== location || sample.questionId !== questionId) {
        ({ location, questionId } = sample);
        key = `${questionId} ${location}`;
        question = occasionsOf(key, byQuestion);
      }
      let occasion = question.get(sample.dueAtMs);
      if (occasion === undefined) {
        occasion = dues.push(sample.dueAtMs) - 1;
        series.push(key);
        question.set(sample.dueAtMs, occasion);
      }
      ofTarget.push({ occasion, sample });
    }
    found.push(ofTarget);
    yield;
  }

  const inOrder = dues.map((_, i) => i).sort((a, b) => dues[a]! - dues[b]! || (series[a]! < series[b]! ? -1 : 1));
  const placeOf = new Int32Array(dues.length);
  inOrder.forEach((occasion, place) => {
    placeOf[occasion] = place;
  });
  yield;
  const rows = found.map((ofTarget) => {
    const row = new Array<Sample | undefined>(dues.length).fill(undefined);
    for (const { occasion, sample } of ofTarget) row[placeOf[occasion]!] = sample;
    return row;
  });
  return { dueAtMs: Float64Array.from(inOrder, (occasion) => dues[occasion]!), rows };
}

function occasionsOf(key: string, byQuestion: Map<string, Map<number, number>>): Map<number, number> {
  let occasions = byQuestion.get(key);
  if (occasions === undefined) {
    occasions = new Map();
    byQuestion.set(key, occasions);
  }
  return occasions;
}
