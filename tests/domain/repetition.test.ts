import { expect, test } from 'bun:test';
import { repeatedShare } from '../../src/domain/repetition.ts';

const words = (count: number, from = 0) => Array.from({ length: count }, (_, i) => `w${from + i}`).join(' ');

test('a text that never repeats itself has a repeated share of zero', () => {
  expect(repeatedShare(words(200))).toBe(0);
});

test('a text that is one sentence over and over is nearly all repetition', () => {
  expect(repeatedShare(`${words(10)} `.repeat(50))).toBeGreaterThan(0.97);
});

test('a text that begins to loop in its middle is repeated in half', () => {
  const looping = `${words(200)} ${`${words(10, 500)} `.repeat(20)}`;
  expect(repeatedShare(looping)).toBeCloseTo(0.47, 1);
});

test('fewer than 64 words tell nothing', () => {
  expect(repeatedShare(words(63))).toBeNull();
  expect(repeatedShare('')).toBeNull();
});

test('case and punctuation make no other words of the same ones', () => {
  expect(repeatedShare(`${words(40)}. ${words(40).toUpperCase()}!`)).toBeCloseTo(33 / 73, 2);
});
