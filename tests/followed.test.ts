import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import type { Sample } from '../src/domain/sample.ts';
import { createFollowed } from '../src/followed.ts';
import { createOutagesSoFar } from '../src/outages-so-far.ts';
import { createRecent } from '../src/recent.ts';
import { changePointsOf, changePointsOfShifts } from '../src/verdict/changes.ts';
import { EndpointSeries } from '../src/verdict/endpoint-series.ts';
import { OutageFinder } from '../src/verdict/outages.ts';
import { stateOf, stateOfSeries } from '../src/verdict/state.ts';
import { everyPair, INTERVAL_MS, LOCATION, samplesOf } from './support/sample-world.ts';

const PLACE = { location: LOCATION, intervalMs: INTERVAL_MS };
const ENDPOINTS = everyPair(1, 3);
const [CHANGED] = ENDPOINTS;

/** A month of three targets: one becomes slower, all of its provider is out for a while, all fail by chance. */
const aWorld = fc.record({
  seed: fc.integer().map(String),
  times: fc.constantFrom(0.6, 1, 1.4, 3),
  from: fc.integer({ min: 300, max: 900 }),
  lasts: fc.integer({ min: 20, max: 700 }),
  failures: fc.constantFrom(0, 0.02, 0.2),
});

const samplesIn = ({
  seed,
  times,
  from,
  lasts,
  failures,
}: typeof aWorld extends fc.Arbitrary<infer World> ? World : never) =>
  samplesOf({
    ...{ seed, cycles: 1200, endpoints: ENDPOINTS, failureRates: ENDPOINTS.map(() => failures) },
    changes: [{ ...CHANGED!, metric: 'ttftMs', times, from, to: from + lasts }],
    troubles: [
      {
        ...{ scope: 'provider', provider: 'provider-1', from: 500, to: 509 },
        outcome: 'target_error',
        errorClass: 'http_5xx',
      },
      { ...{ scope: 'router', from: 1195, to: 1200 }, outcome: 'target_error', errorClass: 'http_5xx' },
    ],
  });

const cuts = fc.array(fc.integer({ min: 1, max: 3600 }), { maxLength: 6 }).map((all) => all.toSorted((a, b) => a - b));
const ofProvider = (samples: readonly Sample[], provider: string) =>
  samples.filter(({ providerName }) => providerName === provider);

describe('what is followed from sample to sample', () => {
  test('is what is found when all samples are looked at once: changes and state', () => {
    fc.assert(
      fc.property(aWorld, cuts, (world, at) => {
        const samples = samplesIn(world);
        const recent = createRecent();
        const followed = createFollowed(recent);
        samples.forEach((sample, i) => {
          recent.add(sample);
          if (at.includes(i)) for (const { shifts } of followed.of(sample.modelId).values()) shifts.shifts('told');
        });
        const all = followed.of(CHANGED!.modelId);
        const context = { nowMs: samples.at(-1)!.dueAtMs, intervalMs: INTERVAL_MS, others: [], isDelisted: false };
        for (const [provider, series] of all) {
          const own = ofProvider(samples, provider);
          expect(changePointsOfShifts(series.shifts)).toEqual(changePointsOf(own));
          expect(series.shifts.shifts('told')).toEqual(new EndpointSeries(own).shifts.shifts('told'));
          expect(stateOfSeries(series, context)).toEqual(stateOf(own, context));
        }
      }),
      { numRuns: 3 },
    );
  });

  test('is looked at anew when a late sample comes between', () => {
    const samples = ofProvider(
      samplesOf({ seed: 'late', cycles: 300, endpoints: ENDPOINTS, failureRates: [0, 0, 0] }),
      CHANGED!.provider,
    );
    const recent = createRecent();
    const followed = createFollowed(recent);
    const late = samples.splice(100, 1)[0]!;
    for (const sample of samples) recent.add(sample);
    const before = followed.of(late.modelId).get(late.providerName)!;
    recent.add(late);
    const after = followed.of(late.modelId).get(late.providerName)!;
    expect(after).not.toBe(before);
    expect(after.asked).toEqual([...samples.slice(0, 100), late, ...samples.slice(100)]);
  });

  test('goes on without what came before where the samples come from another place', () => {
    const samples = ofProvider(
      samplesOf({ seed: 'moved', cycles: 40, endpoints: ENDPOINTS, failureRates: [0, 0, 0] }),
      CHANGED!.provider,
    );
    const series = new EndpointSeries(
      samples.map((sample, i) => (i < 30 ? sample : { ...sample, location: 'elsewhere' })),
    );
    expect(series.location).toBe('elsewhere');
    expect(series.asked).toHaveLength(10);
    expect(series.sinceMs).toBe(samples[30]!.dueAtMs);
  });

  test('outages judged after any cycle, or in the middle of one, are those of all samples at once', async () => {
    await fc.assert(
      fc.asyncProperty(aWorld, cuts, async (world, at) => {
        const samples = samplesIn(world);
        const soFar = createOutagesSoFar(PLACE);
        for (const end of [...at, samples.length]) {
          const seen = samples.slice(0, end);
          const nowMs = seen.at(-1)!.dueAtMs;
          const whole = new OutageFinder(PLACE);
          for (const sample of seen) whole.see(sample);
          expect(await soFar.of(seen, nowMs)).toEqual(whole.finish(nowMs));
        }
      }),
      { numRuns: 3 },
    );
  });
});
