import { describe, expect, test } from 'bun:test';
import { type Charged, costUsd, dearestPrices, expectedCost, spendingOf, totalUsd } from '../../src/domain/money.ts';
import { aRecord, aSkippedRecord, aTarget } from '../support/builders.ts';

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

const priced = (modelId: string, provider: string, input: number | null, output: number | null) =>
  aTarget({ modelId, provider, priceInputUsdPerMtok: input, priceOutputUsdPerMtok: output });

const CATALOGUE = [
  priced('acme/a', 'cheap', 1, 2),
  priced('acme/a', 'dear', 3, 4),
  priced('acme/a', 'silent', null, null),
  priced('acme/a', 'half', 9, null),
  priced('acme/b', 'silent', null, null),
  priced('acme/c', 'dearest', 20, 30),
];
const at = (index: number) => CATALOGUE[index]!;

describe('a price that is unknown', () => {
  test('counts as the dearest of its model, each price by itself', () => {
    expect(dearestPrices(at(2), CATALOGUE)).toEqual({ priceInputUsdPerMtok: 9, priceOutputUsdPerMtok: 4 });
    expect(dearestPrices(at(3), CATALOGUE)).toEqual({ priceInputUsdPerMtok: 9, priceOutputUsdPerMtok: 4 });
  });

  test('counts as the dearest of all where nobody has one for its model', () => {
    expect(dearestPrices(at(4), CATALOGUE)).toEqual({ priceInputUsdPerMtok: 20, priceOutputUsdPerMtok: 30 });
  });

  test('stays unknown where nobody has any', () => {
    expect(dearestPrices(at(4), [at(4)])).toEqual({ priceInputUsdPerMtok: null, priceOutputUsdPerMtok: null });
  });

  test('does not touch one that is known, zero included', () => {
    const free = priced('acme/a', 'free', 0, 0);

    expect(dearestPrices(free, CATALOGUE)).toEqual({ priceInputUsdPerMtok: 0, priceOutputUsdPerMtok: 0 });
    expect(dearestPrices(at(0), CATALOGUE)).toEqual({ priceInputUsdPerMtok: 1, priceOutputUsdPerMtok: 2 });
  });
});

describe('the expected cost of a cycle', () => {
  const tokens = { promptTokens: 1_000_000, completionTokens: 1_000_000 };

  test('is the sum over its targets, and tells how many belong to models without a price', () => {
    expect(expectedCost(CATALOGUE, tokens)).toEqual({ usd: 3 + 7 + 13 + 13 + 50 + 50, unpriced: 1 });
    expect(expectedCost([at(4)], tokens)).toEqual({ usd: 0, unpriced: 1 });
    expect(expectedCost([], tokens)).toEqual({ usd: 0, unpriced: 0 });
  });

  test('goes by what a target lately cost, where that is known', () => {
    const experience = ({ provider }: { provider: string }) => (provider === 'dear' ? 0.5 : null);

    expect(expectedCost([at(0), at(1)], tokens, experience).usd).toBe(3.5);
  });
});

describe('what an attempt adds to the spending of its day', () => {
  const priceless = { modelId: 'acme/a', priceInputUsdPerMtok: null, priceOutputUsdPerMtok: null, costUsd: null };
  const silent = { promptTokens: null, completionTokens: null, chunks: null, costUsd: null };
  const unanswered = { ...silent, responseStatusCode: -1, outcome: 'target_error' } as const;
  const spent = (attempt: Charged) => spendingOf(attempt, () => CATALOGUE);
  const usual = (input: number, output: number, completionTokens = 600) => ({
    knownUsd: null,
    estimatedUsd: costUsd(
      { promptTokens: 30, completionTokens },
      { priceInputUsdPerMtok: input, priceOutputUsdPerMtok: output },
    )!,
  });

  test('is its cost where that is known, zero included', () => {
    expect(spent(aRecord({ costUsd: 0.25 }))).toEqual({ knownUsd: 0.25 });
    expect(spent(aRecord({ costUsd: 0 }))).toEqual({ knownUsd: 0 });
  });

  test('is estimated by the tokens reported, at the dearest price of the model', () => {
    const record = aRecord({ ...priceless, promptTokens: 1_000_000, completionTokens: 2_000_000 });

    expect(spent(record)).toEqual({ knownUsd: null, estimatedUsd: 9 + 8 });
  });

  test('is estimated by usual tokens, or by a token for each chunk where that is more, where none are reported', () => {
    const own = { priceInputUsdPerMtok: 1, priceOutputUsdPerMtok: 2 };

    expect(spent(aRecord({ ...own, ...silent }))).toEqual(usual(1, 2));
    expect(spent(aRecord({ ...own, ...silent, chunks: 4000 }))).toEqual(usual(1, 2, 4000));
    expect(spent(aRecord({ ...silent, ...priceless, modelId: 'acme/new' }))).toEqual(usual(20, 30));
  });

  test.each([
    ['a reply that failed', aRecord({ ...silent, outcome: 'target_error', errorClass: 'truncated_reply' })],
    ['silence', aRecord({ ...unanswered, errorClass: 'first_token_timeout' })],
    ['a reset', aRecord({ ...unanswered, errorClass: 'connection_reset' })],
    ['a lost network', aRecord({ ...unanswered, outcome: 'prober_error', errorClass: 'no_connectivity' })],
    ['a Worker that died', aRecord({ ...unanswered, outcome: 'prober_error', errorClass: 'internal', sentMs: null })],
  ])('is estimated once the request may have reached the provider: %s', (_what, record) => {
    expect(spent(record)).toEqual(usual(0.5, 1.5));
  });

  test.each([
    ['no connection', aRecord({ ...unanswered, outcome: 'router_error', errorClass: 'dns', sentMs: null })],
    ['a refusal', aRecord({ ...unanswered, responseStatusCode: 429, outcome: 'rate_limited', errorClass: 'http_429' })],
    ['a 5xx', aRecord({ ...unanswered, responseStatusCode: 503, errorClass: 'http_5xx' })],
    ['a redirect', aRecord({ ...unanswered, responseStatusCode: 302, errorClass: 'redirect_refused' })],
    ['a probe that was not sent', aSkippedRecord()],
    ['an attempt that our stop dropped', aSkippedRecord({ attempt: 2 })],
  ])('is nothing where nobody was asked, or asked in vain: %s', (_what, record) => {
    expect(spent(record)).toBeNull();
  });

  test('sums up without the noise of floating point', () => {
    expect(totalUsd({ knownUsd: 0.1, estimatedUsd: 0.2 })).toBe(0.3);
  });
});
