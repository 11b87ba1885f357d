import { formatCount } from '../lib/format.ts';
import { createProgress } from '../observe/progress.ts';
import { openReader } from '../parts.ts';
import { type Command, EXIT, UsageError } from './command.ts';
import { exportRecords, FORMATS } from './export-records.ts';
import { loadSettings } from './load-settings.ts';
import { rangeOf } from './range.ts';

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
    await using reader = await openReader(config);
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
