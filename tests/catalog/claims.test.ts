import { expect, test } from 'bun:test';
import { NO_CLAIMS, parseRouterModels } from '../../src/catalog/claims.ts';

const claimsOf = (provider: object) =>
  parseRouterModels({ data: [{ id: 'acme/one', providers: [{ provider: 'fast', ...provider }] }] })!.of(
    'acme/one',
    'fast',
  );

test('a zero is known, what is missing is unknown', () => {
  expect(claimsOf({ pricing: { input: 0 } })).toEqual({ ...NO_CLAIMS, priceInputUsdPerMtok: 0 });
});

test('what is said to be free costs nothing, unless a price is given', () => {
  const free = { ...NO_CLAIMS, priceInputUsdPerMtok: 0, priceOutputUsdPerMtok: 0 };
  expect(claimsOf({ is_free: true })).toEqual(free);
  expect(claimsOf({ is_free: true, pricing: { input: 0.1, output: 0.2 } })).toEqual({
    ...NO_CLAIMS,
    priceInputUsdPerMtok: 0.1,
    priceOutputUsdPerMtok: 0.2,
  });
  expect(claimsOf({ is_free: false })).toEqual(NO_CLAIMS);
});

test('numbers below zero, without end or of another type are unknown', () => {
  const odd = {
    context_length: 1.5,
    first_token_latency_ms: '12',
    throughput: JSON.parse('1e999'),
    pricing: { input: -1 },
  };
  expect(claimsOf(odd)).toEqual(NO_CLAIMS);
});

test('what cannot be read is counted', () => {
  const claims = parseRouterModels({
    data: [7, { id: 'acme/one', providers: [{}, { provider: 'fast', throughput: 3 }] }],
  });

  expect(claims?.unreadable).toBe(2);
  expect(claims?.of('acme/one', 'fast').claimedTps).toBe(3);
});

test('an answer that is no list of models is none', () => {
  expect(parseRouterModels({ error: 'no' })).toBeNull();
});
