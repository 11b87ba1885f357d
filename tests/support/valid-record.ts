import { type AttemptRecord, COLUMN_NAMES, COLUMNS, type Column } from '../../src/domain/record.ts';

const IS_KIND: Readonly<Record<Column['kind'], (value: unknown) => boolean>> = {
  text: (value) => typeof value === 'string' && value.isWellFormed(),
  timestamp: (value) => typeof value === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(value),
  integer: Number.isSafeInteger,
  number: Number.isFinite,
  boolean: (value) => typeof value === 'boolean',
  numbers: (value) => Array.isArray(value) && value.every(Number.isFinite),
  texts: (value) => Array.isArray(value) && value.every((text) => typeof text === 'string'),
};

/** What in a record breaks the schema or the rules between its columns; empty when it is valid. */
export function flawsOf(record: AttemptRecord): readonly string[] {
  const keys = Object.keys(record);
  const surplus = keys.filter((key) => !(COLUMN_NAMES as readonly string[]).includes(key));
  const wrong = COLUMN_NAMES.filter((name) => {
    const { kind, nullable } = COLUMNS[name];
    return record[name] === null ? !nullable : !IS_KIND[kind](record[name]);
  });
  const rules = {
    'errorMessage is empty exactly when ok': (record.errorMessage === '') === (record.outcome === 'ok'),
    'errorClass is null exactly when ok': (record.errorClass === null) === (record.outcome === 'ok'),
    'skipped is final': record.outcome !== 'skipped' || record.final,
  };
  const broken = Object.entries(rules).flatMap(([rule, holds]) => (holds ? [] : [rule]));
  return [...surplus.map((key) => `no column: ${key}`), ...wrong.map((name) => `${name}: ${record[name]}`), ...broken];
}
