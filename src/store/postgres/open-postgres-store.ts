import type { Clock } from '../../ports.ts';
import { createAskedReader } from '../asked.ts';
import { createAttemptReader } from '../attempt-reader.ts';
import type { Store, StoreReader } from '../open-store.ts';
import { createRecordReader } from '../reader.ts';
import { shortened } from '../retention.ts';
import { createRollupReader } from '../rollup-reader.ts';
import { createSampleReader } from '../samples.ts';
import { createAttemptStore } from './attempts.ts';
import { createBatchStore } from './batches.ts';
import { createCalibrationStore } from './calibrations.ts';
import { createCatalogStore } from './catalogs.ts';
import { type Client, openClient } from './client.ts';
import { createCsvBuffer } from './csv-buffer.ts';
import { createCsvDays } from './csv-days.ts';
import { createCycleStore } from './cycles.ts';
import { createIncidentStore } from './incidents.ts';
import { createLedger } from './ledger.ts';
import { createNoticeStore } from './notices.ts';
import { createRetention } from './retention.ts';
import { createRollupDays } from './rollup-days.ts';
import { IS_LISTED, IS_OURS, migrate, OF_MODEL, requireCurrentVersion, writerOf } from './schema.ts';
import { selectFrom } from './select.ts';

/** Where a store lies that several processes share, and the CSV for people that this one keeps. */
export interface PostgresSettings {
  /** As `ClientSettings`. */
  readonly url: string;
  readonly csvPath: string;
}

/**
 * Opens the store for writing, beside others that do; brings it up to this program's version. Disposing commits what still waits; without
 * `asyncDispose` nobody learns when, or whether.
 *
 * @throws StoreError when a later version of the program wrote it, and what the client throws when the server cannot be reached
 */
export async function openPostgresStore(
  { url, csvPath }: PostgresSettings,
  { clock }: { readonly clock: Clock },
): Promise<Store> {
  await using opening = new AsyncDisposableStack();
  const client = opening.use(openClient({ url }));
  await migrate(client);
  const writer = await writerOf(client);
  const select = selectFrom(client);
  const attempts = createAttemptStore(client);
  opening.defer(() => attempts.flush());
  const csvDays = createCsvDays(client);
  let shortening = false;
  const held = opening.move();
  const close = () => held.disposeAsync();
  return {
    writer,
    append: (records) => attempts.append(shortening ? records.map(shortened) : records),
    shortenBodies(on) {
      shortening = on;
    },
    ...portsToRead(client),
    ...createAskedReader(select, IS_OURS),
    ...createCycleStore(client),
    ...createCatalogStore(client),
    ...createCalibrationStore(client),
    ...createBatchStore(client),
    ...csvDays,
    ...createRetention(client),
    ...createRollupDays(client),
    ...createAttemptReader(select, IS_LISTED),
    ...createIncidentStore(client),
    ...createNoticeStore(client),
    csvBuffer: () => createCsvBuffer(csvPath, csvDays, clock),
    [Symbol.dispose]: () => void close(),
    [Symbol.asyncDispose]: close,
  };
}

/**
 * Opens the store beside those that write to it; changes nothing.
 *
 * @throws StoreError when it is of another version, and what the client throws when the server cannot be reached
 */
export async function openPostgresReader({ url }: Pick<PostgresSettings, 'url'>): Promise<StoreReader> {
  await using opening = new AsyncDisposableStack();
  const client = opening.use(openClient({ url }));
  await requireCurrentVersion(client);
  const writer = await writerOf(client);
  const { lastGood, seenLiveSince } = createCatalogStore(client);
  const { incidents, incident } = createIncidentStore(client);
  const held = opening.move();
  const close = () => held.disposeAsync();
  return {
    writer,
    ...portsToRead(client),
    incidents,
    incident,
    lastGood,
    seenLiveSince,
    [Symbol.dispose]: () => void close(),
    [Symbol.asyncDispose]: close,
  };
}

const portsToRead = (client: Client) => ({
  ...createRecordReader(selectFrom(client)),
  ...createLedger(client),
  ...createRollupReader(selectFrom(client), OF_MODEL),
  ...createSampleReader(selectFrom(client)),
});
