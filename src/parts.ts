import packageJson from '../package.json';
import { createHeartbeat, type Heartbeat } from './alert/heartbeat.ts';
import { type Calibrator, createCalibrator } from './calibrator.ts';
import { createLeftOutLog, type SayLeftOut } from './catalog/left-out.ts';
import type { Config } from './config.ts';
import type { Endpoint } from './domain/incident.ts';
import type { AttemptRecord } from './domain/record.ts';
import type { Identity } from './domain/types.ts';
import { createRedactor, type Redact } from './lib/redact.ts';
import { sleep } from './lib/sleep.ts';
import type { CalibrationStore, Clock, DatasetHub, Log } from './ports.ts';
import { openCalibration } from './probe/calibration/calibration.ts';
import { createProber, type Prober } from './probe/prober.ts';
import { createConnectivity } from './probe/transport/connectivity.ts';
import { openWorkerTransport } from './probe/transport/worker-transport.ts';
import type { Transport } from './probe/types.ts';
import { type CardKeeper, createCardKeeper } from './push/card-keeper.ts';
import { createHub } from './push/hub.ts';
import type { CsvBuffer } from './store/csv-buffer.ts';
import { openStore, openStoreReader, type Store, type StoreReader } from './store/open-store.ts';
import { openPostgresReader } from './store/postgres/open-postgres-store.ts';

export const TRACKER_VERSION = packageJson.version;

export const SYSTEM_CLOCK: Clock = { nowMs: Date.now, monotonicMs: () => performance.now(), sleep };

/** What a program says, and what it hides. */
export interface Voice {
  readonly log: Log;
  readonly redact: Redact;
}

/** Where records last: in a store, and in the dataset. */
export interface Keeping {
  readonly config: Config;
  readonly store: Store;
  /** A disk that refuses is spoken of by one of those who wait for it. Monotonic ms. */
  readonly refusal: { silentUntilMs: number; isOn: boolean };
  /** Those who want to know of every record, of any kind of probe, once it is durable. What they do with it is theirs to get right. */
  readonly listeners: Set<(record: AttemptRecord) => void>;
  /** How many pushes in a row ended without everything being in the dataset; null before the first one ended. */
  readonly pushTrouble: { inARow: number | null };
  /** Brings the CSV buffer up to the store. It is a view for people: what it suffers is said, once, and harms nothing. */
  readonly refreshBuffer: () => void;
  /** Null: nothing is pushed. */
  readonly hub: DatasetHub | null;
  readonly card: CardKeeper | null;
  readonly clock: Clock;
  readonly log: Log;
}

/** Everything a cycle needs, opened once and handed to the flow. */
export interface Parts extends Keeping, AsyncDisposable {
  readonly identity: Identity;
  readonly prober: Prober;
  readonly calibrator: Pick<Calibrator, 'start' | 'settled' | 'instrumentErrorP99Ms'>;
  readonly heartbeat: Pick<Heartbeat, 'beat'>;
  /** Asks a target now, beside the schedule, while the daemon runs; false: it is no live target, or no worker of the fleet is there. */
  readonly atOnce: { ask: ((endpoint: Endpoint) => Promise<boolean>) | null };
  readonly fetch: typeof fetch;
  readonly sayLeftOut: SayLeftOut;
}

/** A store that was opened, and the dataset. In a fleet the CSV buffer is kept by those who push. */
export function keepingOn(store: Store, config: Config, log: Log, clock: Clock = SYSTEM_CLOCK): Keeping {
  const hub = config.push && createHub({ ...config.push, clock, log });
  const keepsBuffer = config.fleet === null || config.fleet.roles.has('push');
  return {
    config,
    store,
    refusal: { silentUntilMs: Number.NEGATIVE_INFINITY, isOn: false },
    listeners: new Set(),
    pushTrouble: { inARow: null },
    refreshBuffer: keepsBuffer
      ? followBy(store.csvBuffer(config.push ? 'unpushed' : 'last-two-days'), log)
      : () => undefined,
    hub,
    card: config.push && hub && createCardKeeper({ repo: config.push.repo, hub, log }),
    clock,
    log,
  };
}

function followBy(buffer: CsvBuffer, log: Log): () => void {
  let said: string | null = null;
  return () => {
    const trouble = buffer.refresh();
    if (trouble !== null && trouble !== said) log.warn({ reason: trouble }, 'the data is safe in the store');
    said = trouble;
  };
}

/** On the local store. @throws StoreLockedError, StoreError */
export async function openParts(config: Config, voice: Voice, clock: Clock = SYSTEM_CLOCK): Promise<Parts> {
  await using opening = new AsyncDisposableStack();
  const store = opening.use(openStore(config.store, { clock }));
  const parts = opening.use(await partsOn(store, config, voice, clock));
  const open = opening.move();
  return { ...parts, [Symbol.asyncDispose]: () => open.disposeAsync() };
}

/**
 * With a store that was opened; disposing leaves that open.
 *
 * @param calibrations where they are kept, if not as the rest
 */
export async function partsOn(
  store: Store,
  config: Config,
  voice: Voice,
  clock: Clock = SYSTEM_CLOCK,
  calibrations: CalibrationStore = store,
): Promise<Parts> {
  await using opening = new AsyncDisposableStack();
  const keeping = keepingOn(store, config, voice.log, clock);
  const identity = { writer: store.writer, location: config.location, trackerVersion: TRACKER_VERSION };
  const asking = opening.use(openProber(config, identity, voice, clock, () => calibrator.instrumentErrorP99Ms()));
  const runner = openCalibration(asking);
  const calibrator: Calibrator = opening.use(
    await createCalibrator({ ...keeping, ...identity, runner, store: calibrations }),
  );
  const redactAnswer = createRedactor([...config.secrets, ...config.alertSecrets]);
  const ping = { fetch, clock, log: voice.log, nowMs: () => clock.nowMs(), redact: redactAnswer };
  const heartbeat = opening.use(createHeartbeat(config.heartbeatUrl, ping));
  const open = opening.move();
  return {
    ...keeping,
    identity,
    prober: asking.prober,
    calibrator,
    heartbeat,
    atOnce: { ask: null },
    fetch,
    sayLeftOut: createLeftOutLog(voice.log),
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  };
}

/** The store beside those who write to it: the one of a fleet, or the local one. @throws StoreError, and what the database says when it cannot be reached */
export async function openReader({ fleet, store }: Config): Promise<StoreReader> {
  return fleet === null ? openStoreReader(store) : await openPostgresReader({ url: fleet.databaseUrl });
}

/** A prober with its Worker, also for those who store nothing. */
export function openProber(
  config: Config,
  identity: Identity,
  { log, redact }: Voice,
  clock: Clock = SYSTEM_CLOCK,
  instrumentErrorP99Ms: () => number | null = () => null,
): AsyncDisposable & { readonly prober: Prober; readonly transport: Transport } {
  const { proxy, probe: settings } = config;
  const transport = openWorkerTransport({ log, proxy });
  const connectivity = createConnectivity({ urls: settings.controlUrls, proxy });
  const prober = createProber({
    settings,
    identity,
    transport,
    connectivity,
    clock,
    log,
    redact,
    instrumentErrorP99Ms,
  });
  return { prober, transport, [Symbol.asyncDispose]: () => transport.close() };
}
