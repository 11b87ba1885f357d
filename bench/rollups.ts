import { join } from 'node:path';
import type { AttemptRecord } from '../src/domain/record.ts';
import { LATENCY_NAMES, type LatencyName, RollupSum, type Series, SPAN_MS, type Span } from '../src/domain/rollup.ts';
import { type Random, seededRandom } from '../src/lib/random.ts';
import { SYSTEM_CLOCK } from '../src/parts.ts';
import { insertion } from '../src/store/attempts.ts';
import { openForReading, openForWriting } from '../src/store/database.ts';
import { openStore, openStoreReader, type StoreReader } from '../src/store/open-store.ts';
import { rollupsOf, saveRollups } from '../src/store/rollups.ts';
import { rowOf } from '../src/store/rows.ts';
import { aRecord } from '../tests/support/builders.ts';
import type { Bench, Figure, Goal } from './bench.ts';
import { median } from './statistics.ts';
import { benchFolder } from './tracker.ts';

const DAYS = 90;
const TARGETS = 200;
const GAPS_PER_REPLY = 20;
const FIRST_DAY_MS = Date.parse('2026-01-01');
const END_MS = FIRST_DAY_MS + DAYS * SPAN_MS.day;
const READINGS = 7;
const PEER = 'SQL on the attempts';

interface Reading {
  readonly name: string;
  readonly span: Span;
  readonly days: number;
  readonly latencies: readonly LatencyName[];
}

const READ: readonly Reading[] = [
  { name: 'TTFT, 24 h by hour', span: 'hour', days: 1, latencies: ['ttftMs'] },
  { name: 'TTFT, 7 d by hour', span: 'hour', days: 7, latencies: ['ttftMs'] },
  { name: 'TTFT, 30 d by day', span: 'day', days: 30, latencies: ['ttftMs'] },
  { name: 'TTFT, 90 d by day', span: 'day', days: 90, latencies: ['ttftMs'] },
  { name: 'all six lengths, 90 d by day', span: 'day', days: 90, latencies: LATENCY_NAMES },
];

/** How many attempts the ninety days have, and what reading their TTFT may take. */
interface Size {
  readonly name: string;
  readonly rows: number;
  readonly atMostMs: number;
  /** Kept themselves too, for the peer. */
  readonly keepsAttempts: boolean;
}

const SIZES: readonly Size[] = [
  { name: '100 k', rows: 100_000, atMostMs: 100, keepsAttempts: true },
  { name: '1 M', rows: 1_000_000, atMostMs: 100, keepsAttempts: true },
  { name: '10 M', rows: 10_000_000, atMostMs: 500, keepsAttempts: false },
];

const nameOf = (size: Size, what: string) => `${size.name}: ${what}`;
const BLOCKED = 'longest block of the event loop';

export const rollups: Bench = {
  about: `p50, p95 and p99 of ${TARGETS} targets (model × provider), from the rollups of attempts spread evenly over ${DAYS} days; each read ${READINGS} times from a file in the system's cache; beside it one query for the TTFT of the attempts themselves`,
  goals: Object.fromEntries(
    SIZES.flatMap((size): [string, Goal][] => [
      ...READ.filter(({ latencies }) => latencies.length === 1).map(({ name }): [string, Goal] => [
        nameOf(size, name),
        { atMost: [size.atMostMs] },
      ]),
      [nameOf(size, BLOCKED), { atMost: [20, 20] }],
    ]),
  ),
  async run({ quick, progress }) {
    const figures: Figure[] = [];
    for (const size of quick ? SIZES.slice(0, 1) : SIZES) figures.push(...(await figuresOf(size, progress)));
    return figures;
  },
};

async function figuresOf(size: Size, progress: (text: string) => void): Promise<readonly Figure[]> {
  using folder = benchFolder();
  const settings = { dataDir: folder.path, csvPath: join(folder.path, 'buffer.csv') };
  openStore(settings, { clock: SYSTEM_CLOCK })[Symbol.dispose]();
  const figures: Figure[] = [];
  fill(folder.path, size, (day) => progress(nameOf(size, `day ${day} of ${DAYS}`)));

  using reader = openStoreReader(settings);
  const blocksMs: number[] = [];
  for (const reading of READ) {
    progress(nameOf(size, reading.name));
    const timesMs: number[] = [];
    for (let i = 0; i < READINGS; i++) {
      const watch = watchLoop();
      const beganMs = performance.now();
      await percentilesBySeries(reader, reading);
      timesMs.push(performance.now() - beganMs);
      blocksMs.push(watch.stop());
    }
    const hasPeer = size.keepsAttempts && reading.latencies.length === 1;
    const peers = hasPeer ? { [PEER]: middleAndMost(timesOfSql(folder.path, reading)) } : {};
    figures.push({ name: nameOf(size, reading.name), unit: 'ms, p50 / max', ours: middleAndMost(timesMs), peers });
  }
  return [...figures, { name: nameOf(size, BLOCKED), unit: 'ms, p50 / max', ours: middleAndMost(blocksMs) }];
}

const middleAndMost = (values: readonly number[]) => [median(values), Math.max(...values)];

async function percentilesBySeries(reader: StoreReader, { span, days, latencies }: Reading) {
  const sums = new Map<Series, RollupSum>();
  const sinceMs = END_MS - days * SPAN_MS.day;
  for await (const page of reader.rollups({ span, sinceMs, untilMs: END_MS, latencies })) {
    for (const bucket of page) {
      let sum = sums.get(bucket.series);
      if (sum === undefined) {
        sum = new RollupSum();
        sums.set(bucket.series, sum);
      }
      sum.merge(bucket);
    }
  }
  return [...sums].map(([series, sum]) => ({
    series,
    percentiles: latencies.map((name) => PERCENTILES.map((p) => sum.histogram(name).percentile(p))),
  }));
}

const PERCENTILES = [50, 95, 99] as const;

/** What the same nearest ranks take without rollups. */
function timesOfSql(dataDir: string, { days }: Reading): readonly number[] {
  using db = openForReading(dataDir);
  const rank = (p: number) => `max(ttft_ms) FILTER (WHERE place = (${p} * n + 99) / 100)`;
  const query = db.query(
    `SELECT model_id, provider_name, ${PERCENTILES.map(rank)} FROM (
       SELECT model_id, provider_name, ttft_ms, count(*) OVER target AS n,
         row_number() OVER (target ORDER BY ttft_ms) AS place
       FROM attempts
       WHERE cycle_timestamp_iso >= ? AND cycle_timestamp_iso < ? AND outcome = 'ok' AND probe_kind = 'standard' AND ttft_ms IS NOT NULL
       WINDOW target AS (PARTITION BY model_id, provider_name)
     ) GROUP BY model_id, provider_name`,
  );
  return Array.from({ length: 3 }, () => {
    const beganMs = performance.now();
    query.all(END_MS - days * SPAN_MS.day, END_MS);
    return performance.now() - beganMs;
  });
}

/** By the code that an append runs, one transaction a day. Unless they are kept, there are no attempts but in the rollups. */
function fill(dataDir: string, { rows, keepsAttempts }: Size, onDay: (day: number) => void): void {
  using db = openForWriting(dataDir);
  const random = seededRandom(`${rows}`);
  const insert = insertion(db);
  let made = 0;
  for (let day = 0; day < DAYS; day++) {
    onDay(day + 1);
    const untilRow = Math.round((rows * (day + 1)) / DAYS);
    const inDay = untilRow - made;
    const records = function* () {
      for (let i = 0; made < untilRow; made++, i++) {
        const dueAtMs = FIRST_DAY_MS + day * SPAN_MS.day + Math.floor((i / inDay) * SPAN_MS.day);
        yield lightRecord(made, dueAtMs, random);
      }
    };
    if (keepsAttempts) {
      insert(Array.from(records(), (record) => ({ ...rowOf(record), record })));
      continue;
    }
    const rollups = rollupsOf(records());
    db.transaction(() => saveRollups(db, rollups)).immediate();
  }
}

const BASE = aRecord();

/** What the rollups count of an attempt: one in twenty fails. */
function lightRecord(nth: number, dueAtMs: number, random: Random): AttemptRecord {
  const target = nth % TARGETS;
  const fails = random() < 0.05;
  const ttftMs = 200 * (1 + (target % 17)) * spread(random);
  const moments = [ttftMs];
  for (let i = 0; i < GAPS_PER_REPLY; i++) moments.push(moments.at(-1)! + 25 * spread(random));
  return {
    ...BASE,
    attemptId: `attempt ${nth}`,
    probeId: `probe ${nth}`,
    responseBodyRaw: null,
    cycleTimestampIso: new Date(dueAtMs).toISOString(),
    modelId: `acme/Model-${target % 40}`,
    providerName: `provider-${Math.floor(target / 40)}`,
    outcome: fails ? 'target_error' : 'ok',
    errorClass: fails ? 'http_5xx' : null,
    ttftMs,
    ttfatMs: ttftMs * 1.5,
    tpotMs: 12 * spread(random),
    e2eMs: moments.at(-1)!,
    chunkAtMs: moments,
    dispatchDelayMs: 40 * spread(random),
    completionTokens: 600,
    promptTokens: 30,
  };
}

/** Log-normal around 1, as waiting times roughly are. Drawn from a table: making the numbers should not outlast using them. */
const spread = (random: Random) => SPREADS[Math.floor(random() * SPREADS.length)]!;
const drawn = seededRandom('spread');
const SPREADS = Array.from({ length: 8192 }, () =>
  Math.exp(0.5 * Math.sqrt(-2 * Math.log(1 - drawn())) * Math.cos(2 * Math.PI * drawn())),
);

/** The longest time between two turns of the event loop. */
function watchLoop() {
  let longestMs = 0;
  let lastAtMs = performance.now();
  let running = true;
  const turn = () => {
    const nowMs = performance.now();
    longestMs = Math.max(longestMs, nowMs - lastAtMs);
    lastAtMs = nowMs;
    if (running) setImmediate(turn);
  };
  setImmediate(turn);
  return {
    stop() {
      running = false;
      return longestMs;
    },
  };
}
