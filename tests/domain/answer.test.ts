import { describe, expect, test } from 'bun:test';
import { isCorrect } from '../../src/domain/answer.ts';

const EXPECTED = '1771.2';

/** What a model said to "Solve this: 123/2*3.2*9", and whether it is right. */
const REPLIES: readonly (readonly [reply: string, correct: boolean])[] = [
  ['1771.2', true],
  ['1,771.2', true],
  ['1771.20', true],
  ['1 771,2', true],
  ['1\u00a0771,2', true],
  ['1\u202f771.2', true],
  ['1.771,2', true],
  ["1'771.2", true],
  ['1771,2', true],
  ['**1771.2**', true],
  ['The answer is 1771.2.', true],
  ['The answer is **1,771.2**.', true],
  ['= 1771.2', true],
  ['123/2*3.2*9 = 1771.2', true],
  ['123 / 2 * 3.2 * 9 = 61.5 * 3.2 * 9 = 196.8 * 9 = 1771.2', true],
  ['\\boxed{1771.2}', true],
  ['\\boxed{1{,}771.2}', true],
  ['\\boxed{1\\,771.2}', true],
  ['$$\\boxed{1771.2\\text{ units}}$$', true],
  ['\\[\n\\frac{123}{2} \\times 3.2 \\times 9 = \\mathbf{1771.2}\n\\]', true],
  ['The final answer is:\n\n\\[ 1771.2 \\]', true],
  ['So the result is $1771.2$', true],
  ['1771.2 dollars', true],
  ['≈ 1771.2000000000003', true],
  ['**Answer:**\n\n1771.2', true],
  ['### Final Answer\n1771.2', true],
  ['**1771.2**\n\nHere is how: 123/2 = 61.5, then 61.5 × 3.2 = 196.8.', true],
  ['1. 123 ÷ 2 = 61.5\n2. 61.5 × 3.2 = 196.8\n3. 196.8 × 9 = 1771.2', true],
  ['Step 1: 123/2 = 61.5\nStep 2: 61.5*3.2 = 196.8\nStep 3: 196.8*9 = 1771.2\n\n**Result: 1771.2** ✓', true],
  ['The answer is 1771.2. Let me know if you want to see the 3 steps!', true],
  ['The answer is 1771.2, since 1771.2/28.8 = 61.5.', true],
  ['The answer is 1771.2 (rounded to 1 decimal place).', true],
  ['The answer, after computing 123/2 = 61.5 first, is 1771.2', true],
  ['I get 1771.2, exactly, with no rounding to 2 decimals.', true],
  ['First I thought of 1770, but it should be 1771.2.', true],
  ['**61.5 × 28.8 = 1771.2**', true],
  ['123/2*3.2*9 = 1771.2 (123/2 = 61.5, 3.2*9 = 28.8)', true],
  ['| step | value |\n|---|---|\n| 1 | 61.5 |\n| 2 | 196.8 |\n| 3 | 1771.2 |', true],
  ['```\n1771.2\n```', true],
  ['答案是 1771.2。', true],
  ['1771.2 is the answer to 123/2*3.2*9.', true],
  ['The answer is $1.7712 \\times 10^{3}$.', true],
  ['1.7712 × 10^3', true],
  ['123/2*3.2*9 = 1771.2\n\nNote: if interpreted as 123/(2*3.2*9), the result would be ≈ 2.135.', true],
  ['By the usual order it is 1771.2; if you meant 123/(2*3.2*9), it would be about 2.135.', true],

  ['11771.2', false],
  ['1771.25', false],
  ['1771.2.5', false],
  ['1771', false],
  ['-1771.2', false],
  ['17712', false],
  ['1e999', false],
  ['1.7712', false],
  ['21,771.2', false],
  ['v1771.2', false],
  ['The answer is 1770.', false],
  ['61.5*28.8 = 1771.2, so the final answer is 1772.', false],
  ['One could think 1771.2, but the answer is **1917.6**.', false],
  ['The answer is 1771.2. No wait, I made a mistake. It should be 1717.2.', false],
  ['123/2*3.2*9 = 1771.2\n\n\\boxed{1771}', false],
  ['1771.2? No: 123/(2*3.2*9) = 2.135', false],
  ['196.8 × 9 = 1771.2, minus 1 = 1770.2', false],
  ['I think it is 1771.2. Hmm, actually 1771.', false],
  ['1771.2 is the answer you might expect, but the correct answer is 1917.6.', false],
  ['123/(2*3.2*9) = 2.135. If you meant (123/2)*3.2*9, the answer is 1771.2.', false],
  ['The answer is not 1771.2 but 1771.', false],
  ['1.7712 × 10^4', false],
  ['I cannot solve this.', false],
  ['', false],
];

describe('an expected number', () => {
  test.each(REPLIES.map(([reply, correct]) => ({ reply, correct })))('$reply: $correct', ({ reply, correct }) => {
    expect(isCorrect({ answer: reply, cut: false }, EXPECTED)).toBe(correct);
  });

  test('is unknown where the reply was cut before an answer', () => {
    expect(isCorrect({ answer: '', cut: true }, EXPECTED)).toBeNull();
    expect(isCorrect({ answer: 'First, 123/2 = 61.5 and', cut: true }, EXPECTED)).toBeNull();
  });

  test('is judged where the reply was cut after its answer', () => {
    expect(isCorrect({ answer: '\\boxed{1771.2}\n\nTo check this, we', cut: true }, EXPECTED)).toBe(true);
    expect(isCorrect({ answer: 'The answer is 1770. To check this, we', cut: true }, EXPECTED)).toBe(false);
  });

  test('is found in time linear to the answer', () => {
    const runs = [
      '1,',
      '1 111 ',
      '= 1 ',
      'is to ',
      '\\boxed{',
      '\\text{a',
      '**',
      '** ',
      '\n',
      '\n \n',
      ' ',
      '$',
      ': ',
      'answer\n',
      'if ',
      '1 is the ',
      '1 * 10 ^ ',
    ];
    for (const run of runs) expect(isCorrect({ answer: `**${run.repeat(50_000)}`, cut: false }, EXPECTED)).toBe(false);
  });
});

describe('any other expected text', () => {
  test('must occur as whole words, whatever its case, markup and spacing', () => {
    expect(isCorrect({ answer: 'The capital is **paris**.', cut: false }, 'Paris')).toBe(true);
    expect(isCorrect({ answer: 'It is New\nYork, of course', cut: false }, 'new york')).toBe(true);
    expect(isCorrect({ answer: 'A comparison', cut: false }, 'Paris')).toBe(false);
  });

  test('is unknown where the reply was cut before it', () => {
    expect(isCorrect({ answer: 'The capital', cut: true }, 'Paris')).toBeNull();
    expect(isCorrect({ answer: 'Paris is the', cut: true }, 'Paris')).toBe(true);
  });
});
