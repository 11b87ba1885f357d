import type { HeldRole } from '../domain/settings.ts';
import type { Clock, Log, RoleLock } from '../ports.ts';

/** Who has not got a role tries again that often, and takes over from whoever is gone. */
const TRY_MS = 1000;

export interface RoleParts {
  readonly roles: RoleLock;
  readonly isUnreachable: (error: unknown) => boolean;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Does the work of a role while this process has it, again and again: it waits for its turn, works until the role is lost or the database cannot be
 * reached, and waits again. Ends with `stop`.
 *
 * @throws what `work` throws, unless it is that the database cannot be reached
 */
export async function inRole(
  role: HeldRole,
  work: (signal: AbortSignal) => Promise<void>,
  { roles, isUnreachable, clock, log }: RoleParts,
  stop: AbortSignal,
): Promise<void> {
  let said: string | null = null;
  const say = (how: string, level: 'info' | 'warn' = 'info') => {
    if (how !== said) log[level]({ role }, how);
    said = how;
  };
  while (!stop.aborted) {
    const over = new AbortController();
    try {
      await using held = await roles.hold(role, AbortSignal.any([stop, over.signal]));
      say(
        held === null
          ? 'another process has the role; this one takes over when that is gone'
          : 'this process has the role',
      );
      if (held !== null) {
        await work(AbortSignal.any([stop, held.lost]));
        if (held.lost.aborted) say('the role was lost with its connection', 'warn');
      }
    } catch (error) {
      if (!isUnreachable(error)) throw error;
      say('the database cannot be reached: the role is free until it can', 'warn');
    } finally {
      over.abort();
    }
    await clock.sleep(TRY_MS, stop).catch(() => undefined);
  }
}
