import { expect, test } from 'bun:test';
import { createSource, type Opened } from '../../src/mcp/source.ts';
import { MemoryIncidents, MemoryKnowledge } from '../support/memory-knowledge.ts';

/** Counts what is done with each store that was opened. */
function opener() {
  const done = { opened: 0, refreshed: 0, closed: 0 };
  const trouble: { open: Error | null; refresh: Error | null } = { open: null, refresh: null };
  const open = async (): Promise<Opened> => {
    if (trouble.open) throw trouble.open;
    done.opened++;
    const refresh = async () => {
      done.refreshed++;
      if (trouble.refresh) throw trouble.refresh;
    };
    const knowledge = Object.assign(new MemoryKnowledge(() => 0), { refresh });
    return { knowledge, incidents: new MemoryIncidents([]), [Symbol.dispose]: () => void done.closed++ };
  };
  return { done, trouble, open };
}

test('the store is opened at the first question, looked at anew for each, and closed at the end', async () => {
  const { done, open } = opener();
  {
    await using source = createSource(open);
    expect(done.opened).toBe(0);
    await source.current();
    await source.current();
    expect(done).toEqual({ opened: 1, refreshed: 2, closed: 0 });
  }
  expect(done.closed).toBe(1);
});

test('several who ask at once share one look', async () => {
  const { done, open } = opener();
  await using source = createSource(open);
  await Promise.all([source.current(), source.current(), source.current()]);

  expect(done).toEqual({ opened: 1, refreshed: 1, closed: 0 });
});

test('a store that is not there yet is tried again by the next question', async () => {
  const { done, trouble, open } = opener();
  await using source = createSource(open);
  trouble.open = new Error('no store');
  await expect(source.current()).rejects.toThrow('no store');
  trouble.open = null;
  await source.current();

  expect(done.opened).toBe(1);
});

test('a store that cannot be read any more is closed once, and opened anew', async () => {
  const { done, trouble, open } = opener();
  await using source = createSource(open);
  await source.current();
  trouble.refresh = new Error('gone');
  const failing = await Promise.allSettled([source.current(), source.current()]);
  trouble.refresh = null;
  await source.current();

  expect(failing.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(done).toMatchObject({ opened: 2, closed: 1 });
});
