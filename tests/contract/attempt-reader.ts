import { describe, expect, test } from 'bun:test';
import type { AttemptReader, AttemptStore } from '../../src/ports.ts';
import { aRecord, DUE_AT_MS } from '../support/builders.ts';
import type { Place } from './place.ts';

const at = (minutes: number) => ({ cycleTimestampIso: new Date(DUE_AT_MS + minutes * 60_000).toISOString() });
const always = { sinceMs: 0, untilMs: Number.MAX_SAFE_INTEGER, limit: 100 };

export function describeAttemptReader(
  name: string,
  newPlace: () => Promise<Place<AttemptReader & AttemptStore>>,
): void {
  describe(`${name} as an attempt reader`, () => {
    test('gives one attempt whole, with its texts and every moment', async () => {
      await using place = await newPlace();
      await using store = await place.open();
      const record = aRecord({ responseBodyRaw: 'what came\n"as it came"' });
      await store.append([record]);
      expect(await store.attempt(record.attemptId)).toEqual(record);
      expect(await store.attempt('another')).toBeNull();
    });

    test('tells how many there are, and of which stretch of time', async () => {
      await using place = await newPlace();
      await using store = await place.open();
      expect(await store.extent()).toEqual({ attempts: 0, firstDueAtMs: null, lastDueAtMs: null });
      await store.append([aRecord(at(30)), aRecord(at(0))]);
      expect(await store.extent()).toEqual({
        attempts: 2,
        firstDueAtMs: DUE_AT_MS,
        lastDueAtMs: DUE_AT_MS + 30 * 60_000,
      });
    });

    test('lists attempts newest first, without large texts', async () => {
      await using place = await newPlace();
      await using store = await place.open();
      const [early, late] = [aRecord(at(0)), aRecord(at(30))];
      await store.append([early, late]);
      const { requestBody, requestHeadersSanitized, responseBodyRaw, responseHeadersSanitized, ...rest } = late;
      const { answerText, chunkAtMs, ...summary } = rest;
      const listed = await store.attempts(always);
      expect(listed[0]).toEqual(summary);
      expect(listed.map(({ attemptId }) => attemptId)).toEqual([late.attemptId, early.attemptId]);
    });

    test('takes those of a stretch of time, a model, a provider, an outcome', async () => {
      await using place = await newPlace();
      await using store = await place.open();
      const failed = { outcome: 'target_error', errorClass: 'http_5xx' } as const;
      await store.append([
        aRecord({ ...at(0), modelId: 'a/1', providerName: 'fast' }),
        aRecord({ ...at(1), modelId: 'a/1', providerName: 'slow' }),
        aRecord({ ...at(2), modelId: 'a/2', providerName: 'slow', ...failed }),
      ]);
      const found = async (query: Partial<Parameters<AttemptReader['attempts']>[0]>) =>
        (await store.attempts({ ...always, ...query })).map(
          ({ modelId, providerName }) => `${modelId} ${providerName}`,
        );
      expect(await found({ modelId: 'a/1' })).toEqual(['a/1 slow', 'a/1 fast']);
      expect(await found({ provider: 'slow' })).toEqual(['a/2 slow', 'a/1 slow']);
      expect(await found({ outcome: 'target_error' })).toEqual(['a/2 slow']);
      expect(await found({ sinceMs: DUE_AT_MS + 60_000, untilMs: DUE_AT_MS + 120_000 })).toEqual(['a/1 slow']);
    });

    test('pages on from the last one, each attempt once, also within one cycle', async () => {
      await using place = await newPlace();
      await using store = await place.open();
      await store.append(Array.from({ length: 7 }, (_, i) => aRecord({ ...at(i % 2), modelId: `a/${i}` })));
      const seen: string[] = [];
      let after: { readonly dueAtMs: number; readonly attemptId: string } | undefined;
      for (;;) {
        const page = await store.attempts({ ...always, limit: 2, ...(after && { after }) });
        if (page.length === 0) break;
        seen.push(...page.map(({ attemptId }) => attemptId));
        const last = page.at(-1)!;
        after = { dueAtMs: Date.parse(last.cycleTimestampIso), attemptId: last.attemptId };
      }
      expect(seen).toHaveLength(7);
      expect(new Set(seen).size).toBe(7);
    });
  });
}
