import { expect, test } from 'bun:test';
import { attemptsAtHand } from '../src/attempts-at-hand.ts';
import { sampleOf } from '../src/domain/sample.ts';
import { DAY_MS } from '../src/domain/utc-day.ts';
import { createPlaces } from '../src/places.ts';
import type { AttemptQuery, AttemptReader } from '../src/ports.ts';
import { sqlitePlace } from './store/sqlite-place.ts';
import { aRecord, DUE_AT_MS } from './support/builders.ts';

const INTERVAL_MS = 30 * 60_000;
const NOW_MS = DUE_AT_MS + 2 * DAY_MS;
const ENDPOINT = { modelId: 'a/1', provider: 'fast' };

test('attempts of an endpoint are found through memory as the store would find them', async () => {
  using folder = sqlitePlace();
  using store = folder.open();
  const records = Array.from({ length: 40 }, (_, i) =>
    aRecord({
      cycleTimestampIso: new Date(DUE_AT_MS + (i >> 2) * INTERVAL_MS).toISOString(),
      modelId: i % 4 === 3 ? 'a/2' : 'a/1',
      providerName: i % 4 === 2 ? 'slow' : 'fast',
      location: i % 4 === 1 ? 'elsewhere' : 'here',
      ...(i % 5 === 0 && { outcome: 'target_error', errorClass: 'http_5xx' }),
    }),
  );
  await store.append(records);
  const places = createPlaces({ store, nowMs: () => NOW_MS, intervalMs: INTERVAL_MS, location: 'here' });
  for (const record of records) places.add(sampleOf(record)!);
  let scans = 0;
  const attempts = async (query: AttemptQuery) => {
    scans++;
    return store.attempts(query);
  };
  const atHand: AttemptReader = attemptsAtHand({ ...store, attempts }, places, () => NOW_MS);

  const always = { sinceMs: DUE_AT_MS, untilMs: NOW_MS, limit: 100 };
  const third = (await store.attempts({ ...ENDPOINT, ...always }))[2]!;
  const after = { dueAtMs: Date.parse(third.cycleTimestampIso), attemptId: third.attemptId };
  for (const narrower of [
    {},
    { location: 'here' },
    { location: 'nowhere' },
    { outcome: 'target_error' as const },
    { sinceMs: DUE_AT_MS + 2 * INTERVAL_MS, untilMs: DUE_AT_MS + 5 * INTERVAL_MS },
    { after, limit: 4 },
    { limit: 1 },
  ]) {
    const query = { ...ENDPOINT, ...always, ...narrower };
    expect(await atHand.attempts(query)).toEqual(await store.attempts(query));
  }
  expect(scans).toBe(0);
  expect(await atHand.attempts({ ...ENDPOINT, ...always })).not.toHaveLength(0);

  for (const query of [
    { ...ENDPOINT, ...always, sinceMs: 0 },
    { ...always, modelId: 'a/2' },
  ])
    expect(await atHand.attempts(query)).toEqual(await store.attempts(query));
  expect(scans).toBe(2);
});
