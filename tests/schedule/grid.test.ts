import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { cycles, nextDueAtMs } from '../../src/schedule/grid.ts';
import { SetClock } from '../support/set-clock.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const HALF_HOUR_MS = 30 * MINUTE_MS;
const at = (time: string) => Date.parse(`2026-08-01T${time}Z`);

function started(time: string, lastBegan: string | null = null) {
  const clock = new SetClock(at(time));
  const stop = new AbortController();
  const lastBeganAtMs = lastBegan === null ? null : at(lastBegan);
  return { clock, stop, due: cycles(HALF_HOUR_MS, { clock, lastBeganAtMs }, stop.signal) };
}

/** Asks for the next cycle and lets time pass until it is there. */
async function nextOf(due: ReturnType<typeof cycles>, clock: SetClock, withinMs = HALF_HOUR_MS) {
  let got: Awaited<ReturnType<typeof due.next>> | undefined;
  void due.next().then((result) => {
    got = result;
  });
  for (let waitedMs = 0; waitedMs <= withinMs; waitedMs += 1000) {
    await clock.advance(waitedMs === 0 ? 0 : 1000);
    if (got !== undefined) return got.value ?? 'ended';
  }
  return 'still waiting';
}

describe('the first cycle', () => {
  test('runs at once if none ever ran, due at the grid point just passed', async () => {
    const { due, clock } = started('10:07:00');

    expect(await nextOf(due, clock, 0)).toEqual({ dueAtMs: at('10:00:00'), missed: [] });
  });

  test('runs at once if the last began an interval ago', async () => {
    const { due, clock } = started('10:37:00', '10:07:00');

    expect(await nextOf(due, clock, 0)).toEqual({ dueAtMs: at('10:30:00'), missed: [] });
  });

  test('waits for the grid if the last began less than an interval ago', async () => {
    const { due, clock } = started('10:36:59', '10:07:00');

    expect(await nextOf(due, clock)).toEqual({ dueAtMs: at('11:00:00'), missed: [] });
    expect(clock.nowMs()).toBe(at('11:00:00'));
  });

  test('does not wait for hours where the last began in the future', async () => {
    const { due, clock } = started('10:07:00', '20:10:00');

    expect(await nextOf(due, clock, HALF_HOUR_MS * 1.5)).toEqual({ dueAtMs: at('20:30:00'), missed: [] });
  });
});

test('cycles follow on the grid, each at its moment', async () => {
  const { due, clock } = started('10:07:00');
  await nextOf(due, clock);

  expect(await nextOf(due, clock)).toEqual({ dueAtMs: at('10:30:00'), missed: [] });
  expect(clock.nowMs()).toBe(at('10:30:00'));
  expect(await nextOf(due, clock)).toEqual({ dueAtMs: at('11:00:00'), missed: [] });
  expect(clock.nowMs()).toBe(at('11:00:00'));
});

test('due times that pass while a cycle runs are missed, and told with the next', async () => {
  const { due, clock } = started('10:00:00');
  await nextOf(due, clock);
  await clock.advance(70 * MINUTE_MS);

  expect(await nextOf(due, clock)).toEqual({ dueAtMs: at('11:30:00'), missed: [at('10:30:00'), at('11:00:00')] });
});

test('a cycle that ends on the grid point is followed at once', async () => {
  const { due, clock } = started('10:00:00');
  await nextOf(due, clock);
  await clock.advance(HALF_HOUR_MS);

  expect(await nextOf(due, clock, 0)).toEqual({ dueAtMs: at('10:30:00'), missed: [] });
});

describe('a wall clock set forward', () => {
  test('during a wait makes the latest grid point due within half a minute, and nothing missed', async () => {
    const { due, clock } = started('10:00:00');
    await nextOf(due, clock);
    const next = nextOf(due, clock, 30_000);
    await clock.whenSleeping();
    clock.jumpWall(24 * HOUR_MS + 40 * MINUTE_MS);

    expect(await next).toEqual({ dueAtMs: at('10:30:00') + 24 * HOUR_MS, missed: [] });
  });

  test('during a cycle makes nothing missed', async () => {
    const { due, clock } = started('10:00:00');
    await nextOf(due, clock);
    await clock.advance(5 * MINUTE_MS);
    clock.jumpWall(365 * 24 * HOUR_MS);

    expect(await nextOf(due, clock)).toEqual({ dueAtMs: at('10:30:00') + 365 * 24 * HOUR_MS, missed: [] });
  });
});

describe('a wall clock set back', () => {
  test('by little is waited out', async () => {
    const { due, clock } = started('10:00:00');
    await nextOf(due, clock);
    clock.jumpWall(-10 * MINUTE_MS);

    expect(await nextOf(due, clock, HOUR_MS)).toEqual({ dueAtMs: at('10:30:00'), missed: [] });
    expect(clock.nowMs()).toBe(at('10:30:00'));
  });

  test('by hours repeats no due time and is not waited out', async () => {
    const { due, clock } = started('10:00:00');
    await nextOf(due, clock);
    clock.jumpWall(-3 * HOUR_MS);

    expect(await nextOf(due, clock, 45 * MINUTE_MS)).toEqual({ dueAtMs: at('10:30:00'), missed: [] });
    expect(await nextOf(due, clock, 45 * MINUTE_MS)).toEqual({ dueAtMs: at('11:00:00'), missed: [] });
    expect(clock.nowMs()).toBe(at('08:30:00'));
  });
});

describe('an abort', () => {
  test('ends the wait', async () => {
    const { due, clock, stop } = started('10:00:00');
    await nextOf(due, clock);
    const next = due.next();
    await clock.whenSleeping();
    stop.abort();

    expect(await next).toEqual({ done: true, value: undefined });
    expect(clock.sleeping).toBe(0);
  });

  test('while a cycle runs lets no further one begin', async () => {
    const { due, clock, stop } = started('10:00:00');
    await nextOf(due, clock);
    await clock.advance(HALF_HOUR_MS);
    stop.abort();

    expect(await due.next()).toEqual({ done: true, value: undefined });
  });

  test('before the start leaves no cycle', async () => {
    const { due, stop } = started('10:00:00');
    stop.abort();

    expect(await due.next()).toEqual({ done: true, value: undefined });
  });
});

test('due times are multiples of the interval and only rise, however the clock is set; waits stay under two intervals', async () => {
  const jumps = fc.oneof(
    fc.constant(0),
    fc.integer({ min: -50 * HOUR_MS, max: 50 * HOUR_MS }),
    fc.integer({ min: -5000, max: 5000 }),
  );
  const rounds = fc.array(fc.record({ busyMs: fc.nat(HOUR_MS), jumpBeforeMs: jumps, jumpDuringMs: jumps }), {
    maxLength: 8,
  });
  const intervals = fc.integer({ min: 10_000, max: HALF_HOUR_MS });
  const lastBegan = fc.option(fc.integer({ min: -HOUR_MS, max: HOUR_MS }));
  await fc.assert(
    fc.asyncProperty(intervals, rounds, lastBegan, async (intervalMs, steps, lastBeganAgoMs) => {
      const clock = new SetClock();
      const lastBeganAtMs = lastBeganAgoMs === null ? null : clock.nowMs() - lastBeganAgoMs;
      const due = cycles(intervalMs, { clock, lastBeganAtMs }, new AbortController().signal);
      let lastDueAtMs = Number.NEGATIVE_INFINITY;
      for (const { busyMs, jumpBeforeMs, jumpDuringMs } of steps) {
        clock.jumpWall(jumpBeforeMs);
        const next = due.next();
        await clock.advance(1);
        clock.jumpWall(jumpDuringMs);
        await clock.advance(2 * intervalMs);
        const { dueAtMs, missed } = (await next).value!;
        const inOrder = [lastDueAtMs, ...missed, dueAtMs];
        expect(inOrder).toEqual([...new Set(inOrder)].sort((a, b) => a - b));
        expect([...missed, dueAtMs].filter((ms) => ms % intervalMs !== 0)).toEqual([]);
        lastDueAtMs = dueAtMs;
        await clock.advance(busyMs);
      }
    }),
    { numRuns: 60, seed: 1 },
  );
});

test('the next due time is after now, also on a grid point', () => {
  expect(nextDueAtMs(at('10:00:00'), HALF_HOUR_MS)).toBe(at('10:30:00'));
  expect(nextDueAtMs(at('10:29:59'), HALF_HOUR_MS)).toBe(at('10:30:00'));
});
