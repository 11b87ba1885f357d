import type { Sample } from '../domain/sample.ts';
import type { FlagKind, ModelFlag } from '../domain/verdict.ts';
import type { Window } from '../ports.ts';
import { type Sign, signsOf } from './model-signs.ts';
import { ReplySeries } from './reply-series.ts';

const RULE = 'Is it the same model?';

/** What another model cannot help showing: it counts a prompt in its own way, and it knows what it knows. */
const TELLING: ReadonlySet<FlagKind> = new Set(['prompt_tokens', 'answers']);
/** What may go with it, and may as well have other causes. */
const SUPPORTING: ReadonlySet<FlagKind> = new Set(['answer_length', 'response_model', 'chunking']);
/** Signs of one change begin within so many replies: each is dated by what it needs to be certain. */
const TOGETHER = 24;

/**
 * Whether the model behind an endpoint is still what it was, and what others have under its name (spec.md, "Is it the same model?"). No oracle
 * is needed: each reply is held against the same question's other replies.
 *
 * A change that another model would explain is `strong` where two signs of it began together, a telling one among them. A sign
 * alone has other explanations (a template, a sampler, a release of the serving software) and is `weak`, like every lasting difference from
 * other providers.
 *
 * @param samples of one target, oldest first
 * @param others samples of the other providers of the model, oldest first
 */
export function modelFlags(
  samples: readonly Sample[],
  others: readonly Sample[],
  window: Window,
): readonly ModelFlag[] {
  const questionId = samples.findLast(isReply)?.questionId;
  const isAlike = (sample: Sample) =>
    sample.questionId === questionId &&
    sample.dueAtMs >= window.sinceMs &&
    sample.dueAtMs < window.untilMs &&
    isReply(sample);
  const byProvider = Map.groupBy(others.filter(isAlike), ({ providerName }) => providerName);
  const own = new ReplySeries(samples.filter(isAlike));
  return modelFlagsOf(
    own,
    [...byProvider.values()].map((replies) => new ReplySeries(replies)),
    window,
  );
}

/** The same, of replies to one question that were seen already. */
export function modelFlagsOf(
  own: ReplySeries,
  others: readonly ReplySeries[],
  { sinceMs, untilMs }: Window,
): readonly ModelFlag[] {
  const signs = signsOf({ own, others });
  return signs.map((sign) => ({
    ...{ kind: sign.kind, says: sign.says, rule: RULE, n: sign.n, sinceMs, untilMs },
    atMs: sign.at === null ? null : own.atMs[sign.at]!,
    weight: isStrong(sign, signs) ? 'strong' : 'weak',
  }));
}

export const isReply = ({ outcome, probeKind }: Sample) => outcome === 'ok' && probeKind === 'standard';

function isStrong(sign: Sign, signs: readonly Sign[]): boolean {
  const isTelling = TELLING.has(sign.kind);
  if (!isTelling && !SUPPORTING.has(sign.kind)) return false;
  return signs.some(
    (other) =>
      other.kind !== sign.kind &&
      (TELLING.has(other.kind) || (isTelling && SUPPORTING.has(other.kind))) &&
      beganTogether(sign.at, other.at),
  );
}

const beganTogether = (a: number | null, b: number | null) => a !== null && b !== null && Math.abs(a - b) <= TOGETHER;
