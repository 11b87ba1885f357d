import { describe, expect, test } from 'bun:test';
import { type AttemptRecord, COLUMN_NAMES, COLUMNS } from '../../src/domain/record.ts';
import type { AttemptStore, RecordReader } from '../../src/ports.ts';
import { aRecord, aSkippedRecord, aTarget } from '../support/builders.ts';
import { HOSTILE_TEXTS } from '../support/hostile-texts.ts';
import type { Place } from './place.ts';

/** @param keepsNul otherwise U+FFFD stands for it in metrics */
export function describeAttemptStore(
  name: string,
  newPlace: () => Promise<Place<AttemptStore & RecordReader>>,
  keepsNul = true,
): void {
  const asKept = (record: AttemptRecord): AttemptRecord => {
    if (keepsNul) return record;
    const texts = COLUMN_NAMES.filter((name) => COLUMNS[name].kind === 'text' && !COLUMNS[name].body);
    const kept = texts.map((name) => [name, (record[name] as string | null)?.replaceAll('\0', '\ufffd') ?? null]);
    return { ...record, ...(Object.fromEntries(kept) as Partial<AttemptRecord>) };
  };

  describe(`${name} as an attempt store`, () => {
    test('returns a full record as it was given, also after a restart', async () => {
      await using place = await newPlace();
      const full = withoutNulls();
      {
        await using store = await place.open();
        await store.append([full]);
      }
      await using store = await place.open();
      expect(await Array.fromAsync(store.read())).toEqual([full]);
    });

    test('returns null for every column that is unknown', async () => {
      await using place = await newPlace();
      await using store = await place.open();
      const bare = aSkippedRecord({ modelId: null, providerName: null, providerModelId: null });
      await store.append([bare]);
      expect(await Array.fromAsync(store.read())).toEqual([bare]);
    });

    test('keeps empty lists, long lists and fractions exactly', async () => {
      await using place = await newPlace();
      await using store = await place.open();
      const records = [
        aRecord({ modelId: 'a/0', chunkAtMs: [], conformance: [] }),
        aRecord({ modelId: 'a/1', chunkAtMs: Array.from({ length: 4096 }, (_, i) => 300.001 + i * 0.1) }),
        aRecord({ modelId: 'a/2', costUsd: 5e-324, e2eTps: 1.7976931348623157e308, completionTokens: 2 ** 53 - 1 }),
      ];
      await store.append(records);
      expect(await Array.fromAsync(store.read())).toEqual(records);
    });

    test('keeps hostile text in every text column', async () => {
      await using place = await newPlace();
      await using store = await place.open();
      const records = HOSTILE_TEXTS.map((text, i) =>
        aRecord({ ...everyFreeText(text), attemptId: `attempt-${i}`, probeId: `probe-${i}` }),
      );
      await store.append(records);
      expect(await Array.fromAsync(store.read())).toEqual(records.map(asKept));
    });

    test('writes a lone surrogate as the replacement character in every text column', async () => {
      await using place = await newPlace();
      await using store = await place.open();
      await store.append([aRecord(everyFreeText('torn \ud83d emoji'))]);
      expect(await Array.fromAsync(store.read())).toEqual([aRecord(everyFreeText('torn \ufffd emoji'))]);
    });

    test('takes a number that is none, and a count that no computer counts, as unknown', async () => {
      await using place = await newPlace();
      await using store = await place.open();
      await store.append([
        aRecord({ costUsd: Number.NaN, e2eTps: Infinity, completionTokens: 1e300, promptTokens: 12.5 }),
      ]);
      const [record] = await Array.fromAsync(store.read());
      expect(record).toMatchObject({ costUsd: null, e2eTps: null, completionTokens: null, promptTokens: null });
    });

    test('ignores an attempt that is already there', async () => {
      await using place = await newPlace();
      await using store = await place.open();
      await store.append([aRecord({ errorMessage: 'first' })]);
      await store.append([aRecord({ errorMessage: 'second' }), aRecord({ modelId: 'acme/Other' })]);
      expect((await Array.fromAsync(store.read())).map(({ modelId, errorMessage }) => [modelId, errorMessage])).toEqual(
        [
          ['acme/Thinker-7B', 'first'],
          ['acme/Other', ''],
        ],
      );
    });

    test('takes an empty append', async () => {
      await using place = await newPlace();
      await using store = await place.open();
      await store.append([]);
      expect(await Array.fromAsync(store.read())).toEqual([]);
    });

    test('refuses a second final attempt of a probe, and stores nothing of that call', async () => {
      await using place = await newPlace();
      await using store = await place.open();
      await store.append([aRecord({ attempt: 1 })]);
      const call = store.append([aRecord({ modelId: 'acme/Other' }), aRecord({ attempt: 2 })]);
      await expect(call).rejects.toThrow();
      expect(await Array.fromAsync(store.read())).toEqual([aRecord({ attempt: 1 })]);
    });

    test('a call that fails does not fail those that arrived with it', async () => {
      await using place = await newPlace();
      await using store = await place.open();
      const calls = [
        store.append([aRecord({ attempt: 1 })]),
        store.append([aRecord({ attempt: 2 })]), // a second final of the same probe
        store.append([{ ...aRecord({ modelId: 'acme/Broken' }), cycleTimestampIso: 'yesterday' }]),
        store.append([aRecord({ modelId: 'acme/Other' })]),
      ].map((call) =>
        call.then(
          () => 'stored',
          () => 'refused',
        ),
      );
      expect(await Promise.all(calls)).toEqual(['stored', 'refused', 'refused', 'stored']);
      expect(await Array.fromAsync(store.read())).toEqual([
        aRecord({ attempt: 1 }),
        aRecord({ modelId: 'acme/Other' }),
      ]);
    });

    test('commits what still waits when it is closed', async () => {
      await using place = await newPlace();
      let acknowledged: Promise<void>;
      {
        await using store = await place.open();
        acknowledged = store.append([aRecord()]);
      }
      await acknowledged;
      await using store = await place.open();
      expect(await Array.fromAsync(store.read())).toEqual([aRecord()]);
    });
  });
}

/** Texts that are neither ids nor closed words. */
function everyFreeText(text: string): Partial<AttemptRecord> {
  const fixed = new Set([
    'cycleId',
    'probeId',
    'attemptId',
    'outcome',
    'errorClass',
    'errorPhase',
    'writer',
    'location',
    'probeKind',
  ]);
  const names = COLUMN_NAMES.filter((name) => COLUMNS[name].kind === 'text' && !fixed.has(name));
  return {
    ...Object.fromEntries(names.map((name) => [name, text])),
    conformance: [text, text],
    ...{ cycleId: 'cycle', probeId: 'probe', attemptId: 'attempt' },
  };
}

function withoutNulls(): AttemptRecord {
  const record = aRecord({
    ...aTarget(),
    reasoningTokens: 3,
    cachedTokens: 4,
    errorClass: 'http_5xx',
    errorPhase: 'stream',
    conformance: ['no_usage', 'no_done'],
    instrumentErrorP99Ms: 0.25,
    repeatedShare: 0.25,
    feature: 'seed',
    featureWorks: true,
    answerCorrect: false,
  });
  const known = Object.fromEntries(COLUMN_NAMES.map((name) => [name, record[name]])) as AttemptRecord;
  expect(Object.values(known)).not.toContain(null);
  return known;
}
