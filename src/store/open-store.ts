import type { Database } from 'bun:sqlite';
import type { StoreSettings } from '../domain/settings.ts';
import type {
  AskedReader,
  AttemptReader,
  AttemptStore,
  AttemptsById,
  BacklogReader,
  BatchStore,
  CalibrationStore,
  CatalogStore,
  Clock,
  CycleStore,
  IncidentStore,
  Ledger,
  NoticeStore,
  RecordReader,
  RetentionStore,
  RollupDays,
  RollupReader,
  SampleReader,
} from '../ports.ts';
import { createAskedReader } from './asked.ts';
import { createAttemptReader } from './attempt-reader.ts';
import { createAttemptStore } from './attempts.ts';
import { createBatchStore } from './batches.ts';
import { createCalibrationStore } from './calibrations.ts';
import { createCatalogStore } from './catalogs.ts';
import { type CsvBuffer, createCsvBuffer } from './csv-buffer.ts';
import { createCsvDays } from './csv-days.ts';
import { rowsOfLastTwoDays, unpushedRows } from './csv-views.ts';
import { createCycleStore } from './cycles.ts';
import { makeDataDir, openForReading, openForWriting } from './database.ts';
import {
  type BeforeImport,
  beforeImport,
  beginImport,
  createImporter,
  type Importer,
  refuseHalfImported,
} from './importer.ts';
import { createIncidentStore } from './incidents.ts';
import { createLedger } from './ledger.ts';
import { takeLock } from './lock.ts';
import { createNoticeStore } from './notices.ts';
import { createRecordReader } from './reader.ts';
import { createRetention, shortened } from './retention.ts';
import { createRollupDays } from './rollup-days.ts';
import { createRollupReader } from './rollup-reader.ts';
import { finishRebuild, rebuildRollups } from './rollup-rebuild.ts';
import { createSampleReader } from './samples.ts';
import { IS_LISTED, IS_OURS, migrate, OF_MODEL, requireCurrentVersion, writerOf } from './schema.ts';
import { selectFrom } from './select.ts';

/** Everything that lasts. */
export interface Store
  extends AttemptStore,
    Ledger,
    AskedReader,
    CycleStore,
    CatalogStore,
    CalibrationStore,
    BatchStore,
    BacklogReader,
    RecordReader,
    RetentionStore,
    RollupReader,
    RollupDays,
    SampleReader,
    AttemptReader,
    AttemptsById,
    IncidentStore,
    NoticeStore,
    Disposable,
    AsyncDisposable {
  /** The id that was born with the store. */
  readonly writer: string;
  /** As long as it is told, long texts of new records are cut short. */
  shortenBodies(on: boolean): void;
  /**
   * The CSV at `csvPath`: what is not yet pushed, or the cycles of today and yesterday, which is all that a shared store shows. Written at its
   * first `refresh`.
   */
  csvBuffer(shows: 'unpushed' | 'last-two-days'): CsvBuffer;
}

/** In one file, held by one process at a time. */
export interface LocalStore extends Store {
  /** Makes the rollups what the attempts say, day by day (rollup-rebuild.ts). */
  rebuildRollups(): Iterable<string>;
}

/** What may be asked of a store while another process writes to it. */
export interface StoreReader
  extends RecordReader,
    Ledger,
    RollupReader,
    SampleReader,
    Pick<IncidentStore, 'incidents' | 'incident'>,
    Pick<CatalogStore, 'lastGood' | 'seenLiveSince'>,
    Disposable,
    AsyncDisposable {
  readonly writer: string;
}

/**
 * Opens the store for writing; makes it where there is none. Disposing commits what still waits and gives the lock back.
 *
 * @throws StoreLockedError when another process has it
 * @throws StoreError when the folder or the file cannot be used, or a later version of the program wrote it
 */
export function openStore({ dataDir, csvPath }: StoreSettings, { clock }: { readonly clock: Clock }): LocalStore {
  makeDataDir(dataDir);
  using opening = new DisposableStack();
  opening.use(takeLock(dataDir, clock.nowMs()));
  const db = opening.adopt(openForWriting(dataDir), close);
  migrate(db);
  refuseHalfImported(db);
  for (const _day of finishRebuild(db));

  const writer = writerOf(db);
  const select = selectFrom(db);
  const attempts = createAttemptStore(db);
  const batches = createBatchStore(db);
  let pushes = 0;
  let shortening = false;
  const held = opening.move();
  return {
    writer,
    append: (records) => attempts.append(shortening ? records.map(shortened) : records),
    shortenBodies(on) {
      shortening = on;
    },
    ...createLedger(db),
    ...createAskedReader(select, IS_OURS),
    ...createCycleStore(db),
    ...createCatalogStore(db),
    ...createCalibrationStore(db),
    ...batches,
    async pushed(...marks) {
      await batches.pushed(...marks);
      pushes++;
    },
    ...createCsvDays(db),
    ...createRecordReader(select),
    ...createRetention(db),
    ...createRollupReader(select, OF_MODEL),
    ...createRollupDays(db),
    ...createSampleReader(select),
    ...createAttemptReader(select, IS_LISTED, '(SELECT count(*) FROM attempts)'),
    ...createIncidentStore(db),
    ...createNoticeStore(db),
    rebuildRollups: () => rebuildRollups(db),
    csvBuffer: (shows) =>
      createCsvBuffer(
        csvPath,
        shows === 'unpushed' ? unpushedRows(db, () => pushes) : rowsOfLastTwoDays(db, () => clock.nowMs()),
      ),
    [Symbol.dispose]() {
      attempts.flush();
      held.dispose();
    },
    async [Symbol.asyncDispose]() {
      await attempts.flush();
      held.dispose();
    },
  };
}

/**
 * Opens an empty store, or one in which the same import was begun, to be filled from a dataset and to go on as `writer`.
 *
 * @throws StoreLockedError, StoreError
 */
export function openForImport(
  { dataDir }: Pick<StoreSettings, 'dataDir'>,
  writer: string,
  { clock }: { readonly clock: Clock },
): Importer {
  makeDataDir(dataDir);
  using opening = new DisposableStack();
  opening.use(takeLock(dataDir, clock.nowMs()));
  const db = opening.adopt(openForWriting(dataDir), close);
  migrate(db);
  beginImport(db, writer);
  const held = opening.move();
  return { ...createImporter(db, () => clock.nowMs()), [Symbol.dispose]: () => held.dispose() };
}

/** Looks whether an import may fill the store; makes it where there is none. @throws StoreLockedError, StoreError */
export function whatAnImportFinds(
  { dataDir }: Pick<StoreSettings, 'dataDir'>,
  { clock }: { readonly clock: Clock },
): BeforeImport {
  makeDataDir(dataDir);
  using opening = new DisposableStack();
  opening.use(takeLock(dataDir, clock.nowMs()));
  const db = opening.adopt(openForWriting(dataDir), close);
  migrate(db);
  return beforeImport(db);
}

/**
 * Opens the store beside a daemon that may be writing to it; takes no lock and changes nothing.
 *
 * @throws StoreError when there is none, or it is of another version
 */
export function openStoreReader({ dataDir }: Pick<StoreSettings, 'dataDir'>): StoreReader {
  using opening = new DisposableStack();
  const db = opening.adopt(openForReading(dataDir), close);
  requireCurrentVersion(db);
  const writer = writerOf(db);
  const select = selectFrom(db);
  const { lastGood, seenLiveSince } = createCatalogStore(db);
  const { incidents, incident } = createIncidentStore(db);
  const held = opening.move();
  return {
    writer,
    ...createRecordReader(select),
    ...createLedger(db),
    ...createRollupReader(select, OF_MODEL),
    ...createSampleReader(select),
    incidents,
    incident,
    lastGood,
    seenLiveSince,
    [Symbol.dispose]: () => held.dispose(),
    [Symbol.asyncDispose]: async () => held.dispose(),
  };
}

/** `true` closes now; otherwise SQLite waits for statements that were not collected yet. */
const close = (db: Database) => db.close(true);
