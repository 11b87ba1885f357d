import type { Watcher } from '../daemon.ts';
import { jsonLine } from '../domain/json-line.ts';
import type { AttemptRecord } from '../domain/record.ts';
import { wantsColour } from '../observe/colour.ts';
import { createProgress } from '../observe/progress.ts';
import type { TableLook } from '../observe/render-table.ts';
import { formatAttempts } from '../observe/tables.ts';
import type { Console, Output } from './command.ts';

/** What a person or a machine sees of a cycle: progress and a table, or one JSON line per attempt. */
export interface Show extends Required<Omit<Watcher, 'asking'>> {
  /** The same console, its standard error giving way to the progress line. */
  readonly console: Console;
}

/** @param json lines for machines instead of a table */
export function openShow(console: Console, json: boolean): Show {
  const progress = createProgress(console.stderr);
  let records: AttemptRecord[] = [];
  return {
    console: { ...console, stdout: progress.beside(console.stdout), stderr: progress.beside(console.stderr) },
    planned: (plan) => progress.start(plan.length),
    stored(record) {
      if (record.final) progress.tick(`${record.modelId} ${record.providerName}`);
      if (json) console.stdout.write(jsonLine(record));
      else records.push(record);
    },
    cycleEnded() {
      progress.done();
      if (!json && records.length > 0) console.stdout.write(formatAttempts(records, tableLook(console)));
      records = [];
    },
  };
}

const NARROW = 80;

/** As wide as the terminal; a file gets the usual eighty columns and no colour. */
export function tableLook({ stdout, environment }: { stdout: Output; environment: Console['environment'] }): TableLook {
  return { width: Math.max(stdout.columns ?? NARROW, NARROW), colour: wantsColour(stdout, environment) };
}
