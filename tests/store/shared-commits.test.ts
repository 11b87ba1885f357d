import { describe, expect, test } from 'bun:test';
import { createSharedCommits } from '../../src/store/shared-commits.ts';

describe('appends that share commits', () => {
  test('those that come while one is under way share the next', async () => {
    const commits: (readonly string[])[] = [];
    const first = Promise.withResolvers<void>();
    const { append } = createSharedCommits<string>((entries) => {
      commits.push(entries);
      return commits.length === 1 ? first.promise : undefined;
    });
    const calls = [append(['a'])];
    while (commits.length === 0) await turn();
    calls.push(append(['b']), append(['c']));
    await turn();
    first.resolve();
    await Promise.all(calls);
    expect(commits).toEqual([['a'], ['b', 'c']]);
  });

  test.each([0, 1, 2, 3, 4, 5])('one that comes %i ticks after a commit is committed too', async (ticks) => {
    const commits: (readonly string[])[] = [];
    const { append } = createSharedCommits<string>(async (entries) => void commits.push(entries));
    await append(['a']);
    for (let i = 0; i < ticks; i++) await null;
    await append(['b']);
    expect(commits).toEqual([['a'], ['b']]);
  });

  test('what one call brought fails that call alone; a failure of all is not tried again', async () => {
    let tried = 0;
    const open = (failsAll: boolean) =>
      createSharedCommits<string>(
        (entries) => {
          tried++;
          if (entries.includes('bad')) throw new Error('refused');
        },
        () => failsAll,
      );
    const outcomes = async ({ append }: ReturnType<typeof open>) =>
      (await Promise.allSettled([append(['good']), append(['bad'])])).map(({ status }) => status);
    expect(await outcomes(open(false))).toEqual(['fulfilled', 'rejected']);
    expect(tried).toBe(3);
    expect(await outcomes(open(true))).toEqual(['rejected', 'rejected']);
    expect(tried).toBe(4);
  });

  test('a flush has committed what waits by the time it returns, where committing takes no turn', async () => {
    const committed: string[] = [];
    const { append, flush } = createSharedCommits<string>((entries) => void committed.push(...entries));
    const calls = [append(['a']), append(['b'])];
    void flush();
    expect(committed).toEqual(['a', 'b']);
    await Promise.all(calls);
  });
});

const turn = () => new Promise((resolve) => setImmediate(resolve));
