import { inRole } from './fleet/roles.ts';
import type { FleetParts } from './fleet-daemon.ts';
import { createFleetHealth } from './fleet-health.ts';
import { openFollowing } from './follow.ts';
import { type OnlookerOptions, type Onlookers, openOnlookers } from './onlookers.ts';

/**
 * The onlookers of one of several processes: they hear what this one stores at once, and what others store as it arrives; they find incidents and
 * tell alerts while this process has the role to judge, and show what is found at any time. Whatever befalls them, probing goes on.
 */
export async function openFleetWeb(parts: FleetParts, options: Omit<OnlookerOptions, 'shared'>): Promise<Onlookers> {
  const { listeners: here, roleLock: roles, log } = parts;
  const listeners: FleetParts['listeners'] = new Set();
  const following = await openFollowing({ ...parts, listeners }); // before the history is read: what comes meanwhile is heard after it
  const onlookers = await openOnlookers(
    { ...parts, listeners },
    { ...options, shared: { healthWatch: (places) => createFleetHealth(parts, places) } },
  );
  const { cycleEnded, ...watcher } = onlookers.watcher;
  here.add(following.here);
  const over = new AbortController();
  const flows = [
    following.run(() => cycleEnded?.(), over.signal),
    inRole('judge', onlookers.judgeWhile, { ...parts, roles }, over.signal),
  ].map((flow) =>
    flow.catch((error) => {
      log.error({ error: options.redact(String(error)) }, 'a fault of the tracker itself: pages may stay as they are');
    }),
  );
  return {
    ...onlookers,
    watcher,
    async [Symbol.asyncDispose]() {
      here.delete(following.here);
      over.abort();
      await Promise.all(flows);
      await onlookers[Symbol.asyncDispose]();
    },
  };
}
