import { appendFileSync, closeSync, ftruncateSync, openSync } from 'node:fs';
import { csvHeader, csvText } from '../../domain/csv.ts';
import { DAY_MS, dayOf } from '../../domain/utc-day.ts';
import type { BatchStore, Clock } from '../../ports.ts';
import type { CsvBuffer } from '../csv-buffer.ts';
import { errorCode } from '../errors.ts';

/** Two days of a fleet come from afar, and anew each time. */
const REST_MS = 60_000;

/**
 * Cycles due today and yesterday (UTC) from all places, whatever is pushed: written anew in place, at most once a minute, while others go on.
 * A refresh returns what troubled the last writing that ended.
 */
export function createCsvBuffer(path: string, store: Pick<BatchStore, 'csvRowsOfDay'>, clock: Clock): CsvBuffer {
  let restsUntilMs = Number.NEGATIVE_INFINITY;
  let isWriting = false;
  let trouble: string | null = null;

  async function write(): Promise<void> {
    const file = openSync(path, 'a');
    try {
      ftruncateSync(file, 0);
      appendFileSync(file, csvHeader());
      for (const atMs of [clock.nowMs() - DAY_MS, clock.nowMs()]) {
        for await (const record of store.csvRowsOfDay(dayOf(atMs))) appendFileSync(file, csvText([record]));
      }
    } finally {
      closeSync(file);
    }
  }

  return {
    refresh() {
      const nowMs = clock.monotonicMs();
      if (isWriting || nowMs < restsUntilMs) return trouble;
      isWriting = true;
      restsUntilMs = nowMs + REST_MS;
      write()
        .then(
          () => null,
          (error) => `the CSV buffer cannot be written (${errorCode(error)})`,
        )
        .then((said) => {
          trouble = said;
          isWriting = false;
        });
      return trouble;
    },
  };
}
