import { type Random, shuffled } from '../../src/lib/random.ts';
import { type KillPoint, STEPS, type Step } from './plan.ts';

/** One kill to be: at a step that the child reaches, or ms after its start, wherever it is by then. */
export type Shot =
  | { readonly step: Exclude<Step, 'random'>; readonly point: KillPoint }
  | { readonly step: 'random'; readonly afterMs: number };

/** All of them but one: the daemon renames no file. */
export const TAKEN_STEPS = STEPS.filter((step) => step !== 'rename');

/** About how long a child takes from its start to the end of its first push. */
const LIFE_MS = 600;
/** How often a step is reached in that time. */
const OFTEN: Partial<Record<Step, number>> = { append: 8, commit: 8, fsync: 8, prune: 8, 'buffer rewrite': 3 };
const MOMENTS: Partial<Record<Step, readonly KillPoint['when'][]>> = {
  fsync: ['within'],
  put: ['before', 'within', 'after'],
  answer: ['before', 'within', 'after'],
  'buffer rewrite': ['before', 'within', 'after'],
};

/** Deals shots: while a store is new, at its making; then at every other step as often, in an order by chance. */
export function createDealer(steps: readonly Step[], random: Random): (storeIsNew: boolean) => Shot {
  const later = steps.filter((step) => step !== 'migrate');
  let deck: Step[] = [];
  return (storeIsNew) => {
    if (storeIsNew && steps.includes('migrate')) return shotAt('migrate', random);
    if (deck.length === 0) deck = shuffled(later, random);
    return shotAt(deck.pop()!, random);
  };
}

function shotAt(step: Step, random: Random): Shot {
  if (step === 'random') return { step, afterMs: random() * LIFE_MS };
  const moments = MOMENTS[step] ?? ['before', 'after'];
  const when = moments[Math.floor(random() * moments.length)]!;
  const nth = 1 + Math.floor(random() * (OFTEN[step] ?? 1));
  return { step, point: { step, when, nth, delayUs: random() * (step === 'fsync' ? 1_000 : 8_000) } };
}

export const describeShot = (shot: Shot) =>
  shot.step === 'random' ? 'killed at random' : `killed ${shot.point.when} ${shot.step} ${shot.point.nth}`;
