import { visible } from '../lib/visible.ts';
import type { Log } from '../ports.ts';
import type { LeftOut } from './hub-models.ts';

const LONGEST_EXAMPLE = 80;

/** Takes what one reading left out of the catalogue. */
export type SayLeftOut = (leftOut: readonly LeftOut[]) => void;

/**
 * Says in one line what was left out: how much for each reason, and an example of each, made harmless. What stays the same from
 * cycle to cycle is said once; it is said again when it is something else.
 */
export function createLeftOutLog(log: Log): SayLeftOut {
  let said = '';
  return (leftOut) => {
    const all = JSON.stringify(leftOut.map(({ reason, text }) => `${reason} ${text}`).toSorted());
    if (leftOut.length === 0 || all === said) return;
    said = all;
    const reasons = Map.groupBy(leftOut, ({ reason }) => reason);
    const counts = Object.fromEntries([...reasons].map(([reason, entries]) => [reason, entries.length]));
    const examples = [...reasons.values()].map(([first]) => harmless(first!.text));
    const expected = leftOut.every(({ reason }) => reason === 'provider_refuses_hf_token');
    log[expected ? 'info' : 'warn']({ ...counts, examples }, 'catalogue: entries that cannot be asked were left out');
  };
}

/** Text from elsewhere, short and without anything a terminal would obey. */
export function harmless(text: string): string {
  const short = visible(text.slice(0, LONGEST_EXAMPLE));
  return text.length > LONGEST_EXAMPLE ? `${short}…` : short;
}
