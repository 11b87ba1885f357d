import { describe, expect, test } from 'bun:test';
import { answeredSeries, latencySeries } from '../../bench/verdict-world.ts';
import type { Sample } from '../../src/domain/sample.ts';
import type { Metric } from '../../src/domain/verdict.ts';
import { compare } from '../../src/verdict/compare.ts';
import { HeadToHead } from '../../src/verdict/head-to-head.ts';
import { ranked } from '../../src/verdict/rank.ts';
import { ALWAYS, cyclesOf } from '../support/a-sample.ts';

const WEEK = 336;
const a = { modelId: 'acme/Thinker-7B', provider: 'amber' };
const b = { modelId: 'acme/Thinker-7B', provider: 'basalt' };

/** First tokens around that many ms, in noise of their own. */
function noisy(provider: string, levelMs: number, seed: string, cycles = WEEK): readonly Sample[] {
  const series = latencySeries({ seed: `${seed} ${provider}`, cycles, levelMs });
  return cyclesOf(cycles, (cycle) => ({ providerName: provider, ttftMs: series[cycle]! }));
}

const of = (samples: readonly Sample[], metric: Metric = 'ttftMs') => compare(a, b, samples, metric, ALWAYS);

describe('a comparison', () => {
  test('tells how many times as much the second takes, and how many ms', () => {
    const found = of([...noisy('amber', 200, 'seen'), ...noisy('basalt', 300, 'seen')]);
    expect(found).toMatchObject({ n: WEEK, better: 'a', ratio: { pairs: WEEK } });
    expect(found.ratio!.low).toBeLessThan(1.5);
    expect(found.ratio!.high).toBeGreaterThan(1.5);
    expect(found.difference!.low).toBeGreaterThan(50);
    expect(found.difference!.high).toBeLessThan(160);
  });

  test('from the other side is the inverse', () => {
    const samples = [...noisy('amber', 200, 'side'), ...noisy('basalt', 300, 'side')];
    const back = compare(b, a, samples, 'ttftMs', ALWAYS);
    expect(back.better).toBe('b');
    expect(back.ratio!.ratio).toBeCloseTo(1 / of(samples).ratio!.ratio, 4);
  });

  test('pairs by cycle: what both suffer at the same hour is no difference', () => {
    const busy = (provider: string, factor: number) =>
      cyclesOf(48, (cycle) => ({ providerName: provider, ttftMs: 100 * factor * (1 + (cycle % 7)) }));
    expect(of([...busy('amber', 1), ...busy('basalt', 1.01)])).toMatchObject({ better: 'a' });
  });

  test('does not pair different places or questions', () => {
    const elsewhere = noisy('basalt', 300, 'place').map((sample) => ({ ...sample, location: 'elsewhere' }));
    const other = noisy('basalt', 300, 'question').map((sample) => ({ ...sample, questionId: 'another' }));
    expect(of([...noisy('amber', 200, 'place'), ...elsewhere])).toMatchObject({ n: 0, ratio: null, better: null });
    expect(of([...noisy('amber', 200, 'place'), ...other])).toMatchObject({ n: 0, ratio: null, better: null });
  });

  test('of eleven cycles is unknown', () => {
    const found = of([...noisy('amber', 200, 'few', 11), ...noisy('basalt', 900, 'few', 11)]);
    expect(found).toMatchObject({ n: 11, ratio: null, difference: null, better: null });
  });

  test('looks at good replies only', () => {
    const failed = noisy('basalt', 300, 'bad').map(
      (sample): Sample => ({ ...sample, outcome: 'target_error', errorClass: 'truncated_reply' }),
    );
    expect(of([...noisy('amber', 200, 'bad'), ...failed]).n).toBe(0);
  });

  test('of prices has no noise: the last that both had decides', () => {
    const priced = (providerName: string, usd: (cycle: number) => number) =>
      cyclesOf(3, (cycle) => ({ providerName, priceInputUsdPerMtok: usd(cycle), priceOutputUsdPerMtok: usd(cycle) }));
    const found = of(
      [...priced('amber', () => 1), ...priced('basalt', (cycle) => [1, 1, 1.25][cycle]!)],
      'priceUsdPerMtok',
    );
    expect(found).toMatchObject({ ratio: { ratio: 1.25, low: 1.25, high: 1.25 }, better: 'a' });
    expect(found.difference!.median).toBeCloseTo(0.25, 9);
  });

  test('with a free provider has no ratio, and still a better one', () => {
    const priced = (providerName: string, usd: number) =>
      cyclesOf(3, () => ({ providerName, priceInputUsdPerMtok: usd, priceOutputUsdPerMtok: usd }));
    expect(of([...priced('amber', 1), ...priced('basalt', 0)], 'priceUsdPerMtok')).toMatchObject({
      ratio: null,
      better: 'b',
    });
  });

  test('of availability is a difference of shares, over cycles in which both were judged', () => {
    const found = of([...failing('amber', 0.8), ...failing('basalt', 0.99)], 'availability');
    expect(found).toMatchObject({ n: WEEK, ratio: null, better: 'b' });
    expect(found.difference!.low).toBeGreaterThan(0.05);
  });

  test('of availability names nobody where both failed as often', () => {
    expect(of([...failing('amber', 0.98), ...failing('basalt', 0.98)], 'availability').better).toBeNull();
    expect(of([...failing('amber', 1), ...failing('basalt', 1)], 'availability').better).toBeNull();
  });
});

function failing(provider: string, availability: number): readonly Sample[] {
  const answers = answeredSeries(`${provider} ${availability}`, WEEK, availability);
  return cyclesOf(WEEK, (cycle) => ({
    providerName: provider,
    ...(answers[cycle] ? {} : ({ outcome: 'target_error', errorClass: 'http_5xx' } as const)),
  }));
}

function ranksOf(levels: Readonly<Record<string, number>>, seed: string, cycles = WEEK) {
  const names = Object.keys(levels);
  const both = new HeadToHead(new Map(names.map((name) => [name, noisy(name, levels[name]!, seed, cycles)])));
  return ranked(names, (one, other) => both.ratio(one, other, 'ttftMs'));
}

describe('ranks', () => {
  test('are places of their own where intervals part, and shared where they do not', () => {
    const ranks = ranksOf({ dune: 1200, cobalt: 402, basalt: 400, amber: 150 }, 'places');
    expect(ranks[0]).toMatchObject({ provider: 'amber', from: 1, to: 1, behindFirst: null });
    expect(ranks.slice(1, 3).map(({ from, to }) => [from, to])).toEqual([
      [2, 3],
      [2, 3],
    ]);
    expect(ranks[3]).toMatchObject({ provider: 'dune', from: 4, to: 4 });
    expect(ranks[3]!.behindFirst!.ratio).toBeGreaterThan(6);
  });

  test('are shared by all where nobody can be compared', () => {
    const ranks = ranksOf({ amber: 100, basalt: 900 }, 'few', 5);
    expect(ranks.map(({ from, to, behindFirst }) => [from, to, behindFirst])).toEqual([
      [1, 2, null],
      [1, 2, null],
    ]);
  });

  test('name no winner within noise: of pairs that are alike, about one in twenty parts', () => {
    const worlds = 300;
    let parted = 0;
    for (let world = 0; world < worlds; world++) {
      if (ranksOf({ amber: 300, basalt: 300 }, `alike ${world}`, 144)[0]!.to === 1) parted++;
    }
    expect(parted / worlds).toBeLessThanOrEqual(0.09);
  });

  test('never contradict what is twice as slow', () => {
    for (let world = 0; world < 50; world++) {
      expect(ranksOf({ amber: 300, basalt: 600 }, `apart ${world}`)[0]).toMatchObject({ provider: 'amber', to: 1 });
    }
  });
});
