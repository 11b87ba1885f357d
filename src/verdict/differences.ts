import { wilsonInterval } from '../domain/statistics.ts';
import type { ModelFlag } from '../domain/verdict.ts';
import { percent, withRange } from './flag-words.ts';
import type { ModelTable, Replies } from './model-table.ts';
import { lastKnown, modeOf } from './names-changed.ts';
import { part } from './splits.ts';

const LEAST_COUNTS = 5;
/** What a provider counts now is what it counted most of so many times. */
const LAST_COUNTS = 48;
const LEAST_ANSWERS = 40;

type Difference = Pick<ModelFlag, 'kind' | 'says' | 'n'>;

/** It counts the prompt otherwise than at least two others, who agree. */
export function countsDiffer(own: Replies, { providers }: ModelTable): Difference | null {
  const counts = lastKnown(own.promptTokens, LAST_COUNTS);
  if (counts.length < LEAST_COUNTS) return null;
  const usual = providers.flatMap((other) => {
    const theirs = other === own ? [] : lastKnown(other.promptTokens, LAST_COUNTS);
    return theirs.length < LEAST_COUNTS ? [] : [modeOf(theirs).value];
  });
  const agreed = modeOf(usual);
  const mine = modeOf(counts).value;
  if (agreed.count < 2 || agreed.value === mine) return null;
  return {
    kind: 'prompt_tokens',
    says: `The same prompt counts ${mine} tokens, and ${agreed.value} at ${agreed.count} of ${usual.length} other providers.`,
    n: counts.length,
  };
}

/** More of its answers are wrong than of the others', beyond the intervals of both. */
export function answersDiffer(own: Replies, { providers }: ModelTable): Difference | null {
  const mine = tally([own]);
  const theirs = tally(providers.filter((other) => other !== own));
  if (mine.n < LEAST_ANSWERS || theirs.n < LEAST_ANSWERS) return null;
  if (wilsonInterval(mine.wrong, mine.n)!.low <= wilsonInterval(theirs.wrong, theirs.n)!.high) return null;
  return {
    kind: 'answers',
    says: `${withRange(mine.wrong, mine.n)} of its answers are wrong, and ${percent(theirs.wrong / theirs.n)} of those of other providers.`,
    n: mine.n,
  };
}

function tally(all: readonly Replies[]): { readonly wrong: number; readonly n: number } {
  const parts = all.map(({ wrong }) => part(wrong, 0, wrong.length)).filter(({ n }) => n > 0);
  return {
    wrong: Math.round(parts.reduce((sum, { n, mean }) => sum + n * mean, 0)),
    n: parts.reduce((sum, { n }) => sum + n, 0),
  };
}
