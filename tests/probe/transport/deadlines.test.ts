import { afterEach, beforeEach, describe, expect, jest, test } from 'bun:test';
import { startDeadlines } from '../../../src/probe/transport/deadlines.ts';

const limits = { connectMs: 10, firstTokenMs: 120, stallMs: 30, totalMs: 300 };

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

function start(mode: 'stream' | 'plain' = 'stream', catchUp = () => {}) {
  const zeroMs = performance.now();
  const nowMs = () => performance.now() - zeroMs;
  const expired: [name: string, atMs: number][] = [];
  const deadlines = startDeadlines({ mode, limits }, nowMs, {
    catchUp,
    expire: (name) => expired.push([name, nowMs()]),
  });
  return { deadlines, expired, nowMs };
}

describe('a streamed probe', () => {
  test('has until the connect deadline to be connected', () => {
    const { expired } = start();
    jest.advanceTimersByTime(1000);
    expect(expired).toEqual([['connect_timeout', 10]]);
  });

  test('has the total time to write its request, and that failing is still the connection', () => {
    const { deadlines, expired } = start();
    jest.advanceTimersByTime(5);
    deadlines.connected(5);
    jest.advanceTimersByTime(1000);
    expect(expired).toEqual([['connect_timeout', 305]]);
  });

  test('has until the first-token deadline, from sent, to bring output', () => {
    const { deadlines, expired } = start();
    deadlines.connected(0);
    jest.advanceTimersByTime(7);
    deadlines.sent(7);
    jest.advanceTimersByTime(1000);
    expect(expired).toEqual([['first_token_timeout', 127]]);
  });

  test('may be silent for the stall time after output, and each output starts it anew', () => {
    const { deadlines, expired } = start();
    deadlines.connected(0);
    deadlines.sent(0);
    jest.advanceTimersByTime(100);
    deadlines.output(100);
    jest.advanceTimersByTime(20);
    deadlines.output(120);
    jest.advanceTimersByTime(29);
    expect(expired).toEqual([]);

    jest.advanceTimersByTime(1000);
    expect(expired).toEqual([['stall_timeout', 150]]);
  });

  test('is over at the total time while output still flows', () => {
    const { deadlines, expired, nowMs } = start();
    deadlines.connected(0);
    deadlines.sent(0);
    for (let step = 0; step < 60; step++) {
      deadlines.output(nowMs());
      jest.advanceTimersByTime(10);
    }
    expect(expired).toEqual([['total_timeout', 300]]);
  });

  test('counts reads that wait to be parsed before a deadline is judged', () => {
    let late = () => {};
    const { deadlines, expired } = start('stream', () => late());
    deadlines.connected(0);
    deadlines.sent(0);
    late = () => deadlines.output(119);

    jest.advanceTimersByTime(1000);
    expect(expired).toEqual([['stall_timeout', 149]]);
  });
});

test('a plain probe has connect and total alone', () => {
  const { deadlines, expired } = start('plain');
  deadlines.connected(0);
  deadlines.sent(0);
  deadlines.output(50);
  jest.advanceTimersByTime(1000);
  expect(expired).toEqual([['total_timeout', 300]]);
});

test('nothing fires once the deadlines are cleared', () => {
  const { deadlines, expired } = start();
  deadlines.sent(0);
  deadlines.clear();
  deadlines.output(1);
  jest.advanceTimersByTime(1000);
  expect(expired).toEqual([]);
});
