import { describe, expect, test } from 'bun:test';
import { createServerClock } from '../../src/fleet/server-clock.ts';
import { SetClock } from '../support/set-clock.ts';

const AHEAD_MS = 60_000;

/** A database whose clock is ahead of ours; its answer takes `outMs` to be asked and `backMs` to arrive. */
function aDatabase() {
  const own = new SetClock();
  const way = { outMs: 5, backMs: 5, aheadMs: AHEAD_MS };
  const serverNowMs = async () => {
    await own.sleep(way.outMs);
    const nowMs = own.nowMs() + way.aheadMs;
    await own.sleep(way.backMs);
    return nowMs;
  };
  const clock = createServerClock({ serverNowMs }, own);
  return {
    way,
    async compare() {
      const compared = clock.compare();
      await own.passUntil(compared);
      return compared;
    },
    pass: (ms: number) => own.advance(ms),
    aheadMs: () => clock.nowMs() - own.nowMs(),
  };
}

describe('the clock of the database', () => {
  test('is known as exactly as its answer came quickly', async () => {
    const database = aDatabase();
    database.way.backMs = 15;
    expect(await database.compare()).toEqual({ aheadMs: 5 - AHEAD_MS, boundMs: 10 });
    expect(database.aheadMs()).toBe(AHEAD_MS - 5);
  });

  test('is not known worse after an answer that took long', async () => {
    const database = aDatabase();
    await database.compare();
    database.way.backMs = 8000;
    await database.compare();
    expect(database.aheadMs()).toBe(AHEAD_MS);
  });

  test('is followed when it was set, and after long by any answer, for clocks drift', async () => {
    const database = aDatabase();
    await database.compare();
    database.way.aheadMs = 0;
    await database.compare();
    expect(database.aheadMs()).toBe(0);

    await database.pass(24 * 3600_000);
    database.way.backMs = 105;
    await database.compare();
    expect(database.aheadMs()).toBe(-50);
  });
});
