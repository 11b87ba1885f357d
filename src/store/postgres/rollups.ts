import { type CountedRecord, LATENCY_NAMES, type Rollup, type Series, type Span } from '../../domain/rollup.ts';
import { ROLLUP_COLUMNS, type RollupValues, rollupsOf, sumWith, valuesOf } from '../rollups.ts';
import type { Db, Param } from './client.ts';
import { withStorableKeys } from './texts.ts';

type Key = readonly [Span, atMs: number, seriesId: number];

interface Bucket {
  readonly key: Key;
  readonly rollup: Rollup;
}

const KEY = ['span', 'at_ms', 'series_id'];
const KEY_TYPES = ['text', 'bigint', 'bigint'];
const COLUMNS = [...KEY, ...ROLLUP_COLUMNS];
const TYPES = [...KEY_TYPES, 'text', ...LATENCY_NAMES.map(() => 'bytea')];

/** `unnest($1::text[], $2::bigint[])`: rows, given column by column. */
const unnest = (types: readonly string[]) => `unnest(${types.map((type, i) => `$${i + 1}::${type}[]`)})`;

const INSERT = `INSERT INTO rollups (${COLUMNS}) SELECT * FROM ${unnest(TYPES)} AS added (${COLUMNS}) ORDER BY ${KEY}
  ON CONFLICT (${KEY}) DO NOTHING RETURNING ${KEY}`;
const LOCK = `SELECT ${COLUMNS} FROM rollups JOIN ${unnest(KEY_TYPES)} AS wanted (${KEY}) USING (${KEY})
  ORDER BY ${KEY} FOR UPDATE OF rollups`;
const UPDATE = `UPDATE rollups SET ${ROLLUP_COLUMNS.map((name) => `${name} = added.${name}`)}
  FROM ${unnest(TYPES)} AS added (${COLUMNS}) WHERE ${KEY.map((name) => `rollups.${name} = added.${name}`).join(' AND ')}`;

/**
 * Adds what attempts come to, to what is stored of their hours and days. Call it in the transaction that stores them. Everybody takes new rows in one
 * order, and then those that were there in the same order: who adds at once waits, and adds to what the other left.
 */
export async function saveRollups(db: Db, records: readonly CountedRecord[]): Promise<void> {
  const buckets = await bucketsOf(db, records);
  if (buckets.length === 0) return;
  // One way to the database and back: the second statement sees what the first one left.
  const [added, stored] = await Promise.all([
    db.values(INSERT, ...columns(buckets.map(rowOf))),
    db.values(LOCK, ...columns(buckets.map(({ key }) => key))),
  ]);
  const isNew = new Set(added.map(String));
  const known = new Map(buckets.map((bucket) => [String(bucket.key), bucket]));
  const summed = stored.flatMap((row) => {
    const key = String(row.slice(0, KEY.length));
    return isNew.has(key) ? [] : [[...known.get(key)!.key, ...sumWith(row.slice(KEY.length), known.get(key)!.rollup)]];
  });
  if (summed.length > 0) await db.run(UPDATE, ...columns(summed));
}

const rowOf = ({ key, rollup }: Bucket): readonly (number | RollupValues[number])[] => [...key, ...valuesOf(rollup)];

async function bucketsOf(db: Db, records: readonly CountedRecord[]): Promise<readonly Bucket[]> {
  const sums = rollupsOf(records.map(withStorableKeys)).all();
  const ids = await idsOf(
    db,
    sums.map(({ series }) => series),
  );
  return sums.flatMap(({ buckets }, i) =>
    buckets.map(({ span, atMs, rollup }) => ({ key: [span, atMs, ids[i]!] as const, rollup })),
  );
}

const SERIES = ['location', 'model_id', 'provider', 'question_id'];
const GIVEN = unnest(['text', 'text', 'text', 'text']);
const FIND = `SELECT series_id FROM ${GIVEN} WITH ORDINALITY AS given (${SERIES}, place) LEFT JOIN series USING (${SERIES}) ORDER BY place`;
const ADD = `INSERT INTO series (${SERIES}) SELECT * FROM ${GIVEN} AS given (${SERIES}) ORDER BY ${SERIES} ON CONFLICT DO NOTHING`;

async function idsOf(db: Db, series: readonly Series[]): Promise<readonly number[]> {
  if (series.length === 0) return [];
  const given = columns(
    series.map(({ location, modelId, provider, questionId }) => [location, modelId, provider, questionId]),
  );
  const found = await db.values(FIND, ...given);
  if (found.every(([id]) => id !== null)) return found.map(([id]) => id as number);
  await db.run(ADD, ...given);
  return (await db.values(FIND, ...given)).map(([id]) => id as number);
}

/** Rows as lists of their columns, as `unnest` takes them. @param rows at least one */
function columns<Value extends string | number | Uint8Array | null>(
  rows: readonly (readonly Value[])[],
): readonly Param[] {
  return rows[0]!.map((_, column) => rows.map((row) => row[column]!));
}
