import { formatCount } from '../observe/format.ts';
import { createProgress } from '../observe/progress.ts';
import type { RecordRange } from '../ports.ts';
import { openStoreReader } from '../store/open-store.ts';
import { type Command, EXIT, type Flags, UsageError } from './command.ts';
import { exportRecords, FORMATS } from './export-records.ts';
import { loadSettings } from './load-settings.ts';

export const exportCommand: Command = {
  usage: 'export [--format csv|jsonl|parquet] [--since 7d] [--until 1d] [--model M] [--provider P] [--out FILE]',
  about: 'what was measured: the fourteen columns as CSV, or every attempt and column as JSON lines or Parquet',
  options: {
    format: { type: 'string' },
    since: { type: 'string' },
    until: { type: 'string' },
    model: { type: 'string' },
    provider: { type: 'string' },
    out: { type: 'string' },
  },
  words: { min: 0, max: 0 },
  async run(_words, flags, console) {
    const format = FORMATS.find((known) => known === (flags.format ?? 'csv'));
    if (!format) throw new UsageError(`--format must be csv, jsonl or parquet, not ${flags.format}`);
    const { out } = flags;
    if (format === 'parquet' && typeof out !== 'string') throw new UsageError('Parquet needs a file: add --out FILE');
    const range = rangeOf(flags, Date.now());

    const { config } = loadSettings(console, { inference: false, hub: false }, { json: true, quiet: true });
    using reader = openStoreReader(config.store);
    const job = { reader, format, range, progress: createProgress(console.stderr), stop: console.stop };
    try {
      const records = await exportRecords({ ...job, out: typeof out === 'string' ? out : console.stdout });
      if (out !== undefined) console.stderr.write(`${formatCount(records)} records written to ${out}\n`);
      return EXIT.done;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (!console.stop.aborted && code === undefined) throw error;
      console.stderr.write(console.stop.aborted ? 'stopped\n' : `The export cannot be written (${code}).\n`);
      return EXIT.failed;
    }
  },
};

/** @throws UsageError */
export function rangeOf({ since, until, model, provider }: Flags, nowMs: number): RecordRange {
  const momentOf = (name: string, text: Flags[string]) => {
    const atMs = parseMoment(String(text), nowMs);
    if (atMs === null) throw new UsageError(`--${name} must be like 36h, 7d or 2026-08-01T12:00Z, not ${text}`);
    return atMs;
  };
  return {
    ...(since !== undefined && { sinceMs: momentOf('since', since) }),
    ...(until !== undefined && { untilMs: momentOf('until', until) }),
    ...(typeof model === 'string' && { modelId: model }),
    ...(typeof provider === 'string' && { providerName: provider }),
  };
}

const UNIT_MS = { min: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const MOMENT = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)?)?$/;

/**
 * `90min`, `36h` and `7d` count back from now; a date or moment is ISO 8601, UTC unless it says otherwise.
 *
 * @returns Unix ms; null for anything else
 */
export function parseMoment(text: string, nowMs: number): number | null {
  const length = /^(\d{1,6})(min|h|d)$/.exec(text);
  if (length) return nowMs - Number(length[1]) * UNIT_MS[length[2] as keyof typeof UNIT_MS];
  const parts = MOMENT.exec(text);
  if (!parts) return null;
  const atMs = Date.parse(parts[1] && !parts[4] ? `${text}Z` : text);
  return Number.isNaN(atMs) ? null : atMs;
}
