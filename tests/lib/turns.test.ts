import { expect, test } from 'bun:test';
import { createTurns } from '../../src/lib/turns.ts';

/** Work whose end a test decides. */
function work() {
  const ends: (() => void)[] = [];
  const run = () => new Promise<void>((resolve) => void ends.push(resolve));
  return { run, begun: () => ends.length, end: () => ends.at(-1)!() };
}

test('what is asked for while it is under way is done once more after that, however often it was asked for', async () => {
  const { run, begun, end } = work();
  const turns = createTurns(run);
  for (let times = 0; times < 3; times++) turns.start();
  expect(begun()).toBe(1);
  expect(turns.isUnderWay()).toBe(true);

  end();
  const settled = turns.settled();
  while (begun() < 2) await Promise.resolve();
  end();
  await settled;

  expect(begun()).toBe(2);
  expect(turns.isUnderWay()).toBe(false);
});

test('what is asked for while it rests waits for the rest', async () => {
  const [making, resting] = [work(), work()];
  const turns = createTurns(making.run, resting.run);
  turns.start();
  making.end();
  await turns.settled();
  expect(resting.begun()).toBe(1);

  turns.start();
  expect(making.begun()).toBe(1);
  resting.end();
  while (making.begun() < 2) await Promise.resolve();
});

test('whoever wants it settled does not wait for the rest', async () => {
  const [making, resting] = [work(), work()];
  const turns = createTurns(making.run, resting.run);
  turns.start();
  making.end();
  await turns.settled();
  turns.start();

  const settled = turns.settled();
  expect(making.begun()).toBe(2);
  making.end();
  await settled;
});

test('nothing asked for is settled', async () => {
  const { run, begun } = work();
  await createTurns(run).settled();
  expect(begun()).toBe(0);
});
