import { type AttemptRecord, COLUMN_NAMES, dataName } from './record.ts';

const DATA_NAMES = COLUMN_NAMES.map((name) => [dataName(name), name] as const);

/** One attempt as a line of JSON, its end included: every column in order, under its name in data; null is unknown. */
export function jsonLine(record: AttemptRecord): string {
  return `${JSON.stringify(Object.fromEntries(DATA_NAMES.map(([data, name]) => [data, record[name]])))}\n`;
}
