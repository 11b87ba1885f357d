const stops: (() => Promise<void>)[] = [];

/** For what all test files of a run share: called once, when the last of them is through. */
export function atEnd(stop: () => Promise<void>): void {
  stops.push(stop);
}

export async function end(): Promise<void> {
  for (const stop of stops.splice(0)) await stop();
}
