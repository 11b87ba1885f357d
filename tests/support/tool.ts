/** A program that a test runs. `.ci/run` installs it: missing there is a failure; elsewhere the test is skipped, which is said. */
export interface Tool {
  readonly command: string;
  readonly isSkipped: boolean;
}

/** @param gap what is not tested without it */
export function toolFor(command: string, gap: string): Tool {
  const isMissing = Bun.which(command) === null;
  if (isMissing) console.warn(`${gap}: there is no ${command}.`);
  return { command, isSkipped: isMissing && process.env.CI !== 'true' };
}
