/** How we end: first nothing new starts; a grace later what still runs is dropped. */
export interface Stop {
  readonly starting: AbortSignal;
  readonly running: AbortSignal;
}

/** `starting` aborts with `asked`, `running` `graceMs` after it. */
export function withGrace(asked: AbortSignal, graceMs: number): Stop {
  const running = new AbortController();
  const startGrace = () => setTimeout(() => running.abort(asked.reason), graceMs).unref();
  if (asked.aborted) startGrace();
  else asked.addEventListener('abort', startGrace, { once: true });
  return { starting: asked, running: running.signal };
}
