import { expect, test } from 'bun:test';
import type { Sample } from '../src/domain/sample.ts';
import { sampleOf } from '../src/domain/sample.ts';
import { DAY_MS } from '../src/domain/utc-day.ts';
import { createRecent, fillRecent, RECENT_MS } from '../src/recent.ts';
import { aRecord, DUE_AT_MS } from './support/builders.ts';

const HOUR_MS = 3_600_000;
const at = (dueAtMs: number, modelId = 'a/1'): Sample =>
  sampleOf(aRecord({ cycleTimestampIso: new Date(dueAtMs).toISOString(), modelId }))!;

test('samples are kept by model, oldest first, though a late one comes after a newer one', () => {
  const recent = createRecent();
  for (const sample of [at(3), at(1), at(2), at(5, 'a/2')]) recent.add(sample);
  expect(recent.of('a/1').map(({ dueAtMs }) => dueAtMs)).toEqual([1, 2, 3]);
  expect(recent.models()).toEqual(['a/1', 'a/2']);
  expect(recent.all().map(({ dueAtMs }) => dueAtMs)).toEqual([1, 2, 3, 5]);
  expect(recent.of('a/3')).toEqual([]);
  expect(recent.since(3).map(({ dueAtMs }) => dueAtMs)).toEqual([3, 5]);
});

test('a new sample of one model is no news of another', () => {
  const recent = createRecent();
  recent.add(at(1));
  const before = recent.revisionOf('a/1');
  recent.add(at(1, 'a/2'));
  expect(recent.revisionOf('a/1')).toBe(before);
  expect(recent.revision()).toBeGreaterThan(before);
});

test('what is older than thirty days goes, a day at a time', () => {
  const recent = createRecent();
  for (let hour = 0; hour <= (RECENT_MS + 2 * DAY_MS) / HOUR_MS; hour++) recent.add(at(DUE_AT_MS + hour * HOUR_MS));
  const kept = recent.of('a/1');
  const spanMs = kept.at(-1)!.dueAtMs - kept[0]!.dueAtMs;
  expect(spanMs).toBeGreaterThanOrEqual(RECENT_MS);
  expect(spanMs).toBeLessThanOrEqual(RECENT_MS + DAY_MS);
});

test('after a start they are those of the store, and later what has come to it since', async () => {
  const recent = createRecent();
  const asked: number[] = [];
  const store = {
    async *samples({ sinceMs }: { sinceMs: number }) {
      asked.push(sinceMs);
      yield [at(DUE_AT_MS - HOUR_MS)];
      yield [at(DUE_AT_MS)];
      if (asked.length === 2) yield [at(DUE_AT_MS + HOUR_MS)];
    },
  };
  await fillRecent(recent, store, DUE_AT_MS);
  expect(asked).toEqual([DUE_AT_MS - RECENT_MS]);
  expect(recent.of('a/1')).toHaveLength(2);

  await fillRecent(recent, store, DUE_AT_MS + HOUR_MS);
  expect(asked[1]).toBe(DUE_AT_MS - 6 * HOUR_MS);
  expect(recent.of('a/1')).toHaveLength(3);
});
