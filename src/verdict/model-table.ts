import type { Sample } from '../domain/sample.ts';
import type { Steps } from '../lib/steps.ts';
import type { Window } from '../ports.ts';
import { part } from './splits.ts';

/** A reply that says this much of itself again is stuck. */
const STUCK_SHARE = 0.5;
/** Samples looked at in one step. */
const AT_ONCE = 2000;

/** What one provider replied, cycle by cycle; NaN where it is unknown. Yes is 1 and no is 0; names are numbers of `ModelTable.names`. */
export interface Replies {
  readonly provider: string;
  readonly promptTokens: Float64Array;
  /** Against the known answer, or else against what the others agree on; unknown where most of them are wrong too. */
  readonly wrong: Float64Array;
  /** Natural logarithm of the completion tokens, or else of the chunks, without what the others have in common in that cycle. */
  readonly length: Float64Array;
  readonly cut: Float64Array;
  readonly stuck: Float64Array;
  /** Logarithms: of tokens per chunk, and of the 95th percentile of the gaps over their median. */
  readonly perChunk: Float64Array;
  readonly gaps: Float64Array;
  readonly model: Float64Array;
  readonly fingerprint: Float64Array;
  readonly servedBy: Float64Array;
}

export interface ModelTable {
  /** Due times, Unix ms. */
  readonly cycles: Float64Array;
  readonly names: readonly string[];
  readonly providers: readonly Replies[];
}

/** The good replies of the window to the question that was asked last. */
export function* readModelInSteps(samples: readonly Sample[], { sinceMs, untilMs }: Window): Steps<ModelTable> {
  const questionId = samples.findLast((sample) => isReply(sample) && sample.dueAtMs < untilMs)?.questionId;
  const replies: Sample[] = [];
  let count = 0;
  let lastAtMs = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < samples.length; i++) {
    if (i % AT_ONCE === AT_ONCE - 1) yield;
    const sample = samples[i]!;
    const { dueAtMs } = sample;
    if (dueAtMs < sinceMs || dueAtMs >= untilMs || !isReply(sample) || sample.questionId !== questionId) continue;
    replies.push(sample);
    if (dueAtMs !== lastAtMs) count++;
    lastAtMs = dueAtMs;
  }
  const cycles = new Float64Array(count);
  const drafts = new Map<string, Draft>();
  const names = new Map<string, number>();
  let cycle = -1;
  yield;
  for (let i = 0; i < replies.length; i++) {
    if (i % AT_ONCE === AT_ONCE - 1) yield;
    const sample = replies[i]!;
    if (cycle < 0 || sample.dueAtMs !== cycles[cycle]) cycles[++cycle] = sample.dueAtMs;
    let draft = drafts.get(sample.providerName);
    if (draft === undefined) {
      draft = new Draft(count);
      drafts.set(sample.providerName, draft);
    }
    draft.put(cycle, sample, names);
  }
  const all = [...drafts.values()];
  yield;
  const wrong = all.some((draft) => draft.isJudged) ? unlikeOthers(all) : yield* unlikeConsensus(all);
  const lengths = all.map((draft) => draft.deviations());
  const providers: Replies[] = [];
  for (const [provider, draft] of drafts) {
    yield;
    const i = providers.length;
    providers.push({
      ...draft.columns,
      ...{ provider, wrong: wrong[i]!, length: withoutCommonPart(lengths, i) },
    });
  }
  return { cycles, names: [...names.keys()], providers };
}

const isReply = ({ final, outcome, probeKind }: Sample) => final && outcome === 'ok' && probeKind === 'standard';

/** The columns of one provider while they are read. */
class Draft {
  readonly columns;
  readonly wrong: Float64Array;
  readonly value: Float64Array;
  readonly #tokens: Float64Array;
  readonly #chunks: Float64Array;
  readonly #model = new LastName();
  readonly #fingerprint = new LastName();
  readonly #servedBy = new LastName();
  isJudged = false;
  #isCounted = false;

  constructor(cycles: number) {
    const unknown = () => new Float64Array(cycles).fill(Number.NaN);
    this.columns = {
      promptTokens: unknown(),
      cut: unknown(),
      stuck: unknown(),
      perChunk: unknown(),
      gaps: unknown(),
      model: unknown(),
      fingerprint: unknown(),
      servedBy: unknown(),
    };
    this.wrong = unknown();
    this.value = unknown();
    this.#tokens = unknown();
    this.#chunks = unknown();
  }

  put(cycle: number, sample: Sample, names: Map<string, number>): void {
    const { columns } = this;
    const { answerCorrect, completionTokens, gapP50Ms, gapP95Ms, repeatedShare } = sample;
    columns.promptTokens[cycle] = sample.promptTokens ?? Number.NaN;
    columns.cut[cycle] = sample.finishReason === 'length' ? 1 : 0;
    columns.stuck[cycle] = repeatedShare !== null && repeatedShare > STUCK_SHARE ? 1 : 0;
    columns.perChunk[cycle] = log(sample.tokensPerChunk);
    columns.gaps[cycle] = gapP50Ms === null || gapP95Ms === null ? Number.NaN : log(gapP95Ms / gapP50Ms);
    columns.model[cycle] = this.#model.numberOf(sample.responseModel, names);
    columns.fingerprint[cycle] = this.#fingerprint.numberOf(sample.systemFingerprint, names);
    columns.servedBy[cycle] = this.#servedBy.numberOf(sample.servedBy, names);
    this.value[cycle] = sample.answerValue ?? Number.NaN;
    this.#tokens[cycle] = log(completionTokens);
    this.#chunks[cycle] = log(sample.chunks);
    if (completionTokens !== null) this.#isCounted = true;
    if (answerCorrect === null) return;
    this.isJudged = true;
    this.wrong[cycle] = answerCorrect ? 0 : 1;
  }

  /** Logarithms of lengths, around their mean. */
  deviations(): Float64Array {
    const logs = this.#isCounted ? this.#tokens : this.#chunks;
    const { mean } = part(logs, 0, logs.length);
    for (let cycle = 0; cycle < logs.length; cycle++) logs[cycle]! -= mean;
    return logs;
  }
}

const log = (value: number | null) => (value !== null && value > 0 && value < Infinity ? Math.log(value) : Number.NaN);

/** Most names are the one before: looking each up would cost more than all else. */
class LastName {
  #name: string | null = null;
  #number = Number.NaN;

  numberOf(name: string | null, names: Map<string, number>): number {
    if (name === this.#name) return this.#number;
    const number = name === null ? Number.NaN : (names.get(name) ?? names.size);
    if (name !== null) names.set(name, number);
    [this.#name, this.#number] = [name, number];
    return number;
  }
}

function unlikeOthers(all: readonly Draft[]): readonly Float64Array[] {
  const cycles = all[0]!.wrong.length;
  const wrong = new Uint16Array(cycles);
  const known = new Uint16Array(cycles);
  for (const draft of all) {
    for (let cycle = 0; cycle < cycles; cycle++) {
      const value = draft.wrong[cycle]!;
      if (Number.isNaN(value)) continue;
      known[cycle]!++;
      wrong[cycle]! += value;
    }
  }
  return all.map((draft) => {
    const own = draft.wrong.slice();
    for (let cycle = 0; cycle < cycles; cycle++) {
      const others = known[cycle]! - 1;
      if (others >= 2 && 2 * (wrong[cycle]! - own[cycle]!) > others) own[cycle] = Number.NaN;
    }
    return own;
  });
}

/** Where no answer is known: not the value that most of at least two others give in the same cycle. */
function* unlikeConsensus(all: readonly Draft[]): Steps<readonly Float64Array[]> {
  const wrong: Float64Array[] = [];
  for (const draft of all) {
    yield;
    const ofOwn = draft.value.map((own, cycle) => {
      if (Number.isNaN(own)) return Number.NaN;
      const said = all.flatMap((other) => (other === draft ? [] : other.value[cycle]!)).filter((v) => !Number.isNaN(v));
      const agreed = said.find((value) => 2 * said.filter((other) => other === value).length > said.length);
      return said.length < 2 || agreed === undefined ? Number.NaN : own === agreed ? 0 : 1;
    });
    wrong.push(ofOwn);
  }
  return wrong;
}

/** What a cycle did to all: the middle of the others' deviations; of two in the middle the nearer to none, or none where they disagree. */
function withoutCommonPart(lengths: readonly Float64Array[], which: number): Float64Array {
  const own = lengths[which]!.slice();
  const rest = lengths.filter((_, i) => i !== which);
  const others = new Float64Array(rest.length);
  for (let cycle = 0; cycle < own.length; cycle++) {
    if (Number.isNaN(own[cycle]!)) continue;
    let count = 0;
    for (const { [cycle]: value } of rest) {
      if (Number.isNaN(value!)) continue;
      let place = count++;
      for (; place > 0 && others[place - 1]! > value!; place--) others[place] = others[place - 1]!;
      others[place] = value!;
    }
    if (count < 2) continue;
    own[cycle]! -= Math.max(0, others[(count - 1) >> 1]!) + Math.min(0, others[count >> 1]!);
  }
  return own;
}
