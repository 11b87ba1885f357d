import { describe, expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AttemptRecord } from '../../src/domain/record.ts';
import { DAILY_COLUMNS } from '../../src/push/daily-columns.ts';
import { HubFailure } from '../../src/push/hub-failure.ts';
import { pushOnce } from '../../src/push/push-once.ts';
import { aRecord, aSkippedRecord } from '../support/builders.ts';
import { recordingLog } from '../support/log.ts';
import { MemoryBatches } from '../support/memory-batches.ts';
import { MemoryHub } from '../support/memory-hub.ts';
import { memoryRollups } from '../support/memory-rollups.ts';
import { queryParquet } from '../support/read-parquet.ts';
import { SetClock } from '../support/set-clock.ts';

const never = new AbortController().signal;
const AUGUST = 'daily/w1/2026-08.parquet';
const on = (day: string, overrides: Partial<AttemptRecord> = {}) =>
  aRecord({ cycleTimestampIso: `${day}T12:00:00.000Z`, ...overrides });

/** A push at 14:00 on 3 August 2026 by the writer `w1`, of these attempts' rollups; no attempt itself waits, unless it is given. */
function aPush(rolledUp: readonly AttemptRecord[], waiting: readonly AttemptRecord[] = []) {
  const clock = new SetClock('2026-08-03T14:00:00.000Z');
  const [batches, rollups, hub] = [new MemoryBatches(waiting), memoryRollups(rolledUp), new MemoryHub()];
  const parts = { batches, rollups, hub, settings: { csvFilename: null }, writer: 'w1', clock, log: recordingLog() };
  return { ...parts, push: (signal = never) => pushOnce(parts, signal) };
}

const pathsOf = (hub: MemoryHub) => hub.commits.map(({ files }) => files.map(({ path }) => path));
const daysIn = async (bytes: Uint8Array | undefined) =>
  (
    await queryParquet([bytes!], 'SELECT strftime(day, $$%Y-%m-%d$$) AS day FROM read_parquet($files) ORDER BY day')
  ).map(({ day }) => day);

describe('the rollups of a day', () => {
  test('go out once it is over, in the file of its month, and not again', async () => {
    const { hub, rollups, push } = aPush([on('2026-08-02'), on('2026-08-03')]);
    expect(await push()).toEqual({ kind: 'pushed', commits: ['https://hub.example/commit/1'], attempts: 0, finals: 0 });
    expect(pathsOf(hub)).toEqual([[AUGUST]]);
    expect(await daysIn(hub.files.get(AUGUST))).toEqual(['2026-08-02']);
    expect([...rollups.pushed]).toEqual([['2026-08-02', 'https://hub.example/commit/1']]);
    expect(await push()).toEqual({ kind: 'nothing' });
  });

  test('ride in the first commit that brings anything else', async () => {
    const { hub, push } = aPush([on('2026-08-02')], [on('2026-08-02')]);
    await push();
    expect(pathsOf(hub)).toEqual([['data/w1/2026-08/batch-1.parquet', 'csv/w1/2026-08-02.csv', AUGUST]]);
    expect(hub.commits[0]!.description).toContain(`- ${AUGUST}: the closed days of its month, renewed with 2026-08-02`);
  });

  test('are said to be what a commit brings when it brings nothing else', async () => {
    const { hub, push } = aPush([on('2026-08-01'), on('2026-08-02')]);
    await push();
    expect(hub.commits[0]!.title).toBe('Add the rollups of 2026-08-01, 2026-08-02');
  });

  test('renew the file of their month, which then holds the earlier days too', async () => {
    const { hub, push, clock } = aPush([on('2026-07-31'), on('2026-08-01'), on('2026-08-03')]);
    await push();
    const july = hub.files.get('daily/w1/2026-07.parquet');
    await clock.advance(24 * 3600 * 1000);
    await push();
    expect(pathsOf(hub)).toEqual([['daily/w1/2026-07.parquet', AUGUST], [AUGUST]]);
    expect(hub.files.get('daily/w1/2026-07.parquet')).toBe(july!);
    expect(await daysIn(hub.files.get(AUGUST))).toEqual(['2026-08-01', '2026-08-03']);
  });

  test('that landed by a commit whose answer was lost are found, and not sent again', async () => {
    const records = [on('2026-08-02')];
    const before = aPush(records);
    await before.push();
    const { hub, rollups, push } = aPush(records);
    hub.files.set(AUGUST, before.hub.files.get(AUGUST)!);
    expect(await push()).toEqual({ kind: 'pushed', commits: [], attempts: 0, finals: 0 });
    expect(hub.commits).toEqual([]);
    expect([...rollups.pushed]).toEqual([['2026-08-02', null]]);
  });

  test('stay due when the push fails', async () => {
    const { hub, rollups, push } = aPush([on('2026-08-02')]);
    hub.failNext(new HubFailure('network', 'cannot reach the Hub'));
    expect(await push()).toMatchObject({ kind: 'failed', failure: 'network' });
    expect(rollups.pushed.size).toBe(0);
    expect(await push()).toMatchObject({ kind: 'pushed' });
  });

  test('of many months leave room in a commit, and the rest goes with the next push', async () => {
    const months = ['2025-11', '2025-12', '2026-01', '2026-02', '2026-03', '2026-04', '2026-05', '2026-06'];
    const { hub, push } = aPush(months.map((month) => on(`${month}-15`)));
    await push();
    await push();
    expect(pathsOf(hub).map((paths) => paths.length)).toEqual([6, 2]);
  });
});

describe('the file of a month', () => {
  const DAY = '2026-08-02';
  const times = (n: number, of: (i: number) => AttemptRecord) => Array.from({ length: n }, (_, i) => of(i));
  const fileOf = async (...records: readonly AttemptRecord[]) => {
    const { hub, push } = aPush(records);
    await push();
    return hub.files.get(AUGUST)!;
  };
  const rowsOf = async (...records: readonly AttemptRecord[]) => queryParquet([await fileOf(...records)]);

  test('has one row a series and day, with every column, for a reader that shares nothing with us', async () => {
    const rows = await rowsOf(
      on(DAY, { ttftMs: 250 }),
      on(DAY, { providerName: 'other' }),
      on(DAY, { questionId: 'q2', location: 'paris' }),
      on('2026-08-01'),
    );
    expect(rows.map((row) => Object.keys(row))).toEqual(rows.map(() => DAILY_COLUMNS.map(({ name }) => name)));
    expect(rows.map(({ location, provider_name }) => [location, provider_name])).toEqual([
      ['local', 'swiftcloud'],
      ['local', 'other'],
      ['local', 'swiftcloud'],
      ['paris', 'swiftcloud'],
    ]);
    expect(rows[0]).toMatchObject({ day: new Date('2026-08-01'), writer: 'w1', model_id: 'acme/Thinker-7B' });
  });

  test('counts probes, attempts by outcome and class, answers, tokens and money', async () => {
    const [row] = await rowsOf(
      on(DAY, { costUsd: 0.1 }),
      on(DAY, { costUsd: 0.2, answerCorrect: false }),
      on(DAY, { outcome: 'target_error', errorClass: 'http_5xx', final: false, costUsd: null, promptTokens: null }),
      on(DAY, { attempt: 2, outcome: 'rate_limited', errorClass: 'http_429', costUsd: null }),
      aSkippedRecord({ cycleTimestampIso: `${DAY}T13:00:00.000Z`, errorClass: 'budget' }),
    );
    expect(row).toMatchObject({
      ...{ probes_due: 4n, probes_sent: 3n },
      ...{ first_ok: 2n, first_target_error: 1n, first_rate_limited: 0n, first_skipped: 1n },
      ...{ final_ok: 2n, final_target_error: 0n, final_rate_limited: 1n, final_skipped: 1n },
      ...{ all_ok: 2n, all_target_error: 1n, all_target_error_http_5xx: 1n, all_rate_limited_http_429: 1n },
      ...{ all_target_error_stall_timeout: 0n, all_skipped_budget: 1n },
      ...{ answers_correct: 1n, answers_wrong: 1n, answers_unknown: 0n },
      ...{ prompt_tokens: 60n, prompt_tokens_n: 3n, reasoning_tokens: null, reasoning_tokens_n: 0n },
      ...{ cost_usd: 0.3, cost_usd_n: 2n },
    });
  });

  test('tells percentiles where n allows, and is silent elsewhere', async () => {
    const [row] = await rowsOf(...times(40, (i) => on(DAY, { ttftMs: i + 1, tpotMs: i < 4 ? 50 : null, e2eMs: null })));
    expect(row).toMatchObject({
      ttft_n: 40n,
      ttft_p99_ms: null,
      tpot_n: 4n,
      tpot_p50_ms: null,
      e2e_n: 0n,
      e2e_histogram: null,
    });
    for (const [column, exact] of [
      ['ttft_p50_ms', 20],
      ['ttft_p90_ms', 36],
      ['ttft_p95_ms', 38],
    ] as const) {
      expect(Math.abs(Number(row![column]) / exact - 1)).toBeLessThan(0.01);
    }
  });

  test('holds histograms that a reader can decode by the table in the specification', async () => {
    const [row] = await rowsOf(...times(300, (i) => on(DAY, { ttftMs: i % 3 === 0 ? 0 : 100 + (i % 3) * 100 })));
    const counts = decoded(row!.ttft_histogram as Uint8Array);
    expect([...counts.values()]).toEqual([100, 100, 100]);
    const [zero, ...told] = [...counts.keys()];
    expect(zero).toBe(0);
    for (const [i, exact] of [200, 300].entries()) expect(Math.abs(told[i]! / exact - 1)).toBeLessThan(0.01);
  });

  test('is the same bytes from the same rollups', async () => {
    const records = times(50, (i) => on(DAY, { providerName: `p${i % 7}`, ttftMs: i * 3.7 }));
    expect(await fileOf(...records)).toEqual(await fileOf(...records.toReversed()));
  });

  test('has every column that the specification names', () => {
    const spec = readFileSync(join(import.meta.dir, '../../spec.md'), 'utf8');
    const [, section = ''] = spec.split(/^##+ (?:The columns of `daily\/`|8\. )/m);
    const named = new RegExp(
      [...section.matchAll(/`([a-z0-9<>_]+)`/g)].map(([, name]) => `^${name!.replace(/<\w+>/g, '\\w+')}$`).join('|'),
    );
    expect(section).not.toBe('');
    expect(DAILY_COLUMNS.map(({ name }) => name).filter((name) => !named.test(name))).toEqual([]);
  });
});

/** Length → count, as spec.md tells a reader to decode it. */
function decoded(bytes: Uint8Array): Map<number, number> {
  const numbers: number[] = [];
  let [value, shift] = [0, 0];
  for (const byte of bytes.slice(1)) {
    value += (byte % 128) * 2 ** shift;
    shift += 7;
    if (byte < 128) {
      numbers.push(value);
      [value, shift] = [0, 0];
    }
  }
  expect(bytes[0]).toBe(1);
  const [zeros, first, ...rest] = numbers as [number, number, ...number[]];
  let bucket = first % 2 === 0 ? first / 2 : -(first + 1) / 2;
  const counts = new Map([[0, zeros]]);
  for (const [i, number] of rest.entries()) {
    if (i % 2 === 0) counts.set((2 * 1.02 ** bucket) / 2.02, number);
    else bucket += number;
  }
  return counts;
}
