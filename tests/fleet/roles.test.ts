import { describe, expect, test } from 'bun:test';
import { inRole } from '../../src/fleet/roles.ts';
import type { RoleLock } from '../../src/ports.ts';
import { recordingLog } from '../support/log.ts';
import { SetClock } from '../support/set-clock.ts';

class Away extends Error {}

/** Roles that one process at a time has. */
function someRoles() {
  let holder: AbortController | null = null;
  const state = { isAway: false };
  const roles: RoleLock = {
    held: () => [],
    async hold() {
      if (state.isAway) throw new Away();
      if (holder !== null) return null;
      const lost = new AbortController();
      holder = lost;
      return {
        lost: lost.signal,
        async [Symbol.asyncDispose]() {
          if (holder === lost) holder = null;
        },
      };
    },
  };
  const lose = () => {
    holder?.abort();
    holder = null;
  };
  return { roles, lose, state };
}

function aProcess(roles: RoleLock, clock: SetClock, work?: (signal: AbortSignal) => Promise<void>) {
  const log = recordingLog();
  const stop = new AbortController();
  const process = { working: 0, turns: 0, log, stop, done: Promise.resolve() };
  const untilTold = async (signal: AbortSignal) => {
    process.working++;
    process.turns++;
    await clock.sleep(Number.MAX_SAFE_INTEGER, signal).catch(() => undefined);
    process.working--;
  };
  const isUnreachable = (error: unknown) => error instanceof Away;
  process.done = inRole('schedule', work ?? untilTold, { roles, isUnreachable, clock, log }, stop.signal);
  return process;
}

describe('a role', () => {
  test('is done by one of two processes, and by the other within a second once that stops', async () => {
    const clock = new SetClock();
    const { roles } = someRoles();
    const [first, second] = [aProcess(roles, clock), aProcess(roles, clock)];
    await clock.advance(5000);
    expect([first.working, second.working]).toEqual([1, 0]);
    expect(second.log.lines).toHaveLength(1);

    first.stop.abort();
    await clock.advance(1000);
    await first.done;
    expect([first.working, second.working]).toEqual([0, 1]);
    second.stop.abort();
    await second.done;
  });

  test('ends when it is lost, and is tried for again', async () => {
    const clock = new SetClock();
    const { roles, lose } = someRoles();
    const only = aProcess(roles, clock);
    await clock.advance(1000);
    lose();
    await clock.advance(2000);

    expect([only.working, only.turns]).toEqual([1, 2]);
    only.stop.abort();
    await only.done;
  });

  test('that is lost and had again is told of both times', async () => {
    const clock = new SetClock();
    const { roles, lose } = someRoles();
    const only = aProcess(roles, clock);
    await clock.advance(1000);
    lose();
    await clock.advance(2000);

    expect(only.log.lines.map(({ message }) => message)).toEqual([
      'this process has the role',
      'the role was lost with its connection',
      'this process has the role',
    ]);
    only.stop.abort();
    await only.done;
  });

  test('waits while the database cannot be reached', async () => {
    const clock = new SetClock();
    const { roles, state } = someRoles();
    state.isAway = true;
    const only = aProcess(roles, clock);
    await clock.advance(3000);
    expect(only.working).toBe(0);
    state.isAway = false;
    await clock.advance(1000);

    expect(only.working).toBe(1);
    only.stop.abort();
    await only.done;
  });

  test('throws what is a fault of the work itself, and is free again', async () => {
    const clock = new SetClock();
    const { roles } = someRoles();
    const broken = aProcess(roles, clock, async () => {
      throw new Error('a bug');
    });
    await expect(broken.done).rejects.toThrow('a bug');

    expect(await roles.hold('schedule', new AbortController().signal)).not.toBeNull();
  });
});
