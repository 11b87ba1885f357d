import { describe, expect, test } from 'bun:test';
import type { AttemptRecord } from '../../src/domain/record.ts';
import { LATENCY_NAMES, RollupSum, SPAN_MS, type Span } from '../../src/domain/rollup.ts';
import type { AttemptStore, BucketRollup, RollupReader } from '../../src/ports.ts';
import { aRecord, DUE_AT_MS } from '../support/builders.ts';
import type { Place } from './place.ts';

const HOUR_MS = SPAN_MS.hour;
const EVER = { sinceMs: 0, untilMs: Number.MAX_SAFE_INTEGER, latencies: LATENCY_NAMES } as const;

/** DUE_AT_MS is noon; this is so many hours after it. */
const dueAfter = (hours: number, overrides: Partial<AttemptRecord> = {}) =>
  aRecord({ cycleTimestampIso: new Date(DUE_AT_MS + hours * HOUR_MS).toISOString(), ...overrides });

const names = (buckets: readonly BucketRollup[]) =>
  buckets.map(({ atMs, series, tallies }) => `${(atMs - DUE_AT_MS) / HOUR_MS} ${series.modelId} ${tallies.ok?.all}`);

async function bucketsIn(
  store: RollupReader,
  query: { span: Span } & Partial<Parameters<RollupReader['rollups']>[0]>,
): Promise<readonly BucketRollup[]> {
  return (await Array.fromAsync(store.rollups({ ...EVER, ...query }))).flat();
}

export function describeRollupReader(name: string, newPlace: () => Promise<Place<AttemptStore & RollupReader>>): void {
  describe(`${name} as a rollup reader`, () => {
    test('has no bucket where nothing was asked', async () => {
      await using place = await newPlace();
      await using store = await place.open();
      expect(await bucketsIn(store, { span: 'hour' })).toEqual([]);
    });

    test('puts an attempt into the hour and the day in which its cycle was due, oldest first', async () => {
      await using place = await newPlace();
      await using store = await place.open();
      await store.append([dueAfter(0.5), dueAfter(1), dueAfter(-1), dueAfter(0.75, { providerName: 'other' })]);
      await store.append([dueAfter(0.9), dueAfter(12)]);
      const ofThinker = (buckets: readonly BucketRollup[]) =>
        names(buckets.filter(({ series }) => series.provider === 'swiftcloud'));
      expect(ofThinker(await bucketsIn(store, { span: 'hour' }))).toEqual([
        '-1 acme/Thinker-7B 1',
        '0 acme/Thinker-7B 2',
        '1 acme/Thinker-7B 1',
        '12 acme/Thinker-7B 1',
      ]);
      expect(ofThinker(await bucketsIn(store, { span: 'day' }))).toEqual([
        '-12 acme/Thinker-7B 4',
        '12 acme/Thinker-7B 1',
      ]);
    });

    test('keeps places, targets and questions apart', async () => {
      await using place = await newPlace();
      await using store = await place.open();
      const others = [{ location: 'paris' }, { modelId: 'a/1' }, { providerName: 'other' }, { questionId: 'q2' }];
      await store.append([
        aRecord(),
        ...others.map((other, i) => aRecord({ ...other, probeId: `p${i}`, attemptId: `a${i}` })),
      ]);
      const days = await bucketsIn(store, { span: 'day' });
      expect(days.map(({ tallies }) => tallies.ok?.all)).toEqual([1, 1, 1, 1, 1]);
      expect(new Set(days.map(({ series }) => series)).size).toBe(5);
    });

    test('tells all that a rollup holds of the attempts, also after a restart', async () => {
      await using place = await newPlace();
      const records = [
        dueAfter(0, { final: false, outcome: 'target_error', errorClass: 'http_5xx', completionTokens: null }),
        dueAfter(0, { attempt: 2, costUsd: 1e-9, answerCorrect: false }),
      ];
      {
        await using store = await place.open();
        for (const record of records) await store.append([record]);
      }
      await using store = await place.open();
      const sum = new RollupSum();
      for (const record of records) sum.add(record);
      const [day] = await bucketsIn(store, { span: 'day' });
      expect(day).toEqual({ atMs: DUE_AT_MS - 12 * HOUR_MS, series: expect.anything(), ...sum.rollup() });
    });

    test('brings the histograms that were asked for', async () => {
      await using place = await newPlace();
      await using store = await place.open();
      await store.append([aRecord({ tpotMs: null })]);
      const [hour] = await bucketsIn(store, { span: 'hour', latencies: ['e2eMs', 'tpotMs'] });
      expect(Object.keys(hour!.histograms)).toEqual(['e2eMs']);
    });

    test('reads those of one model', async () => {
      await using place = await newPlace();
      await using store = await place.open();
      await store.append([
        aRecord(),
        aRecord({ modelId: 'a/1', probeId: 'p1', attemptId: 'a1' }),
        dueAfter(24, { modelId: 'a/1', probeId: 'p2', attemptId: 'a2' }),
      ]);
      expect(names(await bucketsIn(store, { span: 'day', modelId: 'a/1' }))).toEqual(['-12 a/1 1', '12 a/1 1']);
      expect(await bucketsIn(store, { span: 'day', modelId: 'a/2' })).toEqual([]);
    });

    test('reads the buckets that begin from `sinceMs` on and before `untilMs`', async () => {
      await using place = await newPlace();
      await using store = await place.open();
      await store.append([0, 1, 2, 3].map((hours) => dueAfter(hours)));
      const range = { sinceMs: DUE_AT_MS + HOUR_MS, untilMs: DUE_AT_MS + 3 * HOUR_MS };
      expect(names(await bucketsIn(store, { span: 'hour', ...range }))).toEqual([
        '1 acme/Thinker-7B 1',
        '2 acme/Thinker-7B 1',
      ]);
    });

    test('does not count an attempt that is already there, nor what the store refused', async () => {
      await using place = await newPlace();
      await using store = await place.open();
      await store.append([aRecord()]);
      await store.append([aRecord({ ttftMs: 9 }), aRecord({ modelId: 'a/1' })]);
      const calls = [
        store.append([aRecord({ modelId: 'a/2' }), aRecord({ attempt: 2 })]), // a second final attempt
        store.append([aRecord({ modelId: 'a/3' })]),
      ];
      await Promise.allSettled(calls);
      expect(names(await bucketsIn(store, { span: 'hour' }))).toEqual(['0 acme/Thinker-7B 1', '0 a/1 1', '0 a/3 1']);
    });

    test('counts standard probes of targets only', async () => {
      await using place = await newPlace();
      await using store = await place.open();
      await store.append([aRecord({ probeKind: 'confirm' }), aRecord({ modelId: null, providerName: null })]);
      expect(await bucketsIn(store, { span: 'hour' })).toEqual([]);
    });

    test('gives others a turn between two pages, and reads every bucket once while they append', async () => {
      await using place = await newPlace();
      await using store = await place.open();
      await store.append(Array.from({ length: 900 }, (_, i) => dueAfter(i % 3, { modelId: `a/${i}` })));
      let turns = 0;
      const timer = setInterval(() => turns++, 0);
      const read: string[] = [];
      for await (const page of store.rollups({ span: 'hour', ...EVER })) {
        read.push(...names(page));
        await store.append([dueAfter(-1, { modelId: `b/${read.length}` })]);
      }
      clearInterval(timer);
      expect(read).toHaveLength(900);
      expect(new Set(read).size).toBe(900);
      expect(turns).toBeGreaterThan(0);
    });
  });
}
