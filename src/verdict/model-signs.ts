import { wilsonInterval } from '../domain/statistics.ts';
import type { FlagKind } from '../domain/verdict.ts';
import { Known, type KnownLevels, type Marks, modeOf, type Names, type ReplySeries } from './reply-series.ts';
import { type Least, type Levels, levelSplits, medianOf, rateSplits, type Split, type Splits } from './splits.ts';

/** Something seen in the replies of one target. */
export interface Sign {
  readonly kind: FlagKind;
  readonly says: string;
  /** Samples it rests on. */
  readonly n: number;
  /** Index, among the replies of the target, of the first that shows it; null: it is not a change. */
  readonly at: number | null;
}

/** Good replies to one question, oldest first: those of the target, and those of the other providers of the model. */
export interface Replies {
  readonly own: ReplySeries;
  /** By provider. */
  readonly others: readonly ReplySeries[];
}

/** A change needs so many replies before it, to know what was usual, and so many since. */
const LEAST: Least = { before: 24, since: 8 };
/** Of a count that never varies three replies are enough, and where it tells the moment, four for the rest. */
const LEAST_COUNTS = 3;
const LEAST_SINCE_MOMENT = 4;
/** Noise alone reaches these at some split of a fortnight in less than one window of a thousand. */
const LEVEL_SCORE = 5.5;
const RATE_SCORE = 4.5;
/** Noise alone reaches these at a given moment in one of a thousand. */
const LEVEL_SCORE_AT_MOMENT = 3.3;
const RATE_SCORE_AT_MOMENT = 3;
/** Squares of two scores at one split, together: noise alone gives more in some window of a quarter in less than one of two hundred. */
const JOINT_SCORE = 28;
/** And each of the two says something by itself. */
const LEAST_JOINT_SCORE = 2.5;
/** Less is not worth a word: log ratios of lengths, and of chunking. */
const LEAST_LENGTH = Math.log(1.2);
const LEAST_CHUNKING = Math.log(1.5);
/** Two providers whose usual lengths are this far apart differ in more than luck. */
const FAR_LENGTH = Math.log(1.6);

/** Everything that is seen. */
export function signsOf({ own, others }: Replies): readonly Sign[] {
  const counts = countsChanged(own, others);
  const judged = judgedOf(own, others);
  const lengths = lengthsOf(own);
  const moment = counts?.at ?? jointMoment(judged, lengths);
  const { responseModel, systemFingerprint, servedBy } = own.names;
  const found = [
    counts ?? countsDiffer(own, others),
    answersWorse(judged, moment) ?? answersDiffer(judged, others),
    lengthChanged(own, others, lengths, moment) ?? lengthDiffers(own, others),
    newName('response_model', responseModel, 'The reply calls the model'),
    newName('fingerprint', systemFingerprint, 'The system fingerprint is'),
    newName('fingerprint', servedBy, 'The reply is served by'),
    chunkingChanged(own.perChunk, 'Tokens per chunk') ??
      chunkingChanged(own.evenness, 'The 95th percentile of the gaps over their median'),
    moreOften('truncation', own.truncated, 'cut at the length limit'),
    moreOften('repetition', own.repeated, 'mostly repetition'),
  ];
  return found.filter((sign) => sign !== null);
}

interface Series<Value> {
  readonly values: readonly Value[];
  readonly at: readonly number[];
}

interface Parted<Value> {
  readonly values: readonly Value[];
  readonly at: readonly number[];
  readonly splits: Splits;
}

function judgedOf({ answers, wrong }: ReplySeries, others: readonly ReplySeries[]): Parted<0 | 1> {
  if (wrong.at.length === answers.length) return { ...wrong, splits: rateSplits(wrong.values, LEAST) };
  const isWrong = judge(others);
  const judged = new Known<0 | 1>();
  answers.forEach((answer, i) => {
    const found = isWrong(answer);
    judged.add(found === null ? null : found ? 1 : 0, i);
  });
  return { ...judged, splits: rateSplits(judged.values, LEAST) };
}

/** In tokens; where a provider counts none, in chunks. */
function lengthsOf({ countsTokens, tokens, chunks }: ReplySeries): Parted<number> {
  const lengths = countsTokens ? tokens : chunks;
  return { values: lengths.values, at: lengths.at, splits: levelSplits(lengths, LEAST) };
}

/** Where lengths and answers changed at once, beyond what chance does to both. Index of a reply; null: nowhere. */
function jointMoment(judged: Parted<0 | 1>, lengths: Parted<number>): number | null {
  let best = { score: JOINT_SCORE, at: -1 };
  for (let i = LEAST.before, j = 0; i <= lengths.at.length - LEAST.since; i++) {
    const at = lengths.at[i]!;
    while (j < judged.at.length && judged.at[j]! < at) j++;
    if (j < LEAST.before || j > judged.at.length - LEAST.since) continue;
    const ofLength = lengths.splits.scoreAt(i);
    if (Math.abs(ofLength) < LEAST_JOINT_SCORE) continue;
    const ofWrong = judged.splits.scoreAt(j);
    if (ofWrong < LEAST_JOINT_SCORE) continue;
    const score = ofLength ** 2 + ofWrong ** 2;
    if (score >= best.score) best = { score, at };
  }
  return best.at < 0 ? null : best.at;
}

/** The split at a moment that something else tells, if it says enough there; else the best there is, if it says enough of itself. */
function splitOf(
  { splits, at }: Parted<unknown>,
  moment: number | null,
  isEnough: (split: Split, atMoment: boolean) => boolean,
): Split | null {
  const index = moment === null ? -1 : at.findIndex((each) => each >= moment);
  if (index >= LEAST.before && index <= splits.length - LEAST_SINCE_MOMENT) {
    const split = splits.at(index);
    if (isEnough(split, true)) return split;
  }
  const { best } = splits;
  return best !== null && isEnough(best, false) ? best : null;
}

/** Prompt tokens of the same question: what a tokenizer and a template make of it, the same each time. */
function countsChanged(own: ReplySeries, others: readonly ReplySeries[]): Sign | null {
  const { values, at } = own.promptTokens;
  const now = values.at(-1);
  const run = values.length - 1 - values.findLastIndex((value) => value !== now);
  const before = values.slice(0, values.length - run);
  if (now === undefined || run < LEAST_COUNTS || before.length < LEAST.before) return null;
  const usual = modeOf(before);
  const seen = before.filter((value) => value === now).length;
  if (usual.count < 0.9 * before.length || seen > 0.02 * before.length) return null;
  const first = at[values.length - run]!;
  if (othersChangedToo(others, own.atMs[first]!, now - usual.value)) return null;
  return {
    kind: 'prompt_tokens',
    says: `The same prompt counts ${now} tokens in the last ${run} replies, and counted ${usual.value} before.`,
    ...{ n: values.length, at: first },
  };
}

/** A template of the router, say, adds the same to everybody's prompt at once. */
function othersChangedToo(others: readonly ReplySeries[], atMs: number, by: number): boolean {
  const changes = others.flatMap(({ promptTokens, atMs: dueAtMs }) => {
    const [before, since] = parted(promptTokens, dueAtMs, atMs);
    return before.length > 0 && since.length > 0 ? [modeOf(since).value - modeOf(before).value] : [];
  });
  return changes.length > 0 && changes.filter((change) => change === by).length * 2 >= changes.length;
}

/** Those of replies before a moment, and those since. */
function parted<Value>({ values, at }: Series<Value>, dueAtMs: readonly number[], atMs: number) {
  const first = at.findIndex((position) => dueAtMs[position]! >= atMs);
  const end = first === -1 ? values.length : first;
  return [values.slice(0, end), values.slice(end)] as const;
}

function countsDiffer(own: ReplySeries, others: readonly ReplySeries[]): Sign | null {
  const n = own.promptTokens.values.length;
  const usual = others.flatMap(({ usualPromptTokens }) => usualPromptTokens ?? []);
  if (n < LEAST_COUNTS || usual.length < 2) return null;
  const agreed = modeOf(usual);
  const mine = own.usualPromptTokens;
  if (agreed.count < 2 || agreed.value === mine) return null;
  const says = `The same prompt counts ${mine} tokens, and ${agreed.value} at ${agreed.count} of ${usual.length} other providers.`;
  return { kind: 'prompt_tokens', says, n, at: null };
}

type Answer = ReplySeries['answers'][number];

/** Wrong: not what was expected, or, where nothing was, not what the others say in the same cycle. Null: it cannot be told. */
function judge(others: readonly ReplySeries[]): (answer: Answer) => boolean | null {
  let byCycle: Map<number, readonly Answer[]> | null = null; // seldom needed
  const inCycle = (atMs: number) => {
    byCycle ??= Map.groupBy(
      others.flatMap(({ answers }) => answers),
      ({ dueAtMs }) => dueAtMs,
    );
    return byCycle.get(atMs) ?? [];
  };
  return ({ answerCorrect, answerValue, dueAtMs }) => {
    if (answerCorrect !== null) return !answerCorrect;
    const said = inCycle(dueAtMs).flatMap((other) => other.answerValue ?? []);
    const agreed = said.length < 2 ? null : modeOf(said);
    return answerValue === null || agreed === null || agreed.count < 2 ? null : answerValue !== agreed.value;
  };
}

function answersWorse(judged: Parted<0 | 1>, moment: number | null): Sign | null {
  const split = splitOf(judged, moment, ({ score }, atMoment) =>
    atMoment ? score >= RATE_SCORE_AT_MOMENT : score >= RATE_SCORE,
  );
  if (split === null) return null;
  const { values, at } = judged;
  const n = values.length - split.at;
  const wrong = values.slice(split.at).filter((value) => value === 1).length;
  const says = `${wrong} of the last ${n} answers are wrong (${range(wrong, n)}); before, ${percent(split.before)} were.`;
  return { kind: 'answers', says, n: values.length, at: at[split.at]! };
}

function answersDiffer({ values }: Parted<0 | 1>, others: readonly ReplySeries[]): Sign | null {
  if (values.length < LEAST.before) return null;
  const isWrong = judge(others);
  const mine = { wrong: values.filter((value) => value === 1).length, n: values.length };
  const theirs = { wrong: 0, n: 0 };
  for (const { answers, wrong: known, wrongCount } of others) {
    theirs.n += known.at.length;
    theirs.wrong += wrongCount;
    if (known.at.length === answers.length) continue;
    for (const answer of answers) {
      const wrong = answer.answerCorrect === null ? isWrong(answer) : null;
      if (wrong !== null) theirs.n++;
      if (wrong === true) theirs.wrong++;
    }
  }
  const [low, high] = [wilsonInterval(mine.wrong, mine.n)?.low, wilsonInterval(theirs.wrong, theirs.n)?.high];
  if (low === undefined || high === undefined || low <= high) return null;
  const says = `${percent(mine.wrong / mine.n)} of its answers are wrong (${range(mine.wrong, mine.n)}), and ${percent(theirs.wrong / theirs.n)} of those of other providers.`;
  return { kind: 'answers', says, n: mine.n, at: null };
}

function lengthChanged(
  own: ReplySeries,
  others: readonly ReplySeries[],
  lengths: Parted<number>,
  moment: number | null,
): Sign | null {
  const isEnough = ({ score, before, since }: Split, atMoment: boolean) =>
    Math.abs(since - before) >= LEAST_LENGTH && Math.abs(score) >= (atMoment ? LEVEL_SCORE_AT_MOMENT : LEVEL_SCORE);
  const split = splitOf(lengths, moment, isEnough);
  if (split === null) return null;
  const n = lengths.at.length;
  const at = lengths.at[split.at]!;
  const common = medianShift(others, own.countsTokens ? 'tokens' : 'chunks', own.atMs[at]!);
  if (Math.abs(split.since - split.before - common) < LEAST_LENGTH) return null;
  const noun = own.countsTokens ? 'tokens' : 'chunks';
  const mean = (log: number) => Math.round(Math.exp(log));
  const says = `The last ${n - split.at} replies are ${mean(split.since)} ${noun} long, and were ${mean(split.before)} before.`;
  return { kind: 'answer_length', says, n, at };
}

function lengthDiffers(own: ReplySeries, others: readonly ReplySeries[]): Sign | null {
  const n = own.tokens.values.length;
  const usual = others.flatMap(({ usualLength }) => usualLength ?? []);
  if (n < LEAST.before || usual.length < 2) return null;
  const [mine, theirs] = [own.usualLength!, medianOf(usual)];
  if (Math.abs(Math.log(mine / theirs)) < FAR_LENGTH) return null;
  const says = `Its replies are ${Math.round(mine)} tokens long, those of ${usual.length} other providers ${Math.round(theirs)} (medians).`;
  return { kind: 'answer_length', says, n, at: null };
}

/** A name that the last replies have and none had before. */
function newName(kind: FlagKind, { runs, count }: Names, subject: string): Sign | null {
  const last = runs.at(-1);
  if (last === undefined || last.from < LEAST.before || count - last.from < LEAST_COUNTS) return null;
  if (runs.some((run) => run !== last && run.name === last.name)) return null;
  const times = new Map<string, number>();
  runs.slice(0, -1).forEach(({ name, from }, i) => {
    times.set(name, (times.get(name) ?? 0) + runs[i + 1]!.from - from);
  });
  const [before] = [...times].reduce((most, entry) => (entry[1] > most[1] ? entry : most));
  const says = `${subject} ${last.name} in the last ${count - last.from} replies, and ${before} before.`;
  return { kind, says, n: count, at: last.at };
}

/** How output is cut into chunks is a habit of the software that serves it; so is the evenness of the gaps. */
function chunkingChanged(levels: KnownLevels, noun: string): Sign | null {
  const { values, at } = levels;
  const split = shift(levels, LEAST_CHUNKING);
  if (split === null) return null;
  const says = `${noun} is ${Math.exp(split.since).toFixed(1)}, and was ${Math.exp(split.before).toFixed(1)} before.`;
  return { kind: 'chunking', says, n: values.length, at: at[split.at]! };
}

function moreOften(kind: FlagKind, { values, count: all }: Marks, what: string): Sign | null {
  if (all === 0) return null;
  const split = rateSplits(values, LEAST).best;
  if (split === null || split.score < RATE_SCORE) return null;
  const n = values.length - split.at;
  const count = Math.round(split.since * n);
  const says = `${count} of the last ${n} replies are ${what} (${range(count, n)}); before, ${percent(split.before)} were.`;
  return { kind, says, n: values.length, at: split.at };
}

function shift(levels: Levels, least: number): Split | null {
  const split = levelSplits(levels, LEAST).best;
  const isLarge =
    split !== null && Math.abs(split.score) >= LEVEL_SCORE && Math.abs(split.since - split.before) >= least;
  return isLarge ? split : null;
}

/** By how much the logs of the other providers' medians changed at that moment, the middle one. */
function medianShift(others: readonly ReplySeries[], unit: 'tokens' | 'chunks', atMs: number): number {
  const shifts = others.flatMap((series) => {
    const [before, since] = parted(series[unit], series.atMs, atMs);
    return before.length > 0 && since.length > 0 ? [medianOf(since) - medianOf(before)] : [];
  });
  return shifts.length === 0 ? 0 : medianOf(shifts);
}

const percent = (share: number) => `${Math.round(share * 100)} %`;

function range(count: number, n: number): string {
  const { low, high } = wilsonInterval(count, n)!;
  return `${Math.round(low * 100)} to ${Math.round(high * 100)} %`;
}
