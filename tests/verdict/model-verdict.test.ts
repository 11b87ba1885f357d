import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { DAY_MS } from '../../src/domain/utc-day.ts';
import { samplesByProvider, type Weighed, weigh } from '../../src/verdict/model-verdict.ts';
import { cyclesOf, everyPair, INTERVAL_MS, WORLD_BEGAN_MS } from '../support/sample-world.ts';

const CYCLES = 80;
const PROVIDERS = 4;

test('what is carried over from a verdict before is what would be worked out anew, whoever of the providers has something new', () => {
  const endpoints = everyPair(1, PROVIDERS);
  const samples = [
    ...cyclesOf({ seed: 'carried', cycles: CYCLES, endpoints, failureRates: endpoints.map(() => 0.1) }),
  ].flat();
  const heardUntil = fc.array(fc.integer({ min: 20, max: CYCLES }), { minLength: PROVIDERS, maxLength: PROVIDERS });
  const moment = fc.record({ heardUntil, movedBy: fc.constantFrom(0, 0, 1, 30) });
  const asserted = fc.property(fc.array(moment, { minLength: 2, maxLength: 4 }), (moments) => {
    let before: Weighed | undefined;
    let sinceMs = WORLD_BEGAN_MS;
    for (const { heardUntil, movedBy } of moments) {
      sinceMs += movedBy * INTERVAL_MS;
      const window = { sinceMs, untilMs: sinceMs + 2 * DAY_MS };
      const heard = samples.filter(({ providerName, dueAtMs }) => {
        const nth = endpoints.findIndex(({ provider }) => provider === providerName);
        return dueAtMs < WORLD_BEGAN_MS + heardUntil[nth]! * INTERVAL_MS;
      });
      const within = samplesByProvider(heard, window);
      const carried = weigh(within, window, before);
      expect(toldBy(carried)).toEqual(toldBy(weigh(within, window)));
      before = carried;
    }
  });
  fc.assert(asserted, { seed: 1, numRuns: 25 });
});

/** Without what it says of the window, which `modelVerdictOf` puts in. */
function toldBy({ byProvider, endpoints, ranks, policies, headToHead }: Weighed) {
  const providers = [...byProvider.keys()];
  const pairs = providers.flatMap((a) => providers.map((b) => [a, b] as const)).filter(([a, b]) => a !== b);
  return {
    endpoints: endpoints.map(({ availability, claims, ...facts }) => ({
      ...facts,
      availability: { ...availability, sinceMs: 0, untilMs: 0 },
      claims: claims.map((claim) => ({ ...claim, sinceMs: 0, untilMs: 0 })),
    })),
    ...{ ranks, policies },
    pairs: pairs.map(([a, b]) => [
      headToHead.ratio(a, b, 'costUsd'),
      headToHead.ratio(a, b, 'speed'),
      headToHead.rateDifference(a, b),
    ]),
  };
}
