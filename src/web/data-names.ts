import { type AttemptRecord, COLUMN_NAMES, dataName } from '../domain/record.ts';

/** Whose text is the name of a column or of a metric. */
const NAMES_A_COLUMN: ReadonlySet<string> = new Set(['metric', 'cause']);

/**
 * A value of the domain under the names of data: `tpotMs` becomes `tpot_ms`. Moments become ISO 8601 UTC, and their names say so:
 * `startedAtMs` → `started_at`, `sinceMs` → `since`.
 */
export function inData(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inData);
  if (typeof value !== 'object' || value === null) return value;
  const told: Record<string, unknown> = {};
  for (const key of Object.keys(value)) {
    const { name, isMoment } = renamed(key);
    told[name] = itemInData(key, isMoment, (value as Record<string, unknown>)[key]);
  }
  return told;
}

/** The row of an attempt, or a part of it, by the names of its columns. */
export function rowInData(row: Partial<AttemptRecord>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [DATA_NAMES.get(name) ?? name, value]));
}

const DATA_NAMES: ReadonlyMap<string, string> = new Map(COLUMN_NAMES.map((name) => [name, dataName(name)]));

export const snake = (name: string) => name.replace(/[A-Z]/g, (capital) => `_${capital.toLowerCase()}`);

export const iso = (atMs: number) => new Date(atMs).toISOString();

function itemInData(key: string, isMoment: boolean, value: unknown): unknown {
  if (isMoment) return typeof value === 'number' ? iso(value) : null;
  return typeof value === 'string' && NAMES_A_COLUMN.has(key) ? snake(value) : inData(value);
}

/** The keys of our own types: few, and each is met a thousand times in an answer. */
const RENAMED = new Map<string, { readonly name: string; readonly isMoment: boolean }>();

function renamed(key: string) {
  let found = RENAMED.get(key);
  if (found === undefined) {
    const isMoment = /^(since|until|at)Ms$|AtMs$/.test(key);
    found = { name: snake(isMoment ? key.slice(0, -2) : key), isMoment };
    RENAMED.set(key, found);
  }
  return found;
}
