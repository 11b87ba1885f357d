import type { Watcher } from './daemon.ts';
import type { FleetParts } from './fleet-daemon.ts';
import type { Onlookers } from './onlookers.ts';

/** How often a database that was away at the start is looked for. */
const AGAIN_MS = 5000;

/**
 * Opens the onlookers at once or, in a process that began without the database, as soon as it can be reached: probing does not wait for them.
 *
 * @throws what `open` throws at once, unless it is that the database cannot be reached
 */
export async function onlookersOnceReached(
  open: () => Promise<Onlookers>,
  { isUnreachable, clock, log }: Pick<FleetParts, 'isUnreachable' | 'clock' | 'log'>,
): Promise<AsyncDisposable & Pick<Onlookers, 'watcher'>> {
  const over = new AbortController();
  let onlookers: Onlookers | null = null;

  async function tryToOpen(): Promise<boolean> {
    try {
      onlookers = await open();
      return true;
    } catch (error) {
      if (!isUnreachable(error)) throw error;
      return false;
    }
  }

  async function openLater(): Promise<void> {
    do await clock.sleep(AGAIN_MS, over.signal).catch(() => undefined);
    while (!over.signal.aborted && !(await tryToOpen()));
  }

  const isOpen = await tryToOpen();
  const later = isOpen
    ? null
    : openLater().catch((error) => log.error({ error: String(error) }, 'nothing is shown or judged; probing goes on'));
  const watcher = (): Watcher => onlookers?.watcher ?? {};
  return {
    watcher: {
      planned: (plan) => watcher().planned?.(plan),
      asking: (probe) => watcher().asking?.(probe),
      stored: (record) => watcher().stored?.(record),
      cycleEnded: () => watcher().cycleEnded?.(),
    },
    async [Symbol.asyncDispose]() {
      over.abort();
      await later;
      await onlookers?.[Symbol.asyncDispose]();
    },
  };
}
