import { expect, test } from 'bun:test';
import { fourChecks } from '../../src/verdict/evidence.ts';
import { everyPair, INTERVAL_MS, samplesOf, type Trouble, WORLD_BEGAN_MS } from '../support/sample-world.ts';

const ENDPOINTS = everyPair(3, 3);
const ENDPOINT = ENDPOINTS[0]!;
const { modelId, provider } = ENDPOINT;

function checks(trouble: Partial<Trouble> | null, cycles = 10) {
  const common = { scope: 'endpoint', from: 0, to: 10, outcome: 'target_error', errorClass: 'http_5xx' } as const;
  const samples = samplesOf({
    seed: 'checks',
    cycles,
    endpoints: ENDPOINTS,
    failureRates: ENDPOINTS.map(() => 0),
    troubles: trouble === null ? [] : [{ ...common, ...trouble }],
    confirms: false,
  });
  return fourChecks(samples, ENDPOINT, {
    nowMs: WORLD_BEGAN_MS + (cycles - 0.9) * INTERVAL_MS,
    intervalMs: INTERVAL_MS,
  });
}

test('four checks count this endpoint, its provider, its model elsewhere and ourselves', () => {
  expect(checks({ modelId, provider })).toMatchObject({
    endpoint: { ok: 0, failed: 3, other: 0 },
    providersOtherModels: { ok: 6, failed: 0, other: 0 },
    modelElsewhere: { ok: 6, failed: 0, other: 0 },
    control: { ok: 27, failed: 0, other: 0 },
    finding: 'down',
    says: "It's down. Not just you.",
  });
});

test('who else fails says how far it reaches', () => {
  expect(checks({ provider }).finding).toBe('provider_down');
  expect(checks({ modelId }).finding).toBe('model_down');
  expect(checks({}).finding).toBe('router_down');
  expect(checks(null).finding).toBe('answers');
});

test('no verdict where our own control requests fail', () => {
  const offline = checks({ outcome: 'prober_error', errorClass: 'no_connectivity' });
  expect(offline).toMatchObject({
    finding: 'offline',
    says: 'We may be offline. No verdict.',
    control: { failed: 27 },
  });
});

test('other faults are not called an outage', () => {
  expect(checks({ modelId, provider, outcome: 'rate_limited', errorClass: 'http_429' }).finding).toBe('limited');
  expect(checks({ modelId, provider, outcome: 'account_error', errorClass: 'forbidden' }).finding).toBe('refuses_us');
  expect(checks({ outcome: 'account_error', errorClass: 'no_credits' }).finding).toBe('our_account');
});

test('fewer than three recent attempts say nothing', () => {
  expect(checks({ modelId, provider }, 2)).toMatchObject({ finding: 'too_early', says: 'Too early to say.' });
});
