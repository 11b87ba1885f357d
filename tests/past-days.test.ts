import { expect, test } from 'bun:test';
import { SPAN_MS } from '../src/domain/rollup.ts';
import { DAY_MS } from '../src/domain/utc-day.ts';
import { historiesOfRollups } from '../src/history.ts';
import { createPastDays } from '../src/past-days.ts';
import { openStore } from '../src/store/open-store.ts';
import { aRecord } from './support/builders.ts';
import { SetClock } from './support/set-clock.ts';
import { tempDir } from './support/temp-dir.ts';

const NOON_MS = Date.parse('2026-08-20T12:00:00.000Z');
const MODEL = 'acme/Thinker-7B';
const DAYS = 6;

const answered = (dueAtMs: number, provider: string, ttftMs: number) =>
  aRecord({
    ...{
      attemptId: `${provider} ${dueAtMs}`,
      probeId: `${provider} ${dueAtMs}`,
      modelId: MODEL,
      providerName: provider,
    },
    ...{ cycleTimestampIso: new Date(dueAtMs).toISOString(), ttftMs },
  });

test('days that are over are read once until a late row comes, and today each time; together they are what the store says', async () => {
  using folder = tempDir();
  const clock = new SetClock(NOON_MS);
  using store = openStore({ dataDir: folder.path, csvPath: `${folder.path}/buffer.csv` }, { clock });
  const sinceMs = Math.floor(NOON_MS / DAY_MS) * DAY_MS - (DAYS - 1) * DAY_MS;
  const window = { sinceMs, untilMs: sinceMs + DAYS * DAY_MS };
  await store.append(
    Array.from({ length: DAYS }, (_, day) => answered(sinceMs + day * DAY_MS, 'swiftcloud', 100 + day)),
  );
  const read: number[] = [];
  const spied = {
    rollups(query: Parameters<typeof store.rollups>[0]) {
      read.push((query.untilMs - query.sinceMs) / SPAN_MS.day);
      return store.rollups(query);
    },
  };
  let late = 0;
  const histories = createPastDays(
    spied,
    'local',
    () => clock.nowMs(),
    () => late,
  );
  const asked = () => histories(MODEL, 'ttftMs', window, 90);
  const stored = () => historiesOfRollups(store, { location: 'local', modelId: MODEL }, 'ttftMs', window, 90);

  expect(await asked()).toEqual(await stored());
  await store.append([answered(NOON_MS, 'swiftcloud', 400), answered(NOON_MS, 'newcomer', 200)]);
  expect(await asked()).toEqual(await stored());
  expect(read).toEqual([DAYS - 1, 1, 1]);

  await store.append([answered(NOON_MS - 2 * DAY_MS, 'swiftcloud', 900)]);
  late++;
  expect(await asked()).toEqual(await stored());
  await store.append([answered(NOON_MS - 3 * DAY_MS, 'swiftcloud', 900)]);
  await clock.advance(6 * 60 * 60_000);
  expect(await asked()).toEqual(await stored());
});
