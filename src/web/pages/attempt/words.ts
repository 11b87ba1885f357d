import type { Feature } from '../../../domain/verdict.ts';
import { FEATURE_WORDS } from '../../../domain/words.ts';
import { formatMs } from '../../../lib/format.ts';
import { causeWords, type Tone } from '../../words.ts';
import type { Headline } from '../standing.ts';
import type { AttemptRow } from './content.ts';

type Told = Pick<
  AttemptRow,
  | 'provider_name'
  | 'outcome'
  | 'error_class'
  | 'answer_correct'
  | 'answer_value'
  | 'finish_reason'
  | 'probe_kind'
  | 'feature'
  | 'feature_works'
  | 'ttft_ms'
>;

/** What came of it, in one sentence. */
export function resultOf(attempt: Told): Headline {
  const { outcome, error_class } = attempt;
  const who = attempt.provider_name ?? 'Nobody';
  const cause = causeWords(error_class ?? outcome);
  switch (outcome) {
    case 'ok':
      return answered(attempt, who);
    case 'target_error':
      return said(`${who} failed`, 'bad', `: ${cause}.`);
    case 'router_error':
      return said('The router failed', 'quiet', `, not ${who}: ${cause}.`);
    case 'rate_limited':
      return said(`${who} limited us`, 'quiet', `: ${cause}.`);
    case 'account_error':
      return said('Our account was refused', 'quiet', ` by ${who}: ${cause}.`);
    case 'prober_error':
      return said('We failed', 'quiet', `, not ${who}: ${cause}.`);
    case 'skipped':
      return said(`${who} was not asked`, 'quiet', `: ${cause}.`);
    default:
      return outcome satisfies never;
  }
}

function answered(attempt: Told, who: string): Headline {
  const { answer_correct, answer_value, feature, feature_works, ttft_ms } = attempt;
  const soon = ttft_ms === null ? '.' : `, first token after ${formatMs(ttft_ms)}.`;
  if (feature !== null && feature_works !== null) {
    const words = FEATURE_WORDS[feature as Feature] ?? feature;
    return feature_works
      ? said(`${who} did what was asked`, 'good', ` of ${words}${soon}`)
      : said(`${who} did not do what was asked`, 'bad', ` of ${words}, though it answered.`);
  }
  if (answer_correct === false) {
    return said(`${who} gave a wrong answer`, 'warning', answer_value === null ? soon : `: ${answer_value}.`);
  }
  if (answer_correct === null) return said(`${who} answered`, 'good', `, cut before it came to a result${soon}`);
  return said(`${who} answered correctly`, 'good', soon);
}

const said = (subject: string, tone: Tone, rest: string): Headline => ({ subject, tone, rest });

const FAULTS: Readonly<Record<Told['outcome'], string>> = {
  ok: 'Nobody is at fault: it answered.',
  target_error: 'The fault is the provider’s',
  router_error: 'The fault is the router’s, which all providers share; it counts against none of them.',
  rate_limited: 'Nobody is at fault: there is a limit on what we may ask, and it does not count against the provider.',
  account_error: 'The fault is our account’s, and does not count against the provider.',
  prober_error: 'The fault is ours, and does not count against the provider.',
  skipped: 'Nobody is at fault: nothing was sent.',
};
/** Availability is made of first attempts of the standard question alone. */
export function faultOf({
  outcome,
  probe_kind,
  attempt,
}: Pick<AttemptRow, 'outcome' | 'probe_kind' | 'attempt'>): string {
  if (outcome !== 'target_error') return FAULTS[outcome];
  const counts = probe_kind === 'standard' && attempt === 1;
  return `${FAULTS[outcome]}${counts ? ', and counts against its availability.' : '; availability counts first tries of the standard question alone.'}`;
}

const PHASES: Readonly<Record<string, string>> = {
  connect: 'while connecting',
  send: 'while the request was written',
  headers: 'before status and headers came',
  first_token: 'before the first token',
  stream: 'in the middle of the answer',
  close: 'at the end',
};
export const phaseWords = (phase: string) => PHASES[phase] ?? phase.replaceAll('_', ' ');

/** Why it was asked. */
export function kindWords({ probe_kind, feature }: Pick<Told, 'probe_kind' | 'feature'>): string {
  if (probe_kind === 'confirm') return 'Asked again, since it had failed';
  if (probe_kind === 'feature') return `A try of ${FEATURE_WORDS[feature as Feature] ?? feature ?? 'a feature'}`;
  return 'The standard question';
}

const CONFORMANCE: Readonly<Record<string, string>> = {
  no_usage: 'no count of tokens',
  usage_mismatch: 'counts of tokens that do not add up',
  no_finish_reason: 'no finish reason',
  no_done: 'no [DONE] at the end',
  bad_content_type: 'events under another content type',
  role_missing: 'no role in the first delta',
  unclean_close: 'an unclean end of the connection',
  unrequested_encoding: 'compressed, which we did not ask for',
  served_by_mismatch: 'served by another provider than was asked',
  model_mismatch: 'says it is another model',
  chunks_after_done: 'chunks after [DONE]',
  null_content: 'content that is null',
  usage_on_every_chunk: 'counts of tokens on every chunk',
  cut_by_prober: 'still writing when we stopped',
};
export const conformanceWords = (flag: string) => CONFORMANCE[flag] ?? flag.replaceAll('_', ' ');
