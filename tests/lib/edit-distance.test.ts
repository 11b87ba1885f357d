import { expect, test } from 'bun:test';
import { closestTo, editDistance } from '../../src/lib/edit-distance.ts';

test.each([
  ['same', 'same', 0],
  ['', 'abc', 3],
  ['TOKEN', 'TOKN', 1],
  ['TOKEN', 'TOKENS', 1],
  ['TOKEN', 'TOKAN', 1],
  ['TOKEN', 'TOKNE', 1],
  ['RETRYS', 'RETRIES', 2],
  ['PATH', 'PUSH', 2],
])('from %p to %p are %d steps', (from, to, steps) => {
  expect(editDistance(from, to)).toBe(steps);
  expect(editDistance(to, from)).toBe(steps);
});

test.each([
  ['acme/thinkr-7b', ['acme/Thinker-7B', 'acme/Thinker-70B']],
  ['Thinker-7B', ['acme/Thinker-7B', 'acme/Thinker-70B']],
  ['acme/Thinker', ['acme/Thinker-7B', 'acme/Thinker-70B']],
  ['nothing/alike', []],
  ['x'.repeat(100_000), []],
])('who types %p may mean %p', (word, meant) => {
  expect(closestTo(word, ['other/Writer', 'acme/Thinker-70B', 'acme/Thinker-7B'])).toEqual(meant);
});
