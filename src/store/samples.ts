import { setImmediate } from 'node:timers/promises';
import { dataName } from '../domain/record.ts';
import { SAMPLE_COLUMNS, type Sample } from '../domain/sample.ts';
import type { SampleReader } from '../ports.ts';
import { columnsOf } from './rows.ts';
import type { Select } from './select.ts';

/** Samples read without a break: a few milliseconds. */
const PAGE = 500;

export function createSampleReader(select: Select): SampleReader {
  return {
    async *samples({ sinceMs, untilMs = Number.MAX_SAFE_INTEGER, modelId }) {
      // The next page begins behind the last sample of this one: no statement stays open while others work.
      const page = `SELECT seq, cycle_timestamp_iso, ${SAMPLE_COLUMNS.map(dataName)} FROM attempts
        WHERE (cycle_timestamp_iso, seq) > ($dueAtMs, $seq) AND cycle_timestamp_iso < $untilMs
          AND model_id ${modelId === undefined ? 'IS NOT NULL' : '= $modelId'} AND provider_name IS NOT NULL
        ORDER BY cycle_timestamp_iso, seq LIMIT ${PAGE}`;
      const wanted = { untilMs, ...(modelId !== undefined && { modelId }) };
      let last = { seq: 0, dueAtMs: sinceMs };
      for (;;) {
        const rows = await select(page, { ...last, ...wanted });
        yield rows.map(sampleFrom);
        if (rows.length < PAGE) return;
        last = { seq: rows.at(-1)![0] as number, dueAtMs: rows.at(-1)![1] as number };
        await setImmediate();
      }
    },
  };
}

function sampleFrom([, dueAtMs, ...values]: readonly unknown[]): Sample {
  return { dueAtMs, ...columnsOf(SAMPLE_COLUMNS, values) } as Sample;
}
