import { type HeldRole, SINGLE_ROLES } from '../../domain/settings.ts';
import { sleep } from '../../lib/sleep.ts';
import type { Held, RoleLock } from '../../ports.ts';
import type { Client, Db } from './client.ts';

/** The first key of every lock of a role; the second is its name, hashed. */
export const ROLE_LOCK = 7862;
/** How often whoever holds a role sees whether it does still. */
const LOOK_MS = 1000;
/** A connection that says nothing for so long is lost, and with it the lock. */
const ANSWER_MS = 1000;

/** An advisory lock on a connection of its own: whoever loses the connection loses the lock, and another gets it. */
export function postgresRoleLock(client: Pick<Client, 'reserve'>): RoleLock {
  const mine = new Set<HeldRole>();
  return {
    held: () => SINGLE_ROLES.filter((role) => mine.has(role)),
    async hold(role, signal) {
      const db = await client.reserve();
      try {
        const [[isHeld]] = (await db.values('SELECT pg_try_advisory_lock($1::int, hashtext($2))', ROLE_LOCK, role)) as [
          [boolean],
        ];
        if (isHeld) return watched(db, role, signal, mine);
      } catch (error) {
        db[Symbol.dispose]();
        throw error;
      }
      db[Symbol.dispose]();
      return null;
    },
  };
}

function watched(db: Db & Disposable, role: HeldRole, signal: AbortSignal, mine: Set<HeldRole>): Held {
  mine.add(role);
  const lost = new AbortController();
  const over = new AbortController();
  const watching = watch(db, AbortSignal.any([signal, over.signal])).then((isLost) => {
    mine.delete(role);
    if (isLost) lost.abort();
    return isLost;
  });
  return {
    lost: lost.signal,
    async [Symbol.asyncDispose]() {
      over.abort();
      const isLost = await watching;
      // A connection that is lost has lost the lock, too; one that lives on goes back to its pool without it.
      if (!isLost)
        await db.run('SELECT pg_advisory_unlock($1::int, hashtext($2))', ROLE_LOCK, role).catch(() => undefined);
      db[Symbol.dispose]();
    },
  };
}

/** @returns true once the connection does not answer; false when told to stop */
async function watch(db: Db, signal: AbortSignal): Promise<boolean> {
  while (!signal.aborted) {
    const answered = await Promise.race([
      db.run('SELECT 1').then(
        () => true,
        () => false,
      ),
      Bun.sleep(ANSWER_MS).then(() => false),
    ]);
    if (!answered) return true;
    await sleep(LOOK_MS, signal).catch(() => undefined);
  }
  return false;
}
