import { type AttemptRecord, isCsvRow } from '../../src/domain/record.ts';
import type { Batch } from '../../src/domain/types.ts';
import type { BatchStore } from '../../src/ports.ts';

/** The queue to the dataset as a plain list; small batches on demand. */
export class MemoryBatches implements BatchStore {
  /** Batch or day → URL of the commit that brought it, null where its answer was lost. */
  readonly landed = new Map<string, string | null>();
  #records: AttemptRecord[] = [];
  #batches: { batch: Batch; readonly records: readonly AttemptRecord[] }[] = [];
  #sealedCount = 0;
  readonly #recordsPerBatch: number;

  constructor(records: readonly AttemptRecord[] = [], { recordsPerBatch = 10_000 } = {}) {
    this.#recordsPerBatch = recordsPerBatch;
    this.add(...records);
  }

  add(...records: readonly AttemptRecord[]): void {
    this.#records.push(...records);
  }

  async seal(nowMs: number): Promise<readonly Batch[]> {
    while (this.#sealedCount < this.#records.length) {
      const records = this.#records.slice(this.#sealedCount, this.#sealedCount + this.#recordsPerBatch);
      this.#sealedCount += records.length;
      const cycles = records.map(({ cycleTimestampIso }) => Date.parse(cycleTimestampIso));
      const batch: Batch = {
        name: `batch-${this.#batches.length + 1}`,
        sealedAtMs: nowMs,
        attempts: records.length,
        finals: records.filter(({ final }) => final).length,
        firstCycleAtMs: Math.min(...cycles),
        lastCycleAtMs: Math.max(...cycles),
        sha256: null,
      };
      this.#batches.push({ batch, records });
    }
    return this.#batches.map(({ batch }) => batch).filter(({ name }) => !this.landed.has(name));
  }

  async *recordsOf(batchName: string): AsyncGenerator<AttemptRecord> {
    yield* this.#batches.find(({ batch }) => batch.name === batchName)!.records;
  }

  async built(batchName: string, sha256: string): Promise<void> {
    const entry = this.#batches.find(({ batch }) => batch.name === batchName)!;
    entry.batch = { ...entry.batch, sha256 };
  }

  builtOf(batchName: string): string | null {
    return this.#batches.find(({ batch }) => batch.name === batchName)!.batch.sha256;
  }

  /** As when somebody deletes a row past the program. */
  lose(batchName: string): void {
    const at = this.#batches.findIndex(({ batch }) => batch.name === batchName);
    const { batch, records } = this.#batches[at]!;
    this.#batches[at] = { batch, records: records.slice(1) };
  }

  async pushed(batchNames: readonly string[], days: readonly string[], commitUrl: string | null): Promise<void> {
    for (const name of [...batchNames, ...days]) if (!this.landed.has(name)) this.landed.set(name, commitUrl);
  }

  async today(nowMs: number): Promise<string> {
    return new Date(nowMs).toISOString().slice(0, 10);
  }

  async daysToWrite(today: string): Promise<readonly string[]> {
    const days = new Set(this.#records.filter(isCsvRow).map(dayOf));
    return [...days].filter((day) => day < today && !this.landed.has(day)).sort();
  }

  /** Late rows are for the store; here a day is what it holds. */
  csvRowsOfFile(name: string): AsyncGenerator<AttemptRecord> {
    return this.csvRowsOfDay(name);
  }

  async *csvRowsOfDay(day: string): AsyncGenerator<AttemptRecord> {
    yield* this.#records.filter((record) => isCsvRow(record) && dayOf(record) === day);
  }
}

const dayOf = ({ cycleTimestampIso }: AttemptRecord) => cycleTimestampIso.slice(0, 10);
