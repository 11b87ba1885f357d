import { Database } from 'bun:sqlite';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createLeftOutLog } from '../../src/catalog/left-out.ts';
import { parseConfig } from '../../src/config.ts';
import { runDaemon, type Watcher } from '../../src/daemon.ts';
import { CSV_COLUMN_NAMES, dataName } from '../../src/domain/record.ts';
import { createRedactor } from '../../src/lib/redact.ts';
import { keepingOn, type Parts } from '../../src/parts.ts';
import type { DatasetHub } from '../../src/ports.ts';
import { createProber } from '../../src/probe/prober.ts';
import type { Exchange, Question, Transport } from '../../src/probe/types.ts';
import { openStore } from '../../src/store/open-store.ts';
import { answering, apiModel, HUB, live, ROUTER_MODELS } from '../catalog/hub-double.ts';
import { anExchange, TOKEN } from '../support/builders.ts';
import { parseCsv } from '../support/csv.ts';
import { recordingLog } from '../support/log.ts';
import { MemoryHub } from '../support/memory-hub.ts';
import { SetClock } from '../support/set-clock.ts';

export const LIST = `${HUB}/api/models?`;
const WEBSITE_LIST = `${HUB}/models-json`;

/** Two models: one with two providers, one with one of them. */
export const TRENDING = [
  apiModel('acme/one', { fast: live('one-fast'), slow: live('one-slow') }),
  apiModel('acme/two', { fast: live('two-fast') }),
];

export interface RigOptions {
  /** Where the store and the CSV buffer are: the same folder again is a restart. */
  readonly folder: string;
  readonly clock?: SetClock;
  readonly hub?: DatasetHub;
  readonly environment?: Readonly<Record<string, string>>;
  /** How providers answer; at once and well without it. */
  readonly exchange?: Transport['exchange'];
}

/** The daemon with a real store, and everything else set: the clock, the catalogue, the providers, the dataset. */
export function openRig({ folder, clock = new SetClock(), hub = new MemoryHub(), environment, exchange }: RigOptions) {
  const config = parseConfig(
    {
      HF_TOKEN: TOKEN,
      HF_HUB_TOKEN: `${TOKEN}hub`,
      HF_DATASET_REPO_ID: 'acme/metrics',
      HF_ENDPOINT: HUB,
      HF_ROUTER_ENDPOINT: new URL(ROUTER_MODELS).origin,
      DATA_DIR: join(folder, 'data'),
      LOCAL_CSV_PATH: join(folder, 'buffer.csv'),
      SCHEDULE_INTERVAL_SECONDS: '10',
      ALERTS_PATH: 'off',
      ...environment,
    },
    { baseDir: join(import.meta.dir, '../..'), need: { inference: true, hub: true } },
  );
  const log = recordingLog();
  const answers: Record<string, unknown> = { [LIST]: TRENDING, [WEBSITE_LIST]: 404, [ROUTER_MODELS]: { data: [] } };
  const catalogue = answering(answers);
  const asked: Question[] = [];
  const heartbeats: number[] = [];
  const transport = {
    exchange(question: Question, signal: AbortSignal): Promise<Exchange> {
      asked.push(question);
      return exchange?.(question, signal) ?? Promise.resolve(anExchange({ requestStartAtMs: clock.nowMs() }));
    },
  };

  const keeping = keepingOn(openStore(config.store, { clock }), config, log, clock);
  const identity = { writer: keeping.store.writer, location: config.location, trackerVersion: '0.1.0' };
  const disk = { refuses: false, refusals: 0 };
  const store = guarded(keeping.store, disk);
  const prober = createProber({
    settings: config.probe,
    identity,
    transport,
    connectivity: { online: async () => true },
    clock,
    log,
    redact: createRedactor(config.secrets),
    instrumentErrorP99Ms: () => null,
  });
  const parts: Parts = {
    ...keeping,
    config,
    store,
    hub: config.push && hub,
    card: null,
    identity,
    prober,
    calibrator: { start() {}, settled: async () => {}, instrumentErrorP99Ms: () => null },
    atOnce: { ask: null },
    heartbeat: {
      beat() {
        heartbeats.push(clock.nowMs());
      },
    },
    fetch: catalogue.fetch as typeof fetch,
    sayLeftOut: createLeftOutLog(log),
    async [Symbol.asyncDispose]() {},
  };
  const starting = new AbortController();
  const running = new AbortController();
  return {
    parts,
    clock,
    log,
    /** What the Hub and the router say, by URL; may be changed as time goes on. */
    answers,
    catalogueUrls: catalogue.urls,
    /** What was asked of providers. */
    asked,
    /** Moments, Unix ms. */
    heartbeats,
    /** Whether writes to the store fail as on a full disk. */
    disk,
    run: (watcher: Watcher = {}, maxCycles?: number) =>
      runDaemon(parts, { starting: starting.signal, running: running.signal }, watcher, maxCycles),
    /** As a signal does. */
    stop: () => starting.abort('SIGTERM'),
    /** As the end of the grace does. */
    endGrace: () => running.abort('SIGTERM'),
    records: async () => await Array.fromAsync(keeping.store.read()),
    bufferRows: () => csvRows(readFileSync(join(folder, 'buffer.csv'), 'utf8')),
    skippedCycles: () => skippedCycles(folder),
    [Symbol.dispose]: () => keeping.store[Symbol.dispose](),
  };
}

/** The same store on a disk that refuses when told to. */
function guarded<T extends Parts['store']>(store: T, disk: { refuses: boolean; refusals: number }): T {
  const check = () => {
    if (!disk.refuses) return;
    disk.refusals++;
    throw Object.assign(new Error('database or disk is full'), { code: 'SQLITE_FULL' });
  };
  return {
    ...store,
    async append(records) {
      check();
      await store.append(records);
    },
    async begin(...args) {
      check();
      await store.begin(...args);
    },
    async finish(...args) {
      check();
      await store.finish(...args);
    },
    async skip(...args) {
      check();
      await store.skip(...args);
    },
    async save(catalog) {
      check();
      await store.save(catalog);
    },
    async seal(nowMs) {
      check();
      return store.seal(nowMs);
    },
  };
}

/** The rows of a CSV by column, its header checked. */
export function csvRows(text: string): readonly Record<string, string>[] {
  const [header, ...rows] = parseCsv(text);
  const names = CSV_COLUMN_NAMES.map(dataName);
  if (header?.join() !== names.join()) throw new Error(`not the header: ${header}`);
  return rows.map((row) => Object.fromEntries(names.map((name, i) => [name, row[i] ?? ''])));
}

/** Cycles that were due and did not run, as the store counts them. */
function skippedCycles(folder: string): readonly (readonly [due: string, reason: string])[] {
  using db = new Database(join(folder, 'data/tracker.db'), { readonly: true });
  return db
    .query<{ due_at_ms: number; skip_reason: string }, []>(
      'SELECT due_at_ms, skip_reason FROM cycles WHERE skip_reason IS NOT NULL ORDER BY due_at_ms',
    )
    .all()
    .map(({ due_at_ms, skip_reason }) => [new Date(due_at_ms).toISOString().slice(11, 19), skip_reason] as const);
}
