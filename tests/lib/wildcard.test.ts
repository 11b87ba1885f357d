import { expect, test } from 'bun:test';
import { matchesWildcard } from '../../src/lib/wildcard.ts';

test.each([
  ['*', 'acme/one', true],
  ['*', '', true],
  ['acme/*', 'acme/one', true],
  ['acme/*', 'other/one', false],
  ['*/one', 'acme/one', true],
  ['*/one', 'acme/one-b', false],
  ['Acme/ONE', 'acme/one', true],
  ['acme/one', 'acme/one-b', false],
  ['a*c*e', 'abcde', true],
  ['a*c*e', 'abde', false],
  ['ab*ba', 'aba', false],
  ['a*.b', 'axb', false],
  ['', '', true],
  ['', 'a', false],
])('%s and %s: %p', (pattern, name, matches) => {
  expect(matchesWildcard(pattern, name)).toBe(matches);
});
