import { describe, expect, test } from 'bun:test';
import { costUsd } from '../../src/domain/money.ts';

const prices = { priceInputUsdPerMtok: 0.1, priceOutputUsdPerMtok: 0.2 };

describe('the cost of a reply', () => {
  test('is prompt tokens at the input price plus completion tokens at the output price, per million', () => {
    expect(costUsd({ promptTokens: 2_000_000, completionTokens: 500_000 }, prices)).toBe(0.3);
    expect(costUsd({ promptTokens: 20, completionTokens: 5 }, prices)).toBe(0.000003);
  });

  test('is zero where the prices are zero', () => {
    const free = { priceInputUsdPerMtok: 0, priceOutputUsdPerMtok: 0 };

    expect(costUsd({ promptTokens: 20, completionTokens: 5 }, free)).toBe(0);
  });

  test.each([
    [{ promptTokens: null, completionTokens: 5 }, prices],
    [{ promptTokens: 20, completionTokens: null }, prices],
    [
      { promptTokens: 20, completionTokens: 5 },
      { ...prices, priceInputUsdPerMtok: null },
    ],
    [
      { promptTokens: 20, completionTokens: 5 },
      { ...prices, priceOutputUsdPerMtok: null },
    ],
  ])('is unknown where a count or a price is unknown: %j %j', (counts, known) => {
    expect(costUsd(counts, known)).toBeNull();
  });
});
