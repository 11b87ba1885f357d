import { afterEach, beforeEach, expect, jest, test } from 'bun:test';
import { createLoopLag } from '../../../src/probe/transport/loop-lag.ts';

let nowMs = 0;
beforeEach(() => {
  nowMs = 0;
  jest.useFakeTimers();
});
afterEach(() => jest.useRealTimers());

const pass = (ms: number) => {
  for (let passed = 0; passed < ms; passed++) {
    nowMs++;
    jest.advanceTimersByTime(1);
  }
};
/** Time passes, and no timer gets its turn. */
const block = (ms: number) => {
  nowMs += ms;
};

test('an idle event loop has no delay', () => {
  const stop = createLoopLag(() => nowMs).watch();
  for (let turn = 0; turn < 10; turn++) pass(10);
  expect(stop()).toBe(0);
});

test('the worst delay while one watches is kept', () => {
  const stop = createLoopLag(() => nowMs).watch();
  block(60);
  pass(10);
  block(30);
  pass(50);
  expect(stop()).toBe(60);
});

test('a delay that is only now over counts, though the timer has not had its turn', () => {
  const stop = createLoopLag(() => nowMs).watch();
  block(70);
  expect(stop()).toBe(60);
});

test('a delay before one began to watch is not its own', () => {
  const lag = createLoopLag(() => nowMs);
  const stopFirst = lag.watch();
  block(80);
  pass(10);
  const stopSecond = lag.watch();
  pass(20);
  expect([stopFirst(), stopSecond()]).toEqual([80, 0]);
});

test('how late it is now is the stall that has just ended, whichever timer has its turn first', () => {
  const lag = createLoopLag(() => nowMs);
  lag.watch();
  block(70);
  expect(lag.lateMs()).toBe(60);
  pass(10); // the timer that looks has its turn
  expect(lag.lateMs()).toBe(70);
  pass(10);
  expect(lag.lateMs()).toBe(0);
});

test('no timer runs while nobody watches', () => {
  const lag = createLoopLag(() => nowMs);
  lag.watch()();
  expect(jest.getTimerCount()).toBe(0);
});
