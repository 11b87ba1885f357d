import { join } from 'node:path';
import { SYSTEM_CLOCK } from '../src/parts.ts';
import { openForWriting } from '../src/store/database.ts';
import { openStore } from '../src/store/open-store.ts';
import { aRecord } from '../tests/support/builders.ts';
import type { Bench, Figure } from './bench.ts';
import { benchFolder } from './tracker.ts';

const FORMATS = ['csv', 'jsonl', 'parquet'] as const;
const SEEDS = 10_000;
const PRINT_PEAK = join(import.meta.dir, 'print-peak.ts');
const PROGRAM = join(import.meta.dir, '..', 'index.ts');

const peakOf = (format: (typeof FORMATS)[number]) => `peak memory, ${format}`;

export const exporting: Bench = {
  about:
    'the command `export --out FILE` in processes of its own, the three formats side by side, from a store of 1,000,000 attempts with 50 chunk moments and a body of 500 bytes each (10,000 made, then copied)',
  goals: Object.fromEntries(FORMATS.map((format) => [peakOf(format), { atMost: 200 }])),
  async run({ quick, progress }) {
    const count = quick ? 50_000 : 1_000_000;
    using folder = benchFolder();
    progress(`storing ${SEEDS} attempts`);
    await storeSeeds(folder.path);
    copySeeds(folder.path, count / SEEDS, (stored) => progress(`${stored} of ${count} attempts stored`));
    progress('exporting');
    const figures = await Promise.all(FORMATS.map((format) => figuresOf(format, folder.path)));
    return figures.flat();
  },
};

async function figuresOf(format: (typeof FORMATS)[number], dataDir: string): Promise<readonly Figure[]> {
  const { peakMb, mb, seconds } = await exportTo(join(dataDir, `export.${format}`), format, dataDir);
  return [
    { name: peakOf(format), unit: 'MB resident', ours: peakMb },
    { name: `file and time, ${format}`, unit: 'MB / s', ours: [mb, seconds] },
  ];
}

async function exportTo(out: string, format: string, dataDir: string) {
  const beganMs = performance.now();
  const words = ['export', '--format', format, '--out', out];
  const child = Bun.spawn([process.execPath, '--preload', PRINT_PEAK, PROGRAM, ...words], {
    env: { PATH: process.env.PATH, DATA_DIR: dataDir, PUSH: 'off' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [peak, said] = await Promise.all([child.stdout, child.stderr].map((output) => new Response(output).text()));
  if ((await child.exited) !== 0) throw new Error(`the export failed: ${said}`);
  return { peakMb: Number(peak), seconds: (performance.now() - beganMs) / 1000, mb: Bun.file(out).size / 1e6 };
}

async function storeSeeds(dataDir: string): Promise<void> {
  using store = openStore({ dataDir, csvPath: join(dataDir, 'buffer.csv') }, { clock: SYSTEM_CLOCK });
  const records = Array.from({ length: SEEDS }, (_, i) =>
    aRecord({
      cycleTimestampIso: new Date(Date.UTC(2026, 7, 3) + Math.floor(i / 200) * 1000).toISOString(),
      modelId: `acme/Model-${i % 40}`,
      providerName: `provider-${i % 200}-${i}`,
      responseBodyRaw: JSON.stringify({ id: Bun.hash(`${i}`).toString(16), content: `step ${i}: 1771.2 `.repeat(27) }),
      chunkAtMs: Array.from({ length: 50 }, (_, chunk) => 300 + chunk * 8.125 + (i % 64) / 64),
    }),
  );
  await store.append(records);
}

/** Under new ids and due times, so that each of them is a row like any other. */
function copySeeds(dataDir: string, times: number, onCopy: (stored: number) => void): void {
  using db = openForWriting(dataDir);
  const columns = db
    .query<{ name: string }, []>(`SELECT name FROM pragma_table_info('attempts') WHERE name <> 'seq'`)
    .all()
    .map(({ name }) => name);
  const changed: Readonly<Record<string, string>> = {
    attempt_id: `attempt_id || '-' || $nth`,
    probe_id: `probe_id || '-' || $nth`,
    cycle_timestamp_iso: 'cycle_timestamp_iso + 60000 * $nth',
  };
  const copyAttempts = db.query(
    `INSERT INTO attempts (${columns}) SELECT ${columns.map((name) => changed[name] ?? name)} FROM attempts WHERE seq <= ${SEEDS}`,
  );
  const copyBodies = db.query(
    `INSERT INTO bodies (seq, zstd) SELECT seq + ${SEEDS} * $nth, zstd FROM bodies WHERE seq <= ${SEEDS}`,
  );
  const copy = db.transaction((nth: number) => {
    copyAttempts.run({ nth });
    copyBodies.run({ nth });
  });
  for (let nth = 1; nth < times; nth++) {
    copy(nth);
    onCopy((nth + 1) * SEEDS);
  }
}
