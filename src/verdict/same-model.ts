import type { Sample } from '../domain/sample.ts';
import type { FlagKind, ModelFlag } from '../domain/verdict.ts';
import { atOnce, type Steps } from '../lib/steps.ts';
import type { Window } from '../ports.ts';
import { answersDiffer, countsDiffer } from './differences.ts';
import {
  saysAnswers,
  saysChunking,
  saysCounts,
  saysCut,
  saysGaps,
  saysLength,
  saysName,
  saysStuck,
} from './flag-words.ts';
import { type ModelTable, type Replies, readModelInSteps } from './model-table.ts';
import { knownIn, modeOf, type Replaced, replacedIn } from './names-changed.ts';
import { type Evidence, part, riseOf, shiftOf } from './splits.ts';

const RULE = 'Is it the same model?';

/** A change of its own is shown from so many nats, and beside another one at the same moment from so few. */
const SHOWN_NATS = 9;
const BESIDE_NATS = 3;
/** A template may change by a word or two; more tokens, in so many replies, are strong by themselves. */
const LARGE_STEP_TOKENS = 3;
const LEAST_COUNTS = 8;
const LEAST_SHARE = 0.2;
/** Nats of answers and shape that make a small step strong. */
const BESIDE_STEP_NATS = 5;
/** Without a step: of all together, and of answers and of shape each. */
const STRONG_NATS = 16;
const EACH_NATS = 4;
/** Two changes are one where each is nearly as likely there as at its own likeliest place. */
const APART_NATS = 4;
/** What a release of the serving software changes too says little of the model. */
const MOST_DEPLOYMENT_NATS = 3;
const LEAST_RISE = 0.08;
/** Cycles that must still show it. */
const RECENT = 24;

/** Something that changed. */
interface Sign {
  readonly kind: FlagKind;
  readonly group: 'tokens' | 'answers' | 'shape' | 'deployment';
  readonly values: Float64Array;
  readonly evidence: Evidence;
  readonly says: (at: number) => string;
}

/**
 * What was seen at each provider of a model that another model would explain (spec.md, "Is it the same model?"). No oracle is needed: replies
 * to one question are held against those before, and against those of the others.
 *
 * @param samples of one model from one location, all its providers, oldest first
 * @returns by provider; those without flags have an empty list
 */
export const modelFlags = (samples: readonly Sample[], window: Window): ReadonlyMap<string, readonly ModelFlag[]> =>
  atOnce(modelFlagsInSteps(samples, window));

export function* modelFlagsInSteps(
  samples: readonly Sample[],
  { sinceMs, untilMs }: Window,
): Steps<ReadonlyMap<string, readonly ModelFlag[]>> {
  const table = yield* readModelInSteps(samples, { sinceMs, untilMs });
  const flags = new Map<string, readonly ModelFlag[]>();
  for (const replies of table.providers) {
    const basis = { rule: RULE, sinceMs, untilMs };
    flags.set(
      replies.provider,
      flagsOf(replies, table).map((flag) => ({ ...flag, ...basis })),
    );
    yield;
  }
  return flags;
}

type Flag = Pick<ModelFlag, 'kind' | 'says' | 'atMs' | 'weight' | 'n'>;

function flagsOf(own: Replies, table: ModelTable): readonly Flag[] {
  const steps = replacedIn(own.promptTokens).filter((step) => !isCommon(step, own, table));
  const step = steps.findLast(isLarge) ?? steps.at(-1) ?? null;
  const signs = signsOf(own, step, table);
  const strongAt = strongMoment(own, step, signs);
  const flags: Flag[] = [];
  for (const { kind, values, evidence, says } of signs) {
    if (flags.some((flag) => flag.kind === kind)) continue;
    const isStrong = strongAt !== null && evidence.nats[strongAt]! >= BESIDE_NATS;
    if (!isStrong && evidence.nats[evidence.best]! < SHOWN_NATS) continue;
    const at = isStrong ? strongAt : evidence.best;
    flags.push({
      ...{ kind, says: says(at), atMs: table.cycles[at]!, weight: isStrong ? 'strong' : 'weak' },
      n: part(values, 0, values.length).n,
    });
  }
  for (const differs of [countsDiffer(own, table), answersDiffer(own, table)]) {
    if (differs !== null && flags.every(({ kind }) => kind !== differs.kind))
      flags.push({ ...differs, atMs: null, weight: 'weak' });
  }
  return flags;
}

function signsOf(own: Replies, step: Replaced | null, { names }: ModelTable): readonly Sign[] {
  const signs: Sign[] = [];
  const add = (
    kind: FlagKind,
    group: Sign['group'],
    values: Float64Array,
    evidence: Evidence | null,
    says: Sign['says'],
  ) => {
    if (evidence !== null) signs.push({ kind, group, values, evidence, says });
  };
  const named = (kind: FlagKind, values: Float64Array, subject: string) => {
    const changes = replacedIn(values);
    // One that changes now and then does so by habit.
    if (changes.length === 1)
      add(kind, 'deployment', values, changes[0]!.evidence, () => saysName(subject, changes[0]!, names));
  };
  if (step !== null) add('prompt_tokens', 'tokens', own.promptTokens, step.evidence, () => saysCounts(step));
  add('answers', 'answers', own.wrong, riseOf(own.wrong), (at) => saysAnswers(own.wrong, at));
  add('answer_length', 'shape', own.length, shiftOf(own.length), (at) => saysLength(own.length, at));
  add('truncation', 'shape', own.cut, riseOf(own.cut), (at) => saysCut(own.cut, at));
  add('repetition', 'shape', own.stuck, riseOf(own.stuck), (at) => saysStuck(own.stuck, at));
  named('response_model', own.model, 'The reply names the model');
  named('fingerprint', own.fingerprint, 'The system fingerprint is');
  named('fingerprint', own.servedBy, 'The reply is served by');
  add('chunking', 'deployment', own.perChunk, shiftOf(own.perChunk), (at) => saysChunking(own.perChunk, at));
  add('chunking', 'deployment', own.gaps, shiftOf(own.gaps), (at) => saysGaps(own.gaps, at));
  return signs;
}

/** Since when the signs together leave little else than another model, or another set-up of it; null: they do not. */
function strongMoment(own: Replies, step: Replaced | null, signs: readonly Sign[]): number | null {
  if (step !== null) {
    if (isLarge(step) && step.count >= LEAST_COUNTS && step.count >= LEAST_SHARE * step.n) return step.at;
    const beside = natsAt(signs, 'answers', step.at) + natsAt(signs, 'shape', step.at);
    if (beside >= BESIDE_STEP_NATS) return step.at;
  }
  const answers = signs.find(({ group }) => group === 'answers');
  if (answers === undefined || answers.evidence.nats[answers.evidence.best]! < EACH_NATS) return null;
  let best: number | null = null;
  let most = STRONG_NATS;
  for (let at = 0; at < own.wrong.length; at++) {
    const ofAnswers = natsAt(signs, 'answers', at);
    if (ofAnswers < EACH_NATS) continue;
    const ofShape = natsAt(signs, 'shape', at);
    if (ofShape < EACH_NATS) continue;
    const all = ofAnswers + ofShape + Math.min(MOST_DEPLOYMENT_NATS, natsAt(signs, 'deployment', at));
    if (all >= most) [best, most] = [at, all];
  }
  return best !== null && isStillSo(answers, best) ? best : null;
}

/** Of the group's sign that tells most of a change at that very place. */
function natsAt(signs: readonly Sign[], of: Sign['group'], at: number): number {
  let most = 0;
  for (const { group, evidence } of signs) {
    const nats = evidence.nats[at]!;
    if (group === of && nats > most && nats >= evidence.nats[evidence.best]! - APART_NATS) most = nats;
  }
  return most;
}

const isLarge = ({ was, is }: Replaced) => Math.abs(is - was) >= LARGE_STEP_TOKENS;

/** So many more answers are wrong as somebody would notice, and the last ones still are. */
function isStillSo({ values }: Sign, at: number): boolean {
  const before = part(values, 0, at).mean;
  const since = part(values, at, values.length).mean;
  const recent = part(values, Math.max(at, values.length - RECENT), values.length).mean;
  const rise = since - before;
  return rise >= LEAST_RISE && (Number.isNaN(recent) || recent >= before + rise / 3);
}

/** A template of the router, say, adds as much to the prompts of half of the others at that moment. */
function isCommon({ at, was, is }: Replaced, own: Replies, { providers }: ModelTable): boolean {
  const changes = providers.flatMap((other) => {
    if (other === own) return [];
    const before = knownIn(other.promptTokens, 0, at).slice(-RECENT);
    const since = knownIn(other.promptTokens, at, other.promptTokens.length, RECENT);
    return before.length === 0 || since.length === 0 ? [] : [modeOf(since).value - modeOf(before).value];
  });
  return changes.length > 0 && 2 * changes.filter((change) => change === is - was).length >= changes.length;
}
