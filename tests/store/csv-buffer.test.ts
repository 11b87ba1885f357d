import { describe, expect, test } from 'bun:test';
import { appendFileSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { csvHeader, csvText } from '../../src/domain/csv.ts';
import type { AttemptRecord } from '../../src/domain/record.ts';
import { openStore } from '../../src/store/open-store.ts';
import { aRecord, aSkippedRecord } from '../support/builders.ts';
import { parseCsv } from '../support/csv.ts';
import { HOSTILE_TEXTS } from '../support/hostile-texts.ts';
import { SetClock } from '../support/set-clock.ts';
import { sqlitePlace } from './sqlite-place.ts';

const HOUR_MS = 3_600_000;
const csvOf = (...records: readonly AttemptRecord[]) => csvHeader() + csvText(records);
const [first, second, third] = ['a/1', 'a/2', 'a/3'].map((modelId) => aRecord({ modelId })) as [
  AttemptRecord,
  AttemptRecord,
  AttemptRecord,
];

describe('the CSV buffer', () => {
  test('holds its header from the start', () => {
    using place = sqlitePlace();
    using store = place.open();
    expect(store.csvBuffer('unpushed').refresh()).toBeNull();
    expect(readFileSync(place.settings.csvPath, 'utf8')).toBe(csvOf());
  });

  test('follows the store row by row; what is no CSV row is not in it', async () => {
    using place = sqlitePlace();
    using store = place.open();
    const buffer = store.csvBuffer('unpushed');
    const states: string[] = [];
    for (const record of [
      first,
      aSkippedRecord({ modelId: 'a/9' }),
      { ...aRecord({ modelId: 'a/8' }), final: false },
      second,
    ]) {
      await store.append([record]);
      buffer.refresh();
      states.push(readFileSync(place.settings.csvPath, 'utf8'));
    }
    expect(states).toEqual([csvOf(first), csvOf(first), csvOf(first), csvOf(first, second)]);
  });

  test('is written anew from the store at the start, whatever it held', async () => {
    using place = sqlitePlace();
    {
      using store = place.open();
      await store.append([first]);
    }
    writeFileSync(place.settings.csvPath, `${csvOf(second)}a torn li`);
    using store = place.open();
    store.csvBuffer('unpushed').refresh();
    expect(readFileSync(place.settings.csvPath, 'utf8')).toBe(csvOf(first));
  });

  test('after a push holds its header and what came meanwhile, in the same file, so that `tail -f` lives on', async () => {
    using place = sqlitePlace();
    using store = place.open();
    const buffer = store.csvBuffer('unpushed');
    await store.append([first]);
    buffer.refresh();
    const { ino } = statSync(place.settings.csvPath);
    const [batch] = await store.seal(0);
    await store.append([second]);
    buffer.refresh();
    await store.pushed([batch!.name], [], null, 0);
    await store.append([third]);
    buffer.refresh();
    expect(readFileSync(place.settings.csvPath, 'utf8')).toBe(csvOf(second, third));
    expect(statSync(place.settings.csvPath).ino).toBe(ino);
  });

  test('keeps the rows of a batch whose push failed', async () => {
    using place = sqlitePlace();
    using store = place.open();
    await store.append([first]);
    await store.seal(0);
    await store.append([second]);
    store.csvBuffer('unpushed').refresh();
    expect(readFileSync(place.settings.csvPath, 'utf8')).toBe(csvOf(first, second));
  });

  test('without pushes holds the cycles of today and yesterday, and drops a day at midnight', async () => {
    const clock = new SetClock('2026-08-03T22:00:00.000Z');
    using place = sqlitePlace(clock);
    using store = place.open();
    const buffer = store.csvBuffer('last-two-days');
    const days = ['2026-08-01T23:59', '2026-08-02T00:00', '2026-08-03T21:30'].map((due) =>
      aRecord({ cycleTimestampIso: `${due}:00.000Z` }),
    );
    await store.append(days);
    buffer.refresh();
    expect(readFileSync(place.settings.csvPath, 'utf8')).toBe(csvOf(days[1]!, days[2]!));

    await clock.advance(3 * HOUR_MS);
    const today = aRecord({ cycleTimestampIso: '2026-08-04T00:30:00.000Z' });
    await store.append([today]);
    buffer.refresh();
    expect(readFileSync(place.settings.csvPath, 'utf8')).toBe(csvOf(days[2]!, today));
  });

  test('without pushes and without cycles in two days holds its header', async () => {
    using place = sqlitePlace(new SetClock('2026-08-09T00:00:00.000Z'));
    using store = place.open();
    await store.append([first]);
    store.csvBuffer('last-two-days').refresh();
    expect(readFileSync(place.settings.csvPath, 'utf8')).toBe(csvOf());
  });

  test('a buffer that somebody changed or deleted is written anew at the next row', async () => {
    using place = sqlitePlace();
    using store = place.open();
    const buffer = store.csvBuffer('unpushed');
    await store.append([first]);
    buffer.refresh();
    appendFileSync(place.settings.csvPath, 'a note\n');
    await store.append([second]);
    buffer.refresh();
    expect(readFileSync(place.settings.csvPath, 'utf8')).toBe(csvOf(first, second));
    rmSync(place.settings.csvPath);
    buffer.refresh();
    expect(readFileSync(place.settings.csvPath, 'utf8')).toBe(csvOf(first, second));
  });

  test('a buffer that cannot be written is said, hurts nothing, and catches up once it can', async () => {
    using place = sqlitePlace();
    const csvPath = join(place.settings.dataDir, 'missing', 'buffer.csv');
    using store = openStore({ ...place.settings, csvPath }, { clock: new SetClock() });
    const buffer = store.csvBuffer('unpushed');
    await store.append([first]);
    expect(buffer.refresh()).toBe('the CSV buffer cannot be written (ENOENT)');
    await store.append([second]);
    mkdirSync(dirname(csvPath));
    expect(buffer.refresh()).toBeNull();
    expect(readFileSync(csvPath, 'utf8')).toBe(csvOf(first, second));
  });

  test('gives hostile values back as they were, field by field', async () => {
    using place = sqlitePlace();
    using store = place.open();
    await store.append(
      HOSTILE_TEXTS.map((text, i) =>
        aRecord({ attemptId: `a${i}`, probeId: `p${i}`, modelId: text, responseBodyRaw: text, errorMessage: text }),
      ),
    );
    store.csvBuffer('unpushed').refresh();
    const [header, ...rows] = parseCsv(readFileSync(place.settings.csvPath, 'utf8'));
    expect(rows.every((row) => row.length === header!.length)).toBe(true);
    for (const name of ['model_id', 'response_body_raw', 'error_message']) {
      expect(rows.map((row) => row[header!.indexOf(name)])).toEqual([...HOSTILE_TEXTS]);
    }
  });

  test('more rows than fit into one write are all in it, once', async () => {
    using place = sqlitePlace();
    using store = place.open();
    const many = Array.from({ length: 1_234 }, (_, i) => aRecord({ modelId: `acme/${i}` }));
    await store.append(many);
    store.csvBuffer('unpushed').refresh();
    expect(readFileSync(place.settings.csvPath, 'utf8')).toBe(csvOf(...many));
  });
});
