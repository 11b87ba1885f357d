import { join } from 'node:path';
import type { AttemptRecord } from '../src/domain/record.ts';
import { LATENCY_NAMES, type LatencyName, RollupSum, type Series, SPAN_MS, type Span } from '../src/domain/rollup.ts';
import { type Random, seededRandom } from '../src/lib/random.ts';
import { openForWriting } from '../src/store/database.ts';
import { openStore, openStoreReader, type StoreReader } from '../src/store/open-store.ts';
import { newRollupBatch } from '../src/store/rollups.ts';
import { aRecord } from '../tests/support/builders.ts';
import { SetClock } from '../tests/support/set-clock.ts';
import { tempDir } from '../tests/support/temp-dir.ts';

const DAYS = 90;
const TARGETS = 200;
const GAPS_PER_REPLY = 20;
const FIRST_DAY_MS = Date.parse('2026-01-01');
const END_MS = FIRST_DAY_MS + DAYS * SPAN_MS.day;
const WINDOWS: readonly (readonly [name: string, span: Span, days: number])[] = [
  ['24 h', 'hour', 1],
  ['7 d', 'hour', 7],
  ['30 d', 'day', 30],
  ['90 d', 'day', 90],
];
const READINGS = 7;

/**
 * What long windows cost to read, and what keeping them costs each append. Prints one figure a line.
 *
 * The attempts of 90 days, spread evenly over 200 targets, are not stored themselves: their rollups are made of them by the code that an append runs, one
 * transaction a day instead of one in ten attempts. Times are medians, of seven readings from a file in the system's cache and of all commits; on a busy machine the worst block is mostly others' work.
 */
export async function benchRollups(
  say: (line: string) => void,
  sizes: readonly number[] = [100_000, 1_000_000],
): Promise<void> {
  for (const recordsPerCommit of [1, 10, 100]) await benchAppend(recordsPerCommit, say);
  for (const rows of sizes) await benchReading(rows, say);
}

async function benchAppend(recordsPerCommit: number, say: (line: string) => void): Promise<void> {
  using folder = tempDir();
  using store = openStore(
    { dataDir: join(folder.path, 'data'), csvPath: join(folder.path, 'buffer.csv') },
    { clock: new SetClock() },
  );
  const random = seededRandom('append');
  const records = Array.from({ length: 3000 }, (_, i) => fullRecord(i, random));
  const commitsMs: number[] = [];
  for (let at = 0; at < records.length; at += recordsPerCommit) {
    const beganAtMs = performance.now();
    await store.append(records.slice(at, at + recordsPerCommit));
    commitsMs.push(performance.now() - beganAtMs);
  }
  const usPerRecord = (median(commitsMs) * 1000) / recordsPerCommit;
  say(`append with rollups, ${recordsPerCommit} a commit: ${usPerRecord.toFixed(0)} µs a record`);
}

async function benchReading(rows: number, say: (line: string) => void): Promise<void> {
  using folder = tempDir();
  const settings = { dataDir: join(folder.path, 'data'), csvPath: join(folder.path, 'buffer.csv') };
  openStore(settings, { clock: new SetClock() })[Symbol.dispose]();
  const beganAtMs = performance.now();
  const bytes = fill(settings.dataDir, rows);
  const seconds = ((performance.now() - beganAtMs) / 1000).toFixed(0);
  say(`${rows} attempts rolled up in ${seconds} s: ${(bytes / 1e6).toFixed(0)} MB`);

  using reader = openStoreReader(settings);
  for (const latencies of [['ttftMs'], LATENCY_NAMES] as const) {
    for (const [name, span, days] of WINDOWS) {
      const times: number[] = [];
      const blocksMs: number[] = [];
      for (let i = 0; i < READINGS; i++) {
        const watch = watchLoop();
        const startedAtMs = performance.now();
        await percentilesBySeries(reader, span, days, latencies);
        times.push(performance.now() - startedAtMs);
        blocksMs.push(watch.stop());
      }
      const what = latencies.length === 1 ? 'TTFT' : 'all six lengths';
      const figure = `p50/p95/p99 of ${what} by target, ${rows} attempts, ${name} by ${span}`;
      const block = `${median(blocksMs).toFixed(1)} ms, at worst ${Math.max(...blocksMs).toFixed(1)} ms`;
      say(`${figure}: ${median(times).toFixed(0)} ms; event loop blocked ${block}`);
    }
  }
}

async function percentilesBySeries(reader: StoreReader, span: Span, days: number, latencies: readonly LatencyName[]) {
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
    percentiles: latencies.map((name) => ([50, 95, 99] as const).map((p) => sum.histogram(name).percentile(p))),
  }));
}

/** @returns the size of the store in bytes */
function fill(dataDir: string, rows: number): number {
  using db = openForWriting(dataDir);
  const random = seededRandom(`${rows}`);
  let made = 0;
  for (let day = 0; day < DAYS; day++) {
    const untilRow = Math.round((rows * (day + 1)) / DAYS);
    const inDay = untilRow - made;
    const rollups = newRollupBatch(db);
    for (let i = 0; made < untilRow; made++, i++) {
      const dueAtMs = FIRST_DAY_MS + day * SPAN_MS.day + Math.floor((i / inDay) * SPAN_MS.day);
      rollups.add(lightRecord(made % TARGETS, dueAtMs, random));
    }
    db.transaction(() => rollups.save()).immediate();
  }
  const { bytes } = db
    .query<{ bytes: number }, []>('SELECT page_count * page_size AS bytes FROM pragma_page_count, pragma_page_size')
    .get()!;
  return bytes;
}

const BASE = aRecord();

/** What the rollups count of an attempt: one in twenty fails. */
function lightRecord(target: number, dueAtMs: number, random: Random): AttemptRecord {
  const fails = random() < 0.05;
  const ttftMs = 200 * (1 + (target % 17)) * spread(random);
  const moments = [ttftMs];
  for (let i = 0; i < GAPS_PER_REPLY; i++) moments.push(moments.at(-1)! + 25 * spread(random));
  return {
    ...BASE,
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

/** As one is stored: a reply of 600 chunks with a body of 5 KB; 200 targets a cycle. */
function fullRecord(nth: number, random: Random): AttemptRecord {
  const target = nth % TARGETS;
  const chunkAtMs = [300];
  for (let i = 1; i < 600; i++) chunkAtMs.push(Number((chunkAtMs.at(-1)! + 20 * spread(random)).toFixed(3)));
  return aRecord({
    cycleTimestampIso: new Date(FIRST_DAY_MS + Math.floor(nth / TARGETS) * 1_800_000).toISOString(),
    modelId: `acme/Model-${target % 40}`,
    providerName: `provider-${Math.floor(target / 40)}`,
    ttftMs: 400 * spread(random),
    chunkAtMs,
    responseBodyRaw: Array.from({ length: 5000 }, () => String.fromCharCode(97 + Math.floor(random() * 26))).join(''),
  });
}

/** Log-normal around 1, as waiting times roughly are. Drawn from a table: making the numbers should not outlast using them. */
const spread = (random: Random) => SPREADS[Math.floor(random() * SPREADS.length)]!;
const drawn = seededRandom('spread');
const SPREADS = Array.from({ length: 8192 }, () =>
  Math.exp(0.5 * Math.sqrt(-2 * Math.log(1 - drawn())) * Math.cos(2 * Math.PI * drawn())),
);

const median = (numbers: readonly number[]) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1]!;

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

if (import.meta.main) {
  const sizes = [100_000, 1_000_000, ...(process.argv.includes('--10m') ? [10_000_000] : [])];
  await benchRollups((line) => process.stdout.write(`${line}\n`), sizes);
}
