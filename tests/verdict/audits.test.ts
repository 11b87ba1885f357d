import { describe, expect, test } from 'bun:test';
import { latencySeries } from '../../bench/verdict-world.ts';
import type { Sample } from '../../src/domain/sample.ts';
import { auditClaims } from '../../src/verdict/claims.ts';
import { HeadToHead } from '../../src/verdict/head-to-head.ts';
import { auditPolicies } from '../../src/verdict/policies.ts';
import { ALWAYS, cyclesOf } from '../support/a-sample.ts';

const WEEK = 336;

describe('a claim', () => {
  const ttft = latencySeries({ seed: 'claims', cycles: WEEK, levelMs: 390 });

  test('is audited by ours over theirs in the same cycle', () => {
    const samples = cyclesOf(WEEK, (cycle) => ({
      ttftMs: ttft[cycle]!,
      claimedTtftMs: 300,
      tpotMs: 20,
      claimedTps: 100,
    }));
    const [first, speed] = auditClaims(samples, ALWAYS);
    expect(first).toMatchObject({ claim: 'ttft', n: WEEK });
    expect(first!.low).toBeLessThan(1.3);
    expect(first!.high).toBeGreaterThan(1.3);
    expect(speed).toMatchObject({ claim: 'tps' });
    expect(speed!.ratio).toBeCloseTo(0.5, 9);
  });

  test('is not audited by fewer than twelve pairs, nor where the router claims nothing', () => {
    const [first, speed] = auditClaims(
      cyclesOf(20, (cycle) => ({ claimedTtftMs: cycle < 11 ? 300 : null, claimedTps: 0 })),
      ALWAYS,
    );
    expect(first).toMatchObject({ n: 11, ratio: null, low: null, high: null });
    expect(speed).toMatchObject({ n: 0, ratio: null });
  });
});

describe("the router's choice", () => {
  /** Replies of that length, of which the router says that speed. */
  function provider(
    name: string,
    e2eMs: number,
    claimedTps: number | null,
    more: (cycle: number) => Partial<Sample> = () => ({}),
  ) {
    const series = latencySeries({ seed: `policy ${name}`, cycles: WEEK, levelMs: e2eMs });
    return cyclesOf(WEEK, (cycle) => ({ providerName: name, e2eMs: series[cycle]!, claimedTps, ...more(cycle) }));
  }

  function audit(...targets: readonly (readonly Sample[])[]) {
    const byProvider = new Map(targets.map((samples) => [samples[0]!.providerName, samples]));
    const [fastest, cheapest] = auditPolicies(byProvider, new HeadToHead(byProvider), ALWAYS);
    return { fastest: fastest!, cheapest: cheapest! };
  }

  test('of the fastest regrets nothing where its figures are right', () => {
    const { fastest } = audit(provider('amber', 4000, 90), provider('basalt', 8000, 40));
    expect(fastest).toMatchObject({ n: WEEK, pickedBest: { rate: 1 }, regretMedian: 0, regretMean: 0, unit: 'ms' });
  });

  test('of the fastest costs the difference where its figures are wrong', () => {
    const { fastest } = audit(provider('amber', 4000, 40), provider('basalt', 8000, 90));
    expect(fastest.pickedBest.rate).toBe(0);
    expect(fastest.regretMedian).toBeGreaterThan(3000);
    expect(fastest.regretMedian).toBeLessThan(5500);
  });

  test('is as good as the best where nobody is better beyond noise', () => {
    const { fastest } = audit(provider('amber', 4000, 40), provider('basalt', 4000, 90));
    expect(fastest).toMatchObject({ pickedBest: { rate: 1 }, regretMean: 0 });
  });

  test('of one that failed while another answered was not the best', () => {
    const fails = (cycle: number) =>
      cycle % 4 === 0 ? ({ outcome: 'target_error', errorClass: 'http_5xx', e2eMs: null } as const) : {};
    const { fastest } = audit(provider('amber', 4000, 90, fails), provider('basalt', 8000, 40));
    expect(fastest.pickedBest).toMatchObject({ successes: 252, trials: 336 });
  });

  test('is none where one provider or no figure is known', () => {
    expect(audit(provider('amber', 4000, 90)).fastest).toMatchObject({
      n: 0,
      regretMean: null,
      pickedBest: { rate: null },
    });
    expect(audit(provider('amber', 4000, null), provider('basalt', 8000, null)).fastest.n).toBe(0);
  });

  test('of the cheapest goes by the price of output, and is judged by what a reply costs', () => {
    const chatty = provider('amber', 4000, 90, () => ({ priceOutputUsdPerMtok: 1, costUsd: 0.002 }));
    const terse = provider('basalt', 4000, 40, () => ({ priceOutputUsdPerMtok: 1.2, costUsd: 0.001 }));
    const { cheapest } = audit(chatty, terse);
    expect(cheapest).toMatchObject({ pickedBest: { rate: 0 }, unit: 'usd' });
    expect(cheapest.regretMedian).toBeCloseTo(0.001, 9);
  });
});
