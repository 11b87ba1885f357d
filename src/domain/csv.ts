import { stringify } from 'csv-stringify/sync';
import { type AttemptRecord, CSV_COLUMN_NAMES, dataName } from './record.ts';

/**
 * The CSV of the dataset, the buffer and `export`: RFC 4180 quoting, UTF-8, no byte-order mark. Lines end in LF, which every reader takes
 * and `tail -f` shows best; a line break inside a field is kept as it is, in quotes. Null is the empty field. Formulas are not escaped:
 * a field is what was measured.
 */
export function csvText(records: Iterable<AttemptRecord>): string {
  return stringify(Array.from(records, (record) => CSV_COLUMN_NAMES.map((name) => record[name])));
}

/** The first line of every CSV: the fourteen column names. */
export function csvHeader(): string {
  return stringify([CSV_COLUMN_NAMES.map(dataName)]);
}
