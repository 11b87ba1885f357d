import { setImmediate } from 'node:timers/promises';
import type { Steps } from './steps.ts';

let last: Promise<void> = Promise.resolve();

/**
 * Lets readers and writers go first. Of all who work beside them and wait here between two steps, one takes its step in each turn of the event
 * loop: however many they are, whoever reads waits for one step at a time.
 */
export function inTurn(): Promise<void> {
  last = last.then(() => setImmediate());
  return last;
}

/** All of it, with a wait between two steps. */
export async function stepByStep<Result>(steps: Steps<Result>): Promise<Result> {
  let step = steps.next();
  while (!step.done) {
    await inTurn();
    step = steps.next();
  }
  return step.value;
}
