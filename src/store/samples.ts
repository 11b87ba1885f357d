import type { Database, SQLQueryBindings } from 'bun:sqlite';
import { setImmediate } from 'node:timers/promises';
import { dataName } from '../domain/record.ts';
import { SAMPLE_COLUMNS, type Sample } from '../domain/sample.ts';
import type { SampleReader } from '../ports.ts';
import { columnsOf } from './rows.ts';

/** Samples read without a break: a few milliseconds. */
const PAGE = 500;

export function createSampleReader(db: Database): SampleReader {
  return {
    async *samples({ sinceMs, untilMs = Number.MAX_SAFE_INTEGER, modelId }) {
      // The next page begins behind the last sample of this one: no statement stays open while others work.
      const select = db.query<unknown, SQLQueryBindings>(
        `SELECT seq, cycle_timestamp_iso, ${SAMPLE_COLUMNS.map(dataName)} FROM attempts
         WHERE (cycle_timestamp_iso, seq) > ($dueAtMs, $seq) AND cycle_timestamp_iso < $untilMs
           AND model_id ${modelId === undefined ? 'IS NOT NULL' : '= $modelId'} AND provider_name IS NOT NULL
         ORDER BY cycle_timestamp_iso, seq LIMIT ${PAGE}`,
      );
      const wanted = { untilMs, ...(modelId !== undefined && { modelId }) };
      let last = { seq: 0, dueAtMs: sinceMs };
      for (;;) {
        const page = select.values({ ...last, ...wanted });
        yield page.map(sampleFrom);
        if (page.length < PAGE) return;
        last = { seq: page.at(-1)![0] as number, dueAtMs: page.at(-1)![1] as number };
        await setImmediate();
      }
    },
  };
}

function sampleFrom([, dueAtMs, ...values]: readonly unknown[]): Sample {
  return { dueAtMs, ...columnsOf(SAMPLE_COLUMNS, values) } as Sample;
}
