import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { dispatch } from '../../src/schedule/dispatch.ts';
import { SetClock } from '../support/set-clock.ts';

const ON = new AbortController().signal;
const unlimited = { concurrency: 100, perKey: null, keyOf: () => '' };

/** Runs that the test ends itself. */
function heldRuns() {
  const held = new Map<string, PromiseWithResolvers<void>>();
  const started: string[] = [];
  const run = (item: string) => {
    started.push(item);
    const end = Promise.withResolvers<void>();
    held.set(item, end);
    return end.promise;
  };
  const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
  const end = (item: string) => {
    held.get(item)!.resolve();
    return turn();
  };
  return { run, started, end, held, turn };
}

test('every item runs once, never more at once than allowed, and never more of one key', async () => {
  const jobs = fc.array(fc.record({ key: fc.constantFrom('a', 'b', 'c'), ms: fc.integer({ min: 0, max: 500 }) }), {
    maxLength: 40,
  });
  const limits = fc.record({
    concurrency: fc.integer({ min: 1, max: 8 }),
    perKey: fc.option(fc.integer({ min: 1, max: 4 })),
  });
  await fc.assert(
    fc.asyncProperty(jobs, limits, async (items, { concurrency, perKey }) => {
      const clock = new SetClock();
      const runs: (typeof items)[number][] = [];
      const running: string[] = [];
      const run = async (item: (typeof items)[number]) => {
        runs.push(item);
        running.push(item.key);
        expect(running.length).toBeLessThanOrEqual(concurrency);
        expect(running.filter((key) => key === item.key).length).toBeLessThanOrEqual(perKey ?? concurrency);
        await clock.sleep(item.ms);
        running.splice(running.indexOf(item.key), 1);
      };

      const all = dispatch(items, { concurrency, perKey, keyOf: ({ key }) => key }, run, ON);
      await clock.advance(40 * 500);

      expect(await all).toEqual([]);
      expect(new Set(runs)).toEqual(new Set(items));
      expect(runs).toHaveLength(items.length);
    }),
    { numRuns: 60, seed: 1 },
  );
});

test('no slot stays empty while an item may run', async () => {
  const { run, started, end, turn } = heldRuns();
  const all = dispatch(['a1', 'a2', 'a3', 'b1'], { concurrency: 2, perKey: 1, keyOf: (item) => item[0]! }, run, ON);
  await turn();
  expect(started).toEqual(['a1', 'b1']);

  await end('b1');
  expect(started).toEqual(['a1', 'b1']);
  await end('a1');
  expect(started).toEqual(['a1', 'b1', 'a2']);

  await end('a2');
  await end('a3');
  expect(await all).toEqual([]);
});

test('200 items of two seconds each, 32 at once, take the ideal 14 s', async () => {
  const clock = new SetClock();
  const items = Array.from({ length: 200 }, (_, i) => i);
  const spread = { ms: 2, sleep: (ms: number) => clock.sleep(ms) };
  const began = clock.monotonicMs();
  const all = dispatch(items, { ...unlimited, concurrency: 32, spread }, () => clock.sleep(2000), ON).then(
    () => clock.monotonicMs() - began,
  );
  await clock.advance(20_000);

  expect(await all).toBeWithin(14_000, 14_000 * 1.05);
});

test('starts are spread where asked for', async () => {
  const clock = new SetClock();
  const startedAtMs: number[] = [];
  const run = async () => void startedAtMs.push(clock.monotonicMs() - 1000);
  const spread = { ms: 5, sleep: (ms: number) => clock.sleep(ms) };
  const all = dispatch([1, 2, 3], { ...unlimited, spread }, run, ON);
  await clock.advance(100);
  await all;

  expect(startedAtMs).toEqual([0, 5, 10]);
});

describe('once aborted', () => {
  test('no item starts, those running end, and the others come back in order', async () => {
    const { run, started, end, turn } = heldRuns();
    const stop = new AbortController();
    const all = dispatch(['a', 'b', 'c', 'd'], { ...unlimited, concurrency: 2 }, run, stop.signal);
    await turn();
    stop.abort();
    await end('b');
    await end('a');

    expect(await all).toEqual(['c', 'd']);
    expect(started).toEqual(['a', 'b']);
  });

  test('before the start nothing runs', async () => {
    const { run, started } = heldRuns();

    expect(await dispatch(['a', 'b'], unlimited, run, AbortSignal.abort())).toEqual(['a', 'b']);
    expect(started).toEqual([]);
  });
});

describe('a run that throws', () => {
  test('is thrown again after all others have run', async () => {
    const done: string[] = [];
    const run = async (item: string) => {
      if (item === 'bad') throw new Error('a bug');
      done.push(item);
    };

    await expect(dispatch(['a', 'bad', 'b', 'c'], { ...unlimited, concurrency: 1 }, run, ON)).rejects.toThrow('a bug');
    expect(done).toEqual(['a', 'b', 'c']);
  });

  test('is thrown together with others that did', async () => {
    const run = (item: string) => Promise.reject(new Error(item));

    const failure = await dispatch(['x', 'y'], unlimited, run, ON).catch((error: AggregateError) => error);

    expect((failure as AggregateError).errors.map(String)).toEqual(['Error: x', 'Error: y']);
  });
});
