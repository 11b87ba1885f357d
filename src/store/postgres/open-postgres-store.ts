import type { Clock, FleetStore, RoleLock } from '../../ports.ts';
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
import { createFleetStore } from './fleet.ts';
import { createIncidentStore } from './incidents.ts';
import { createLedger } from './ledger.ts';
import { createNoticeStore } from './notices.ts';
import { createRetention } from './retention.ts';
import { postgresRoleLock } from './role-lock.ts';
import { createRollupDays } from './rollup-days.ts';
import { ATTEMPTS, IS_LISTED, IS_OURS, migrate, OF_MODEL, requireCurrentVersion, writerOf } from './schema.ts';
import { selectFrom } from './select.ts';

/** Where a store lies that several processes share, and the CSV for people that this one keeps. */
export interface PostgresSettings {
  /** As `ClientSettings`. */
  readonly url: string;
  readonly csvPath: string;
  /** Who this process is, for those who look at the database: `processName`. */
  readonly applicationName?: string;
}

/** What the processes of a fleet share, on one pool of connections. Disposed, nothing of this process is there any more. */
export interface Shared extends AsyncDisposable {
  readonly store: Store;
  readonly fleet: FleetStore;
  readonly roleLock: RoleLock;
}

/**
 * Opens the store for writing, beside others that do; brings it up to this program's version. Disposing commits what still waits; without
 * `asyncDispose` nobody learns when, or whether.
 *
 * @throws StoreError when a later version of the program wrote it, and what the client throws when the server cannot be reached
 */
export async function openPostgresStore(settings: PostgresSettings, io: { readonly clock: Clock }): Promise<Store> {
  return (await openShared(settings, io)).store;
}

/** As `openPostgresStore`, with what makes a fleet of those who share it. @throws as that does */
export async function openShared(settings: PostgresSettings, { clock }: { readonly clock: Clock }): Promise<Shared> {
  await using opening = new AsyncDisposableStack();
  const client = opening.use(openClient(settings));
  await migrate(client);
  const shared = sharedOn(client, await writerOf(client), settings, clock);
  opening.move();
  return shared;
}

/** Without a look at the database, for whoever knows its writer and can go on until it is reached. */
export function openSharedUnseen(
  writer: string,
  settings: PostgresSettings,
  { clock }: { readonly clock: Clock },
): Shared {
  return sharedOn(openClient(settings), writer, settings, clock);
}

function sharedOn(client: Client, writer: string, { csvPath }: PostgresSettings, clock: Clock): Shared {
  const closing = new AsyncDisposableStack();
  closing.use(client);
  const select = selectFrom(client);
  const attempts = createAttemptStore(client);
  closing.defer(() => attempts.flush());
  const csvDays = createCsvDays(client);
  let shortening = false;
  const close = () => closing.disposeAsync();
  const store: Store = {
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
    ...createAttemptReader(select, IS_LISTED, ATTEMPTS),
    ...createIncidentStore(client),
    ...createNoticeStore(client),
    csvBuffer: () => createCsvBuffer(csvPath, csvDays, clock),
    [Symbol.dispose]: () => void close(),
    [Symbol.asyncDispose]: close,
  };
  return {
    store,
    fleet: createFleetStore(client),
    roleLock: postgresRoleLock(client),
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
