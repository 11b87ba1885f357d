/** Work in steps of a few milliseconds, so that others can have a turn in between. */
export type Steps<Result> = Generator<undefined, Result>;

/** All of it, without a break. */
export function atOnce<Result>(steps: Steps<Result>): Result {
  let step = steps.next();
  while (!step.done) step = steps.next();
  return step.value;
}
